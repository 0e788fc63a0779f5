"""Whether a retrain is due: what speaks for one, what has answered it, and what forbids it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.due.causes import (
    CALL,
    DATA,
    NOTHING,
    RETRAIN,
    STARTED,
    WAIT,
    Alarm,
    Cause,
    Champion,
    Data,
    Decision,
    Facts,
    Trigger,
    Verdict,
    decide,
)
from pipeline.report.markdown import LONGEST
from pipeline.sections import Retrain

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ROWS = datetime(2013, 6, 30, tzinfo=UTC)
BOUNDS = Retrain(
    on=("log_loss", "calibration", "data", "age"),
    cool_down_hours=24,
    longest_days=90,
    new_days=7,
    refusals=3,
)
OLD, NEW = Data(manifest="a" * 64, to=ROWS), Data(manifest="b" * 64, to=ROWS + timedelta(days=3))
CHAMPION = Champion(version=4, registered=NOW - timedelta(days=20), data=OLD)
ALARM = Alarm(
    promise="calibration", name="flights-production-model-calibration", since=NOW - timedelta(hours=1)
)
QUIET = Facts(now=NOW, follows=True, champion=CHAMPION, waiting=OLD, tried=OLD)
SOUNDING = replace(QUIET, alarms=(ALARM,), waiting=NEW)


def asked(facts: Facts, *, weekly: bool = False) -> Decision:
    """What is decided by the usual bounds."""
    return decide(BOUNDS, facts, weekly=weekly)


def claimed(cause: Cause | None, hours: float, **more: object) -> Trigger:
    """The trigger of a cause that was claimed so many hours ago."""
    assert cause is not None
    made = Trigger(
        kind=cause.kind,
        subject=cause.subject,
        answer=cause.answer,
        because=cause.sentence,
        at=NOW - timedelta(hours=hours),
        by="a role",
        run="https://github.com/o/r/actions/runs/1",
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of a trigger


def person(hours: float) -> Trigger:
    """A person started a retrain so many hours ago."""
    return claimed(Cause(kind=STARTED, subject="run", answer=RETRAIN, what="a person started it"), hours)


def days(count: float) -> Data:
    """Data with so many days of newer rows."""
    return Data(manifest="c" * 64, to=ROWS + timedelta(days=count))


def test_where_all_is_well_nothing_is_due() -> None:
    """And it says what was looked at."""
    decision = asked(QUIET)
    assert (decision.answer, decision.cause) == (NOTHING, None)
    assert "no alarm of retrain.on sounds" in decision.sentence


def test_before_the_first_release_nothing_is_due() -> None:
    """What serves nothing cannot get worse."""
    assert asked(replace(SOUNDING, champion=None)).answer == NOTHING


# what speaks for a retrain


def test_an_alarm_that_sounds_starts_one() -> None:
    """It says which, since when, and on what it trains."""
    decision = asked(SOUNDING)
    assert (decision.answer, decision.cause and decision.cause.kind) == (RETRAIN, "calibration")
    assert "`flights-production-model-calibration` sounds since 2026-03-10 11:00 UTC" in decision.sentence
    assert "manifest `bbbbbbbbbbbb` is new" in decision.sentence


def test_an_alarm_that_policy_does_not_name_starts_none() -> None:
    """Drift without loss is a diagnosis; who wants it to start a retrain writes so."""
    drifting = replace(SOUNDING, alarms=(replace(ALARM, promise="inputs"),))
    assert asked(drifting).answer == NOTHING
    assert decide(replace(BOUNDS, on=("inputs",)), drifting).answer == RETRAIN


@pytest.mark.parametrize(("newer", "answer"), [(6.9, NOTHING), (7, RETRAIN)])
def test_new_data_is_so_many_days_of_rows(newer: float, answer: str) -> None:
    """By the rows' own time, whenever they came."""
    assert asked(replace(QUIET, waiting=days(newer))).answer == answer


def test_what_the_last_candidate_was_trained_on_is_not_new() -> None:
    """Else a refused candidate would be trained again each day."""
    assert asked(replace(QUIET, waiting=days(30), tried=days(30))).answer == NOTHING
    assert asked(replace(QUIET, waiting=days(30), tried=days(25))).answer == NOTHING
    assert asked(replace(QUIET, waiting=days(30), tried=None)).answer == RETRAIN


def test_a_manifest_that_is_gone_says_nothing_of_days() -> None:
    """Without knowing what the champion has seen nobody can say how much is new."""
    lost = replace(CHAMPION, data=replace(OLD, to=None))
    assert asked(replace(QUIET, champion=lost, tried=None, waiting=days(30))).answer == NOTHING


