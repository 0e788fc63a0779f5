"""`pipeline rollback`: return to an earlier promoted version, on the same guarded path as a release."""

import click

from pipeline import endpoint, ledger, registry, settings
from pipeline.command import Answer, verb
from pipeline.endpoint import Target
from pipeline.errors import UserError
from pipeline.progress import say
from pipeline.release import ENVIRONMENT, ROLLBACK, Plan, carry_out


def choose(history: list[ledger.Record], live: str, environment: str, number: int | None) -> Target:
    """The configuration to return to. Pure. Raises UserError when the ledger has none."""
    found = ledger.earlier(history, live, number)
    if found is None:
        which = (
            f"version {number} was never promoted in" if number else "no other version was ever promoted in"
        )
        raise UserError(f"{which} {environment}: `pipeline status {environment}` lists what was")
    return Target(found.version, found.model, found.config_asked)


@verb("rollback", "pipeline rollback production")
@ENVIRONMENT
@click.option(
    "--version", "number", type=click.IntRange(min=1), help="Default: the one that was live before."
)
def command(environment: str, number: int | None) -> Answer:
    """Return ENVIRONMENT to the newest promoted version that is not live.

    The way back is guarded like the way there: in production a canary with an alarm.
    """
    service = settings.service(environment)
    live = endpoint.describe(service.endpoint)
    if live is None:
        raise UserError(f"{environment} has no endpoint: release a version first")
    present = ledger.current(service.ledger_table)
    if present and present.kind == ROLLBACK and number in (None, present.version):
        target = Target(present.version, present.model, present.config_asked)
    else:
        config = live["EndpointConfigName"]
        target = choose(ledger.records(service.ledger_table), config, environment, number)
    if not endpoint.has_config(target.config):
        raise UserError(
            f"{target.config} was deleted: run `pipeline release {environment} --version {target.version}`"
        )
    say(f"rollback: {environment} will serve version {target.version}, {target.config}")
    version = registry.get(service.model_package_group, target.version)
    return carry_out(Plan(ROLLBACK, environment, version, target, service))
