"""What a postmortem tells, of one release or of a span of time: moments, alarms, what was live, who. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline import aws, ledger
from pipeline.explain import facts, words
from pipeline.history import Event
from pipeline.ledger import Record

SOUNDING = facts.SOUNDING


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that happened; `at` is ISO 8601 in UTC."""

    at: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """An alarm's change of state, by the alarm's kind."""

    at: str
    kind: str
    before: str | None
    after: str | None
    reason: str

    @property
    def sounded(self) -> bool:
        """Whether the alarm sounded before or sounds after it."""
        return SOUNDING in (self.before, self.after)

    @property
    def sentence(self) -> str:
        """What the alarm did, and why."""
        turned = {SOUNDING: "goes off", "OK": "is OK" if self.before != SOUNDING else "is quiet again"}
        said = f"the alarm {self.kind} {turned.get(self.after or '', f'has the state {self.after}')}"
        return f"{said}: {self.reason}" if self.reason else said


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the environment served; all None where it served nothing, or nobody knows what."""

    version: int | None = None
    config: str | None = None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """`kinds` are those of the alarms that sounded; `releases` are newest first, rollbacks among them."""

    environment: str
    title: str
    sentence: str
    began: str
    ended: str | None
    moments: tuple[Moment, ...]
    kinds: tuple[str, ...]
    before: Live
    after: Live
    people: tuple[str, ...]
    releases: tuple[Record, ...]


def of_release(record: Record, history: Sequence[Record]) -> Incident:
    """What became of one release."""
    before = _live(record.config_before, history)
    what = f"{record.kind} of version {record.version} into {record.environment}"
    let, stopped = facts.let(record), record.aborted_by
    people = (
        f"asked for by {aws.person(record.by)}",
        *([let] if let else []),
        *([f"stopped by {aws.person(stopped)}"] if stopped else []),
    )
    return Incident(
        environment=record.environment,
        title=f"{what}, {words.verdict_word(record)}",
        sentence=words.verdict(record),
        began=record.started,
        ended=record.ended,
        moments=ordered(_moments(record)),
        kinds=_once(change.kind for change in _changes(record) if change.sounded),
        before=before,
        after=_after(record, before),
        people=people,
        releases=(record,),
    )


def _moments(record: Record) -> Iterator[Moment]:
    yield Moment(at=record.started, what=f"{record.kind} of version {record.version} begins")
    for stage in facts.listed(record, "stages"):
        yield Moment(at=str(stage.get("at")), what=f"the endpoint is {stage.get('stage')}")
    if at := facts.rejected(record):
        yield Moment(at=at, what="the judge rejects the candidate")
    for change in _changes(record):
        yield Moment(at=change.at, what=change.sentence)
    if record.ended:
        yield Moment(at=record.ended, what=f"the release ends: {words.verdict_word(record)}")


def _changes(record: Record) -> list[Change]:
    return [
        Change(
            at=str(one.get("at")),
            kind=f"release-{one.get('signal')}",
            before=one.get("before"),
            after=one.get("after"),
            reason=str(one.get("reason") or ""),
        )
        for one in facts.listed(record, "alarm_history")
    ]


def _after(record: Record, before: Live) -> Live:
    """What was live when the release was over; of a stuck or open one nobody knows."""
    if record.state == ledger.PROMOTED:
        return Live(version=record.version, config=record.config_asked)
    return before if record.state in (ledger.ROLLED_BACK, ledger.FAILED) else Live()


def of_span(
    environment: str,
    span: tuple[str, str],
    changes: Sequence[Change],
    events: Sequence[Event],
    history: Sequence[Record],
) -> Incident:
    """What happened in an environment, and to its model, between two stamps."""
    began, ended = (facts.moment(stamp) or 0 for stamp in span)

    def within(stamp: str | None) -> bool:
        at = facts.moment(stamp)
        return at is not None and began <= at <= ended

    told = [one for one in events if within(one.at)]
    releases = tuple(one for one in history if within(one.started) or within(one.ended))
    kinds = _once(one.kind for one in changes if one.sounded)
    moments = [Moment(at=one.at, what=one.sentence) for one in changes]
    moments += [Moment(at=one.at, what=f"{one.what}: {one.why}") for one in told]
    people = _once(f"{one.what} by {aws.person(one.by)}" for one in told if one.by)
    return Incident(
        environment=environment,
        title=f"{environment} since {span[0][:16].replace('T', ' ')}",
        sentence=f"Alarms that sounded: {len(kinds)}; releases and rollbacks: {len(releases)}",
        began=span[0],
        ended=span[1],
        moments=ordered(moments),
        kinds=kinds,
        before=_served(history, began),
        after=_served(history, ended),
        people=people,
        releases=releases,
    )


def ordered(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """Oldest first; what has no time that can be read is left out."""
    return tuple(
        sorted((one for one in moments if facts.moment(one.at)), key=lambda one: facts.moment(one.at) or 0)
    )


def _served(history: Sequence[Record], at: float) -> Live:
    """What the newest release before `at` that was promoted brought."""
    for record in history:
        ended = facts.moment(record.ended or record.started)
        if record.state == ledger.PROMOTED and ended is not None and ended <= at:
            return Live(version=record.version, config=record.config_asked)
    return Live()


def _live(config: str | None, history: Sequence[Record]) -> Live:
    served = ledger.serving(list(history), config) if config else None
    return Live(version=served.version if served else None, config=config)


def _once(of: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(of))