def test_every_week_any_data_that_is_new_will_do() -> None:
    """The schedule looks for more than new_days."""
    assert asked(replace(QUIET, waiting=NEW)).answer == NOTHING
    assert asked(replace(QUIET, waiting=NEW), weekly=True).answer == RETRAIN
    assert decide(replace(BOUNDS, on=()), replace(QUIET, waiting=NEW), weekly=True).answer == RETRAIN
    assert asked(QUIET, weekly=True).answer == NOTHING


def test_a_champion_that_is_old_is_trained_anew_where_there_is_newer_data() -> None:
    """Less than new_days suffice then."""
    old = replace(CHAMPION, registered=NOW - timedelta(days=91))
    decision = asked(replace(QUIET, champion=old, waiting=NEW))
    assert (decision.answer, decision.cause and decision.cause.kind) == (RETRAIN, "age")
    assert "version 4 is 91.0 days old, and retrain.longest_days is 90" in decision.sentence


def test_days_are_awss() -> None:
    """Where AWS's time runs sixty times as fast, a champion of 90 days is 36 hours old here."""
    fast = replace(QUIET, waiting=NEW, speed=60.0)
    assert (
        asked(replace(fast, champion=replace(CHAMPION, registered=NOW - timedelta(hours=35)))).answer
        == NOTHING
    )
    assert (
        asked(replace(fast, champion=replace(CHAMPION, registered=NOW - timedelta(hours=37)))).answer
        == RETRAIN
    )


# what a retrain could not help


@pytest.mark.parametrize("follows", [True, False])
def test_an_alarm_without_anything_new_calls_a_person(follows: bool) -> None:
    """The same bytes would be trained again; it says what to do about the data."""
    decision = asked(replace(SOUNDING, waiting=OLD, follows=follows))
    assert decision.answer == CALL
    assert "no data is there that was not trained on before" in decision.sentence
    assert decision.cause
    assert ("pipeline data ingest" if follows else "pipeline data add") in decision.cause.mend


def test_an_old_champion_without_anything_new_calls_a_person() -> None:
    """As long as nobody was called for it."""
    old = replace(QUIET, champion=replace(CHAMPION, registered=NOW - timedelta(days=91)))
    first = asked(old)
    assert first.answer == CALL
    assert asked(replace(old, triggers=(claimed(first.cause, 400),))).answer == NOTHING


def test_a_call_does_not_stand_in_the_way_of_a_retrain() -> None:
    """Once there is newer data the alarm that still sounds starts one."""
    called = claimed(asked(replace(SOUNDING, waiting=OLD)).cause, 0.5)
    assert asked(replace(SOUNDING, triggers=(called,))).answer == RETRAIN


def test_what_a_retrain_helps_comes_before_a_call() -> None:
    """New data may well be what an old champion needs."""
    alarms = (ALARM, replace(ALARM, promise="log_loss", name="other"))
    both = replace(SOUNDING, alarms=alarms, triggers=())
    assert asked(both).answer == RETRAIN


# what was answered


def test_one_alarm_starts_one_retrain() -> None:
    """However long it sounds after that, and however new the data."""
    done = claimed(asked(SOUNDING).cause, 0)
    later = replace(
        SOUNDING, now=NOW + timedelta(days=3), recorded=NOW + timedelta(hours=1), triggers=(done,)
    )
    assert asked(later).answer == NOTHING
    assert asked(replace(later, tried=NEW)).answer == NOTHING


def test_an_alarm_that_sounds_anew_is_another_cause() -> None:
    """It was calm in between."""
    done = claimed(asked(SOUNDING).cause, 0)
    later = replace(
        SOUNDING, now=NOW + timedelta(days=3), recorded=NOW + timedelta(hours=1), triggers=(done,)
    )
    again = replace(ALARM, since=NOW + timedelta(days=2))
    assert asked(replace(later, alarms=(again,))).answer == RETRAIN


def test_a_retrain_answers_all_that_sounds_when_it_begins() -> None:
    """Two alarms of one worse model start one."""
    other = replace(ALARM, promise="log_loss", name="flights-production-model-log-loss")
    done = claimed(asked(SOUNDING).cause, 0)
    facts = replace(
        SOUNDING, alarms=(ALARM, other), triggers=(done,), now=NOW + timedelta(days=2), recorded=NOW
    )
    assert asked(facts).answer == NOTHING


def test_a_persons_retrain_answers_no_alarm() -> None:
    """It may have been about something else."""
    assert asked(replace(SOUNDING, now=NOW + timedelta(days=2), triggers=(person(0),))).answer == RETRAIN


