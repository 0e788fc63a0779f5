"""Whether a retrain is due, and why, decided from facts. Pure.

A cause is answered once: by one retrain, or, where a training could not help, by one call for a person. Hours
and days of policy.toml are of AWS's time; those between two rows are the rows' own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline import digest
from pipeline.sections import Retrain

RETRAIN, CALL, WAIT, NOTHING = "retrain", "person", "wait", "nothing"  # how a cause is answered
DATA, AGE, REFUSALS, STARTED = "data", "age", "refusals", "started"  # an alarm's kind is its promise
LEASE = timedelta(hours=4)  # the longest that the job retrain lasts, by GitHub's clock (retrain.yml)
TRIES = 2  # retrains for one cause, if the first one died


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What it is about, and how it is answered: the same for a cause and for its trigger."""

    kind: str
    subject: str
    answer: str

    @property
    def digest(self) -> str:
        """What the trigger is called."""
        return digest.of(self.kind, self.subject, self.answer)


@dataclass(frozen=True, kw_only=True)
class Cause(Matter):
    """What starts a retrain or calls a person: what has happened, what is to be said besides, what to do.

    `since` is when an alarm began to sound.
    """

    what: str
    more: str = ""
    mend: str = ""
    since: datetime | None = None

    @property
    def sentence(self) -> str:
        """Why it is a cause."""
        return f"{self.what}, {self.more}" if self.more else self.what


