"""`pipeline postmortem`: a page about an incident, begun from the record, with headings for people."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from pipeline import aws, explain, history, ledger, names, policy, reach
from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.errors import UserError
from pipeline.postmortem import sounded
from pipeline.postmortem.incident import Incident, of_release, of_span
from pipeline.postmortem.page import page

MOST = 100  # verdicts, versions and retrains that are looked through
KEPT_DAYS = 30  # of alarms' history (AmazonCloudWatch/latest/monitoring/CloudWatch_Alarms.html)


def span(since: str, until: str | None, now: datetime) -> tuple[datetime, datetime]:
    """The beginning and the end that are asked for, at most `now`. Raises UserError where there is none."""
    begin, end = _time("--since", since), _time("--until", until) if until else now
    if begin >= min(end, now):
        raise UserError(
            f"--since {since} is not before {'--until ' + until if until else 'now'}: "
            f'write a time in the past, such as "{now:%Y-%m-%dT03:00}" (UTC)'
        )
    return begin, min(end, now)


def _time(option: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f'{option} {text} is no time: write one such as "2026-11-27T03:00" (UTC)') from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def since_then(
    environment: str, begin: datetime, end: datetime, kinds: list[str]
) -> tuple[Incident, list[str]]:
    """What happened between the two, and sentences about what is out of reach.

    Raises UserError when the credentials do not reach the environment's account.
    """
    records, away = reach.collect({environment: partial(_records, environment)})
    if away:
        raise UserError(away[environment])
    events, left_out = reach.collect({names.REGISTRY: partial(history.of_platform, MOST)})
    events += [history.of_release(record) for record in records]
    changes = sounded.changes(environment, begin, end, kinds)
    sentences = reach.sentences(left_out)
    if (datetime.now(UTC) - begin).days >= KEPT_DAYS:
        sentences.append(
            f"CloudWatch keeps what alarms did for {KEPT_DAYS} days: earlier changes are missing"
        )
    return of_span(environment, (aws.stamp(begin), aws.stamp(end)), changes, events, records), sentences


def _records(environment: str) -> list[ledger.Record]:
    return ledger.records(names.ledger(names.project(), environment))


def write(path: Path, text: str) -> None:
    """A new file. Raises UserError when there is one, as people have written into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            file.write(text)
    except FileExistsError as error:
        raise _taken(path) from error


def _taken(path: Path) -> UserError:
    return UserError(f"{path} is there, and what people wrote into it stays: name another file")


@verb("postmortem", "pipeline postmortem production --out docs/postmortems/2026-11-27.md")
@ENVIRONMENT
@click.argument("release", required=False, metavar="[RELEASE]")
@click.option(
    "--since", metavar="TIME", help="Of all that happened since then (ISO 8601, UTC) instead of one release."
)
@click.option("--until", metavar="TIME", help="With --since: the end; default now.")
@click.option(
    "--out",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new Markdown file; default stdout.",
)
def command(
    environment: str, release: str | None, since: str | None, until: str | None, path: Path | None
) -> Answer:
    """Begin the postmortem of RELEASE, or of the newest one of ENVIRONMENT, as a page in Markdown.

    Timeline, alarms with owner and runbook page, what was live before and after, who, whose failures and how
    long it took come from the record; what it meant, why, and what will be done are headings for people.
    With --since it is about whatever happened: alarms, releases, verdicts, versions, retrains. On AWS it
    changes nothing.
    """
    if since and release:
        raise UserError(f"a postmortem is of {release} or of the time since {since}: leave one out")
    if until and not since:
        raise UserError("--until is the end of a span: write --since as well")
    if path and path.exists():
        raise _taken(path)
    project, owners, now = names.project(), policy.load().owners, datetime.now(UTC)
    left_out: list[str] = []
    if since:
        incident, left_out = since_then(environment, *span(since, until, now), list(owners))
    else:
        records = _records(environment)
        incident = of_release(explain.chosen(records, environment, release), records)
    text = page(incident, project, owners, aws.stamp(now), left_out)
    document = {**asdict(incident), "left_out": left_out, "page": text}
    if path is None:
        return Answer(document, text.rstrip("\n").split("\n"))
    write(path, text)
    return Answer(
        document,
        [f"{path} is begun: {len(incident.moments)} moments from the record; the rest is for people"],
    )
