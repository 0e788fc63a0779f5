"""`pipeline history`: the change log, newest first: who did what, when, why, and what shows it."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from itertools import islice

import click

from pipeline import aws, consent, gate, ledger, names, reach, registry, settings
from pipeline.command import Answer, Document, verb
from pipeline.due import triggers
from pipeline.due.causes import RETRAIN, Trigger
from pipeline.errors import UserError

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Event:
    """One change. `at` is ISO 8601 in UTC, `let` says who let it and in which form.

    `evidence` is what to look at: an S3 URI, an ARN or a release.
    """

    at: str
    what: str
    environment: str | None = None
    version: int | None = None
    by: str | None = None
    let: str = ""
    why: str
    evidence: str


def of_version(version: registry.Version) -> Event:
    """A version was registered."""
    made = version.properties
    why = f"{made.get('train_job', 'a model')} at commit {made.get('commit', 'unknown')[:12]}"
    if "model_of" in made:
        why = f"the model of version {made['model_of']}, served as of commit {made['serve_commit'][:12]}"
    return Event(
        at=version.created,
        what=f"version {version.number} registered",
        version=version.number,
        by=made.get("by"),
        why=why,
        evidence=version.arn,
    )


def of_verdict(verdict: Document, at: str, uri: str) -> list[Event]:
    """The gate decided on a candidate; each override of a rule is an event of its own."""
    failed = [rule["rule"] for rule in verdict["rules"] if rule["passed"] is False]  # None: switched off
    called = verdict.get("called")
    why = f"{verdict['candidate']}: " + (f"called {called}" if called else "decided by the rules")
    if failed:
        why += f"; against it: {', '.join(failed)}"
    word = "passed" if verdict["passed"] else "refused"
    events = [
        Event(
            at=one.get("at") or at,
            what=f"gate's rule {rule} overridden",
            by=one.get("by"),
            why=f"{verdict['candidate']}: {one['reason']}",
            evidence=uri,
        )
        for rule, one in gate.given(verdict).items()
    ]
    return [Event(at=at, what=f"gate {word}", by=verdict.get("by"), why=why, evidence=uri), *events]


def of_trigger(trigger: Trigger, uri: str) -> Event:
    """A retrain was started, or a person called."""
    what = "retrain started" if trigger.answer == RETRAIN else "person called"
    return Event(
        at=aws.stamp(trigger.at), what=what, by=trigger.by, why=trigger.because, evidence=trigger.run or uri
    )


def of_release(record: ledger.Record) -> Event:
    """A release or rollback, by what has become of it."""
    cause = f" ({record.cause})" if record.cause else ""
    return Event(
        at=record.ended or record.started,
        what=f"{record.kind} of version {record.version}: {record.verdict or record.state}{cause}",
        environment=record.environment,
        version=record.version,
        by=record.by,
        let=consent.words(record.details.get("approvals", [])),
        why=record.reason or f"{record.config_before or 'nothing'} is to become {record.config_asked}",
        evidence=record.release,
    )


def newest(events: Iterable[Event], most: int) -> list[Event]:
    """The latest events first."""
    return sorted(events, key=lambda event: datetime.fromisoformat(event.at), reverse=True)[:most]


def of_environment(environment: str) -> list[Event]:
    """What an environment's ledger tells."""
    return [of_release(record) for record in ledger.records(names.ledger(names.project(), environment))]


def of_platform(most: int) -> list[Event]:
    """What the registry tells, and the bucket of verdicts; no more of either than can be shown."""
    bucket, group = settings.storage().bucket, settings.registry().model_package_group
    events = [of_version(version) for version in islice(registry.versions(group), most)]
    for candidate, at in gate.asked()[:most]:
        if verdict := gate.read(candidate):
            events += of_verdict(verdict, aws.stamp(at), f"s3://{bucket}/{gate.key(candidate)}")
    for trigger in triggers.newest(most):
        events.append(of_trigger(trigger, f"s3://{bucket}/{triggers.key(trigger.digest)}"))
    return events


def lines_of(event: Event) -> list[str]:
    """An event as a person reads it: when, what and where; below it why, who, and what shows it."""
    when, where = event.at[:16].replace("T", " "), f" in {event.environment}" if event.environment else ""
    who = f"by {aws.person(event.by)}, " if event.by else ""
    who += f"{event.let}, " if event.let else ""
    return [f"{when}  {event.what}{where}", f"    {event.why}", f"    {who}see {event.evidence}"]


@verb("history", "pipeline history production --last 50")
@click.argument("environment", required=False, type=click.Choice(names.ENVIRONMENTS), metavar="[ENVIRONMENT]")
@click.option(
    "--last", "most", type=click.IntRange(1, 1000), default=SHOWN, help=f"How many; default {SHOWN}."
)
def command(environment: str | None, most: int) -> Answer:
    """Show who changed what, when and why, newest first: verdicts, versions, releases, rollbacks.

    With ENVIRONMENT its releases and rollbacks alone. Changes nothing; an account that the credentials do not
    reach is named and left out.
    """
    reads: dict[str, Callable[[], list[Event]]] = {
        one: partial(of_environment, one) for one in names.ENVIRONMENTS if environment in (None, one)
    }
    if environment is None:
        reads[names.REGISTRY] = partial(of_platform, most)
    found, left_out = reach.collect(reads)
    if len(left_out) == len(reads):
        raise UserError(next(iter(left_out.values())))
    events = newest(found, most)
    document = {"events": [asdict(event) for event in events], "left_out": left_out}
    lines = [line for event in events for line in lines_of(event)]
    lines = lines or ["Nothing has happened yet: run `pipeline train` first."]
    return Answer(document, [*lines, *reach.sentences(left_out)])
