"""A release is alive while its beat changes, whatever the clocks say."""

import time
from dataclasses import replace

import pytest

from pipeline import aws, beat, ledger

from .releasing import current
from .test_ledger import ONE, TABLE

pytestmark = pytest.mark.usefixtures("cloud")


def test_whoever_holds_a_release_is_alive() -> None:
    """Its beat is raised all the time, and others see that."""
    record = ledger.begin(TABLE, ONE)
    with beat.held(TABLE, record):
        assert beat.alive(TABLE, record)


def test_a_release_whose_beat_stands_still_is_dead() -> None:
    """However young its stamps are: a clock that is five minutes off tells nothing."""
    assert not beat.alive(TABLE, ledger.begin(TABLE, replace(ONE, started=ledger.now())))


def test_a_release_that_is_closed_meanwhile_is_nobodys_to_close() -> None:
    """Its process has done it."""
    record = ledger.begin(TABLE, ONE)
    ledger.close(TABLE, record, "failed")
    assert beat.alive(TABLE, record)


def test_after_the_block_nothing_beats() -> None:
    """A process that has ended is a dead one."""
    with beat.held(TABLE, ledger.begin(TABLE, ONE)):
        time.sleep(3 * beat.interval())
    assert not beat.alive(TABLE, current(TABLE))


def test_a_beat_that_aws_does_not_take_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one may arrive; who works on the release hears of a ledger that is gone."""
    record = ledger.begin(TABLE, ONE)
    with monkeypatch.context() as away:
        away.setattr(ledger, "beat", lambda *_: 1 / 0)
        with beat.held(TABLE, record):
            time.sleep(3 * beat.interval())
    assert current(TABLE).beat == 0


def test_a_beat_is_never_shorter_than_a_second_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where AWS's time runs fast, a busy machine must not look dead."""
    monkeypatch.setattr(beat, "SHORTEST", 1.0)
    monkeypatch.setattr(beat, "INTERVAL_SECONDS", 30)
    monkeypatch.setattr(aws, "SPEED", 600.0)
    assert (beat.interval(), beat.MISSED * beat.interval() >= 3) == (1.0, True)
