"""What an incident was, out of a release's record or of what happened in a span."""

from dataclasses import replace

import pytest

from pipeline.history import Event
from pipeline.ledger import Record
from pipeline.postmortem.incident import Change, Live, Moment, of_release, of_span, ordered
from tests.pipeline.explain_sample import EVERY, JUDGE, PROMOTED, at, without

BEFORE = replace(
    PROMOTED,
    release="production-v2",
    version=2,
    config_asked=str(JUDGE.config_before),
    started="2013-06-01T10:00:00+00:00",
    ended="2013-06-01T11:00:00+00:00",
)
HISTORY = [JUDGE, BEFORE]
SPAN = (at(-600), at(3600))
FIRES = Change(at=at(30), kind="model-calibration", before="OK", after="ALARM", reason="Broken was 1")


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_every_release_can_be_told(record: Record) -> None:
    """However it ended, or where it is; its beginning is known always."""
    found = of_release(record, [record])
    assert found.moments[0].what.startswith(f"{record.kind} of version 3 begins")
    assert found.title.endswith((record.verdict or record.state).replace("_", " "))


def test_the_timeline_is_in_order() -> None:
    """Stages, the judge, alarms and the end, whichever part of the record they come from."""
    told = [one.what for one in of_release(JUDGE, HISTORY).moments]
    judge, alarm = (next(i for i, what in enumerate(told) if word in what) for word in ("judge", "goes off"))
    back = told.index("the endpoint is RollingBack")
    assert judge < alarm < back and told[-1] == "the release ends: rolled back"


def test_what_was_live_comes_from_the_ledger() -> None:
    """A release that went back leaves what was there, a promoted one is live itself."""
    old = Live(version=2, config="flights-production-aaaa")
    back, went_in = of_release(JUDGE, HISTORY), of_release(PROMOTED, HISTORY)
    assert (back.before, back.after) == (old, old)
    assert (went_in.before, went_in.after) == (old, Live(version=3, config="flights-production-bbbb"))


@pytest.mark.parametrize("name", ["stuck", "canary"])
def test_nobody_knows_what_a_stuck_or_open_release_left(name: str) -> None:
    """A mixed fleet is neither."""
    assert of_release(EVERY[name], HISTORY).after == Live()


def test_an_alarms_kind_is_that_of_its_owner_and_page() -> None:
    """An alarm that never left OK is not named."""
    assert of_release(EVERY["backstop"], []).kinds == ("release-errors",)
    quiet = replace(JUDGE, details=without("alarm_history"))
    assert of_release(quiet, []).kinds == ()


def test_who_asked_let_and_stopped_it_is_said() -> None:
    """One after the other."""
    record = EVERY["human"].having(approvals=[{"form": "reviewers", "by": ["bob"]}])
    asked, let, stopped = of_release(record, []).people
    assert asked.startswith("asked for by octocat") and (let, stopped) == (
        "approved by bob",
        "stopped by ann",
    )


def event(seconds: float, what: str, by: str | None = None) -> Event:
    """A line of the change log."""
    return Event(at=at(seconds), what=what, by=by, why="as it is", evidence="s3://bucket/one")


def test_a_span_has_what_happened_in_it_and_nothing_else() -> None:
    """Both ends belong to it."""
    events = [event(60, "gate passed"), event(-601, "too early"), event(3601, "too late")]
    found = of_span("production", SPAN, [FIRES], events, HISTORY)
    assert [one.what for one in found.moments] == [
        "the alarm model-calibration goes off: Broken was 1",
        "gate passed: as it is",
    ]
    assert found.releases == (JUDGE,)


def test_a_release_that_ends_in_the_span_belongs_to_it() -> None:
    """It began before."""
    assert of_span("production", (at(640), at(700)), [], [], HISTORY).releases == (JUDGE,)


def test_what_was_live_at_both_ends_of_a_span_is_what_was_promoted_last() -> None:
    """A release that was taken back never was."""
    later = replace(PROMOTED, version=4, config_asked="four", started=at(1000), ended=at(1200))
    found = of_span("production", SPAN, [], [], [later, *HISTORY])
    assert (found.before.version, found.after) == (2, Live(version=4, config="four"))
    assert of_span("production", SPAN, [], [], []).before == Live()


def test_an_alarm_that_turned_without_sounding_is_told_but_not_counted() -> None:
    """It is in the timeline."""
    turned = replace(FIRES, before="INSUFFICIENT_DATA", after="OK")
    found = of_span("production", SPAN, [turned], [], [])
    assert found.kinds == () and "is OK" in found.moments[0].what


def test_an_alarm_that_only_went_quiet_sounded() -> None:
    """It went off before the span."""
    quiet = replace(FIRES, before="ALARM", after="OK")
    found = of_span("production", SPAN, [quiet], [], [])
    assert found.kinds == ("model-calibration",) and "is quiet again" in found.moments[0].what


def test_people_are_named_once() -> None:
    """With what they did."""
    events = [
        event(1, "gate passed", "ann"),
        event(2, "gate passed", "ann"),
        event(3, "version 4 registered"),
    ]
    assert of_span("production", SPAN, [], events, []).people == ("gate passed by ann",)


def test_what_has_no_time_is_left_out() -> None:
    """A timeline is of times."""
    assert ordered([Moment(at="None", what="a"), Moment(at=at(1), what="b")]) == (Moment(at=at(1), what="b"),)
