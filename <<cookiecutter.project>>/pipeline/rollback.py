"""`pipeline rollback`: return to an earlier promoted version; during a release, abort it."""

import click

from pipeline import beat, canary, endpoint, ledger, policy, registry, settings
from pipeline.asking import confirm
from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.endpoint import Target
from pipeline.errors import UserError
from pipeline.ledger import Record
from pipeline.release import abort, follow, left
from pipeline.release.asked import ROLLBACK, Asked
from pipeline.release.flow import carry_out
from pipeline.settings import Service


def choose(history: list[Record], live: str, environment: str, number: int | None) -> Target:
    """The configuration to return to. Pure. Raises UserError when the ledger has none."""
    found = ledger.earlier(history, live, number)
    if found is None:
        which = (
            f"version {number} was never promoted in" if number else "no other version was ever promoted in"
        )
        raise UserError(f"{which} {environment}: `pipeline status {environment}` lists what was")
    return Target(found.version, found.model, found.config_asked)


def provisioning(history: list[Record]) -> str:
    """How long a new fleet takes, as the last one did. Pure."""
    known = (one.details.get("seconds", {}).get("provisioning") for one in history)
    last = next((seconds for seconds in known if seconds is not None), None)
    return "unknown, minutes as a rule" if last is None else f"{last:.0f} seconds, as for the last one"


@verb("rollback", 'pipeline rollback production --version 3 --why "complaints since noon" --yes')
@ENVIRONMENT
@click.option(
    "--version", "number", type=click.IntRange(min=1), help="Default: the one that was live before."
)
@click.option("--why", help="Why; the ledger keeps it.")
@click.option("--now", "at_once", is_flag=True, help="All at once: no canary, no alarm, no judge.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(environment: str, number: int | None, why: str | None, at_once: bool, yes: bool) -> Answer:
    """Return ENVIRONMENT to the newest promoted version that is not live.

    The way back is guarded like the way there: in production a canary with judge and alarms; --now does
    without. While a release is under way this aborts it: the endpoint returns to what it served before, and
    the exit code is 13.
    """
    service = settings.service(environment)
    if endpoint.describe(service.endpoint) is None:
        raise UserError(f"{environment} has no endpoint: release a version first")
    present = ledger.current(service.ledger_table)
    if present and not (present.kind == ROLLBACK and number in (None, present.version)):
        if _in_the_way(present, service):
            serving = f"{environment} goes on with {present.config_before}, which it serves beside it"
            confirm(f"rollback: {present.release} ({present.state}) is aborted, and {serving}", yes=yes)
            return abort.carry_out(present, service, policy.load(), why)
        present = None
    history = ledger.records(service.ledger_table)
    target = _target(present, history, service, environment, number)
    if not endpoint.has_config(target.config):
        raise UserError(
            f"{target.config} was deleted: run `pipeline release {environment} --version {target.version}`"
        )
    how = "at once" if at_once or environment != canary.GUARDED else "by canary"
    will = f"{environment} will serve version {target.version}, {target.config}, {how}"
    takes = provisioning(history)
    confirm(f"rollback: {will}; until a new fleet is up: {takes}", yes=yes)
    version = registry.get(service.model_package_group, target.version)
    return carry_out(
        Asked(
            kind=ROLLBACK,
            environment=environment,
            version=version,
            target=target,
            service=service,
            why=why,
            at_once=at_once,
        )
    )


def _in_the_way(present: Record, service: Service) -> bool:
    """Whether an open release must be aborted: under way, or its process alive; else it is closed."""
    found = left.found(present, follow.look(service))
    if found == left.UNATTENDED or beat.alive(service.ledger_table, present):
        still = ledger.current(service.ledger_table)
        return still is not None and still.release == present.release
    left.close(present, service, policy.load())
    return False


def _target(
    present: Record | None, history: list[Record], service: Service, environment: str, number: int | None
) -> Target:
    """Where to: what an interrupted rollback asked for, or the newest promoted that is not live."""
    if present:
        return Target(present.version, present.model, present.config_asked)
    live = endpoint.describe(service.endpoint)
    config = str(live["EndpointConfigName"]) if live else ""
    return choose(history, config, environment, number)