def test_it_says_what_was_done_about_what_still_sounds() -> None:
    """Silence would look like blindness."""
    done = claimed(asked(SOUNDING).cause, 0.5)
    decision = asked(replace(SOUNDING, recorded=NOW, triggers=(done,)))
    assert decision.sentence.endswith(", and a retrain was started for it on 2026-03-10 11:30 UTC")


def test_a_run_that_is_run_again_goes_on() -> None:
    """Its claim is its own; for every other run it is taken."""
    done = claimed(asked(SOUNDING).cause, 0.5)
    facts = replace(SOUNDING, recorded=NOW, triggers=(done,))
    assert asked(replace(facts, run=done.run)).answer == RETRAIN
    assert asked(replace(facts, run="https://github.com/o/r/actions/runs/2")).answer == NOTHING


def test_what_a_retrain_that_died_has_claimed_may_be_taken_up_once() -> None:
    """Once no job of that workflow can live any more, and no run record is newer than the claim."""
    done = claimed(asked(SOUNDING).cause, 5)
    assert asked(replace(SOUNDING, triggers=(done,))).answer == RETRAIN
    assert asked(replace(SOUNDING, triggers=(replace(done, at=NOW - timedelta(hours=3)),))).answer != RETRAIN
    assert asked(replace(SOUNDING, triggers=(done,), recorded=NOW - timedelta(hours=4.5))).answer != RETRAIN
    assert asked(replace(SOUNDING, triggers=(replace(done, tries=2),))).answer != RETRAIN


# what forbids it


def test_after_one_the_next_waits() -> None:
    """Whoever has started it, and whatever the next cause is."""
    for done in (person(23), claimed(Cause(kind=DATA, subject="x", answer=RETRAIN, what="s"), 23)):
        decision = asked(replace(SOUNDING, triggers=(done,), recorded=NOW))
        assert (decision.answer, decision.cause) == (WAIT, None)
        assert "a retrain was started 23.0 hours ago, and retrain.cool_down_hours is 24" in decision.sentence
        earlier = replace(done, at=NOW - timedelta(hours=24))
        assert asked(replace(SOUNDING, triggers=(earlier,), recorded=NOW)).answer == RETRAIN


def test_a_call_waits_too() -> None:
    """What is being trained may be the answer."""
    assert asked(replace(SOUNDING, waiting=OLD, triggers=(person(2),))).answer == WAIT


def refusals(count: int) -> tuple[Verdict, ...]:
    """So many candidates that were refused, the last one an hour ago."""
    return tuple(
        Verdict(candidate=f"flights-train-{number}", passed=False, at=NOW - timedelta(hours=1 + number))
        for number in range(count)
    )


def test_three_refused_candidates_in_a_row_call_a_person() -> None:
    """Before anything else is asked, and once."""
    decision = asked(replace(SOUNDING, verdicts=refusals(3)))
    assert decision.answer == CALL
    assert "refused 3 candidates in a row, the last one `flights-train-0`" in decision.sentence
    stays = asked(replace(SOUNDING, verdicts=refusals(3), triggers=(claimed(decision.cause, 0.5),)))
    assert (stays.answer, stays.cause) == (WAIT, None)
    assert stays.sentence.endswith("; a person was called on 2026-03-10 11:30 UTC")


def test_two_do_not() -> None:
    """Nor does what was passed in between."""
    assert asked(replace(SOUNDING, verdicts=refusals(2))).answer == RETRAIN
    passed = Verdict(candidate="flights-train-p", passed=True, at=NOW)
    mixed = (*refusals(2), passed, *refusals(2))
    assert asked(replace(SOUNDING, verdicts=mixed)).answer == RETRAIN


def test_a_persons_own_run_begins_the_count_anew() -> None:
    """Whoever has looked at it may let machines go on."""
    facts = replace(SOUNDING, verdicts=refusals(3), now=NOW + timedelta(days=2))
    assert asked(replace(facts, triggers=(person(0),))).answer == RETRAIN
    assert asked(replace(facts, triggers=(person(9),))).answer == CALL


@pytest.mark.parametrize(
    "facts", [replace(SOUNDING, waiting=OLD), SOUNDING, replace(SOUNDING, verdicts=refusals(3))]
)
def test_a_summary_has_room_for_what_is_said(facts: Facts) -> None:
    """With a project's longest name: a text that is cut loses its end, and often its point."""
    long = facts.alarms[0].name.replace("flights", "f" * 24)
    decision = asked(replace(facts, alarms=(replace(facts.alarms[0], name=long),)))
    assert decision.cause
    for text in (decision.sentence, decision.cause.mend):
        assert len(text) <= LONGEST
