"""`pipeline status`: what each environment serves, and what became of its releases."""

from dataclasses import asdict
from typing import Any

import click

from pipeline import aws, consent, endpoint, ledger, names, verdict
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError

SHOWN = 10


def of(environment: str) -> Document:
    """One environment's entry in the verb's JSON."""
    project = names.project()
    name = names.endpoint(project, environment)
    live = endpoint.describe(name)
    history = ledger.records(names.ledger(project, environment))
    config = live.get("EndpointConfigName") if live else None
    served = ledger.serving(history, config) if config else None
    opened = next((record for record in history if record.ended is None), None)
    return {
        "endpoint": name,
        "status": live["EndpointStatus"] if live else None,
        "stage": verdict.stage(live) if live else None,
        "config": config,
        "version": served.version if served else None,
        "pending": verdict.pending(live) if live else None,
        "open": opened.release if opened else None,
        "state": opened.state if opened else None,
        "alarms": armed(opened) if opened else [],
        "releases": [asdict(record) for record in history],
    }


def armed(record: ledger.Record) -> list[Document]:
    """The alarms that guard an open release, and what they say; one that somebody deleted is `gone`."""
    known = {one["name"]: one["signal"] for one in record.details.get("alarms", [])}
    if not known:
        return []
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=list(known), AlarmTypes=["MetricAlarm"])
    said = {one["AlarmName"]: one["StateValue"] for one in found["MetricAlarms"]}
    return [
        {"name": name, "signal": signal, "state": said.get(name, "gone")} for name, signal in known.items()
    ]


def tables(environments: dict[str, Document]) -> list[Any]:
    """One screen: what is live, what guards what is on its way, and below it the latest releases."""
    from rich.table import Table

    now = Table("environment", "status", "version", "configuration", "on its way", title="Environments")
    guards = Table("release", "state", "alarm", "says", title="Under way")
    past = Table("release", "kind", "verdict", "cause", "let", "seconds", title="Latest releases")
    for table in (now, guards, past):
        for column in table.columns:
            column.overflow = "fold"  # a name that is cut off cannot be copied
    for name, one in environments.items():
        cells = (one["stage"] or "no endpoint", one["version"], one["config"], one["pending"])
        now.add_row(name, *(str(cell or "-") for cell in cells))
        for alarm in one["alarms"] or [{}] * bool(one["open"]):
            guarding = (one["open"], one["state"], alarm.get("signal"), alarm.get("state"))
            guards.add_row(*(str(cell or "-") for cell in guarding))
        for record in one["releases"][:SHOWN]:
            said = record["verdict"] or record["state"]
            let = consent.words(record["details"].get("approvals", []))
            told = (record["release"], record["kind"], said, record["cause"], let, record["to_verdict"])
            past.add_row(*(str(cell or "-") for cell in told))
    return [now, *([guards] if guards.row_count else []), past]


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