@dataclass(frozen=True, kw_only=True)
class Trigger(Matter):
    """A cause that was claimed: when, by whom, by which workflow run, for the how manieth time."""

    because: str
    at: datetime
    by: str
    run: str | None = None
    tries: int = 1


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of production that sounds, and the promise that is broken."""

    promise: str
    name: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Data:
    """A manifest, and the time of its newest row; None where the bucket does not have it any more."""

    manifest: str
    to: datetime | None


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The version that production serves, and what it was trained on."""

    version: int
    registered: datetime
    data: Data


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate said of a candidate."""

    candidate: str
    passed: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known; lists are newest first.

    `waiting` is what a retrain would train on, `follows` whether that is the newest that passed; `tried` is
    what the last candidate was trained on, `recorded` when a run record was last written, `run` the workflow
    run that asks, `speed` AWS's seconds in a second.
    """

    now: datetime
    follows: bool = False
    champion: Champion | None = None
    waiting: Data = Data(manifest="", to=None)
    tried: Data | None = None
    alarms: tuple[Alarm, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    recorded: datetime | None = None
    run: str | None = None
    speed: float = 1

    def hours(self, since: datetime) -> float:
        """AWS's hours from a moment until now."""
        return (self.now - since).total_seconds() * self.speed / 3600


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer, the sentence that says why, and the cause to claim, if there is one."""

    answer: str
    sentence: str
    cause: Cause | None = None


def decide(bounds: Retrain, facts: Facts, *, weekly: bool = False) -> Decision:
    """What is to be done now; `weekly`: any data that is newer will do."""
    if own := next((one for one in facts.triggers if facts.run and one.run == facts.run), None):
        return Decision(answer=own.answer, sentence=f"this run has claimed it before: {own.because}")
    if facts.champion is None:
        return Decision(
            answer=NOTHING, sentence="production serves nothing yet, so nothing of it can be worse"
        )
    if stop := stopped(bounds, facts):
        return _call(stop, facts)
    found = list(causes(bounds, facts, facts.champion, weekly=weekly))
    opened = [one for one in found if not answer_to(one, facts)]
    if not opened:
        return Decision(answer=NOTHING, sentence=_nothing(found, facts, facts.champion))
    first = next((one for one in opened if one.answer == RETRAIN), opened[0])
    if wait := cooling(bounds, facts):
        return Decision(answer=WAIT, sentence=f"{first.what}; but {wait}")
    return Decision(answer=first.answer, sentence=first.sentence, cause=first)


def stopped(bounds: Retrain, facts: Facts) -> Cause | None:
    """Too many candidates in a row that the gate refused since a person last started a retrain, or None."""
    began = max((one.at for one in facts.triggers if one.kind == STARTED), default=None)
    refused: list[str] = []
    for verdict in facts.verdicts:
        if verdict.passed or (began and verdict.at < began):
            break
        refused.append(verdict.candidate)
    if len(refused) < bounds.refusals:
        return None
    return Cause(
        kind=REFUSALS,
        subject=refused[0],
        answer=CALL,
        what=f"the gate has refused {len(refused)} candidates in a row, the last one `{refused[0]}`, and "
        f"retrain.refusals is {bounds.refusals}",
        more="so that no machine starts a retrain until a person has",
        mend="read why (`pipeline history`, docs/runbook/retrain-stopped.md), mend it, and merge that, or "
        "start the workflow retrain by hand",
    )


def causes(bounds: Retrain, facts: Facts, champion: Champion, *, weekly: bool) -> Iterator[Cause]:
    """What speaks for a retrain, the most urgent first; whether it was answered is another question."""
    for alarm in facts.alarms:
        if alarm.promise in bounds.on:
            said = f"the alarm `{alarm.name}` sounds since {_minute(alarm.since)}"
            subject = f"{alarm.name} {alarm.since.isoformat()}"
            yield _helped(
                Cause(kind=alarm.promise, subject=subject, answer=RETRAIN, what=said, since=alarm.since),
                facts,
                champion,
            )
    if fresh(facts, champion) and (weekly or DATA in bounds.on):
        days = newer_days(facts, champion)
        if weekly or (days is not None and days >= bounds.new_days):
            more = "other rows" if not days or days < 0 else f"{days:.1f} days of newer rows"
            said = f"there are {more}, in manifest `{facts.waiting.manifest[:12]}`"
            yield Cause(kind=DATA, subject=facts.waiting.manifest, answer=RETRAIN, what=said)
    age = facts.hours(champion.registered) / 24
    if AGE in bounds.on and age > bounds.longest_days:
        said = f"version {champion.version} is {age:.1f} days old"
        said += f", and retrain.longest_days is {bounds.longest_days:g}"
        yield _helped(
            Cause(kind=AGE, subject=str(champion.version), answer=RETRAIN, what=said), facts, champion
        )


def _helped(cause: Cause, facts: Facts, champion: Champion) -> Cause:
    """A cause that a training may help; where there is nothing else to train on, one that calls a person."""
    if fresh(facts, champion):
        return replace(cause, more=f"and manifest `{facts.waiting.manifest[:12]}` is new")
    mend = "see why no newer data has passed (`pipeline data ingest`)"
    if not facts.follows:
        mend = 'pin newer data (`pipeline data add`), or write follow = "newest" below [data] of policy.toml'
    nothing = "but no data is there that was not trained on before: a retrain would change nothing"
    return replace(cause, answer=CALL, more=nothing, mend=mend)


def fresh(facts: Facts, champion: Champion) -> bool:
    """Whether a retrain would see other data than the champion and the last candidate have."""
    seen = {champion.data.manifest, facts.tried and facts.tried.manifest}
    return facts.waiting.manifest not in seen


def newer_days(facts: Facts, champion: Champion) -> float | None:
    """How many days of rows are newer than what champion and last candidate have seen; None: not known."""
    known = [one.to for one in (champion.data, facts.tried) if one and one.to]
    if not known or facts.waiting.to is None:
        return None
    return (facts.waiting.to - max(known)).total_seconds() / 86_400


def answer_to(cause: Cause, facts: Facts) -> Trigger | None:
    """What has answered a cause, or None; an alarm, any machine's retrain that began while it sounded."""
    for one in facts.triggers:
        if dead(one, facts):
            continue
        during = cause.since is not None and one.at >= cause.since
        if one.digest == cause.digest or (during and one.answer == RETRAIN and one.kind != STARTED):
            return one
    return None


def dead(trigger: Trigger, facts: Facts) -> bool:
    """Whether a retrain died before it trained anything, and may be tried again: no run record is as new."""
    if trigger.answer != RETRAIN or trigger.kind == STARTED or trigger.tries >= TRIES:
        return False
    recorded = facts.recorded is not None and facts.recorded >= trigger.at
    return not recorded and facts.now - trigger.at > LEASE


def cooling(bounds: Retrain, facts: Facts) -> str | None:
    """Why it is too early for the next retrain; None when it is not."""
    started = [one for one in facts.triggers if one.answer == RETRAIN and not dead(one, facts)]
    if not started:
        return None
    last = max(started, key=lambda one: one.at)
    hours = facts.hours(last.at)
    if hours >= bounds.cool_down_hours:
        return None
    least = f"retrain.cool_down_hours is {bounds.cool_down_hours:g}"
    return f"a retrain was started {hours:.1f} hours ago, and {least}"


def _call(stop: Cause, facts: Facts) -> Decision:
    """Call a person, once; it stays stopped afterwards."""
    if called := answer_to(stop, facts):
        return Decision(answer=WAIT, sentence=f"{stop.sentence}; a person was called on {_minute(called.at)}")
    return Decision(answer=CALL, sentence=stop.sentence, cause=stop)


def _nothing(found: list[Cause], facts: Facts, champion: Champion) -> str:
    """Why nothing is due."""
    if not found:
        who = f"version {champion.version}, which production serves"
        return f"no alarm of retrain.on sounds, and neither new data nor the age of {who}, asks for it"
    words = {RETRAIN: "a retrain was started", CALL: "a person was called"}
    told = ((one, answer_to(one, facts)) for one in found)
    return "; ".join(
        f"{one.what}, and {words[done.answer]} for it on {_minute(done.at)}" for one, done in told if done
    )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
