"""`pipeline expire staging`: take the endpoint down hours after its last release; the next makes it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from pipeline import aws, endpoint, ledger, names, policy
from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.errors import UserError
from pipeline.progress import say

EXPIRES = "staging"  # production serves until somebody takes it down


@dataclass(frozen=True)
class Decision:
    """Whether the endpoint goes, and the sentence that says why."""

    due: bool
    reason: str


def decide(
    live: bool, history: Sequence[ledger.Record], now: datetime, lifetime_hours: float, speed: float = 1
) -> Decision:
    """Whether the endpoint's time is up. Pure; `history` is newest first, `speed` AWS seconds a second."""
    if not live:
        return Decision(False, "there is no endpoint")
    if not history:
        return Decision(
            False, "nothing was ever released here, so this endpoint is not the releases' to delete"
        )
    if still := next((record for record in history if record.ended is None), None):
        return Decision(False, f"{still.release} is still open")
    last = max(history, key=lambda record: str(record.ended))
    hours = (now - datetime.fromisoformat(str(last.ended))).total_seconds() * speed / 3600
    ago = f"{last.release} ended {hours:.1f} hours ago"
    if hours <= lifetime_hours:
        return Decision(False, f"{ago}, and staging.lifetime_hours is {lifetime_hours:g}")
    return Decision(True, f"{ago}, which is more than staging.lifetime_hours = {lifetime_hours:g}")


def take_down(name: str, environment: str) -> list[str]:
    """Delete the endpoint, and the parameter that the service stack would make it from again."""
    aws.client("sagemaker").delete_endpoint(EndpointName=name)
    parameter = names.parameter(names.project(), environment, "first-configuration")
    gone = aws.find(aws.client("ssm").delete_parameter, Name=parameter)
    return [f"endpoint {name}"] + ([] if gone is None else [f"parameter {parameter}"])


@verb("expire", "pipeline expire staging --dry-run")
@ENVIRONMENT
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def command(environment: str, dry_run: bool) -> Answer:
    """Delete the endpoint of ENVIRONMENT, staging, when its last release ended long enough ago.

    How long is `staging.lifetime_hours` in policy.toml. Nothing else goes: the next release prepares a
    configuration, the service stack makes the endpoint from it, and the release goes on.
    """
    if environment != EXPIRES:
        raise UserError(
            f"{environment} does not expire: use `pipeline teardown {environment}` if it is to go"
        )
    project = names.project()
    name = names.endpoint(project, environment)
    decision = decide(
        endpoint.describe(name) is not None,
        ledger.records(names.ledger(project, environment)),
        datetime.now(UTC),
        policy.load().staging.lifetime_hours,
        aws.SPEED,
    )
    deleted: list[str] = []
    if decision.due and not dry_run:
        say(f"expire: {decision.reason}")
        deleted = take_down(name, environment)
    done = "would be deleted" if decision.due and dry_run else "deleted" if decision.due else "stays as it is"
    document = {
        "environment": environment,
        "endpoint": name,
        "due": decision.due,
        "reason": decision.reason,
        "deleted": deleted,
    }
    line = f"{name} {done}: {decision.reason}."
    return Answer(document, [line], summary=f"**expire** {line}")
