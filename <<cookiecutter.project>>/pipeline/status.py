"""`pipeline status`: what each environment serves, and what became of its releases."""

from dataclasses import asdict
from typing import Any

import click

from pipeline import aws, endpoint, ledger, names, verdict
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError

SHOWN = 5


def of(environment: str) -> Document:
    """One environment's entry in the verb's JSON."""
    project = names.project()
    name = names.endpoint(project, environment)
    live = endpoint.describe(name)
    history = ledger.records(names.ledger(project, environment))
    config = live.get("EndpointConfigName") if live else None
    served = ledger.serving(history, config) if config else None
    return {
        "endpoint": name,
        "status": live["EndpointStatus"] if live else None,
        "config": config,
        "version": served.version if served else None,
        "pending": verdict.pending(live) if live else None,
        "releases": [asdict(record) for record in history],
    }


def tables(environments: dict[str, Document]) -> list[Any]:
    """One screen: what is live, and below it the latest releases."""
    from rich.table import Table

    now = Table("environment", "status", "version", "configuration", "on its way", title="Environments")
    past = Table("release", "kind", "verdict", "cause", "seconds", title="Latest releases")
    for table in (now, past):
        for column in table.columns:
            column.overflow = "fold"  # a name that is cut off cannot be copied
    for name, one in environments.items():
        cells = (one["status"] or "no endpoint", one["version"], one["config"], one["pending"])
        now.add_row(name, *(str(cell or "-") for cell in cells))
        for record in one["releases"][:SHOWN]:
            said = record["verdict"] or record["state"]
            told = (record["release"], record["kind"], said, record["cause"], record["to_verdict"])
            past.add_row(*(str(cell or "-") for cell in told))
    return [now, past]


def _within_reach(project: names.Project, here: str) -> list[str]:
    """The environments in the account `here`. Raises UserError when there is none."""
    found = [one for one in names.ENVIRONMENTS if names.account(project, one, here) == here]
    if not found:
        raise UserError(
            f"project.toml puts no environment into account {here}: use the credentials of an environment"
        )
    return found


@verb("status", "pipeline status production --json")
@click.argument("environment", required=False, type=click.Choice(names.ENVIRONMENTS), metavar="[ENVIRONMENT]")
def command(environment: str | None) -> Answer:
    """Show what ENVIRONMENT, or each one in the credentials' account, serves, and its latest releases."""
    chosen = (environment,) if environment else _within_reach(names.project(), aws.account())
    environments = {name: of(name) for name in chosen}
    return Answer({"environments": environments}, tables(environments))
