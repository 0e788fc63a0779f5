"""sandbox.clock."""

import threading

import pytest

from sandbox.clock import Clock


def test_durations_shrink_by_the_speed() -> None:
    """At speed 60 an AWS minute takes a second."""
    assert Clock(60).real(60) == 1.0


def test_aws_seconds_are_the_reverse() -> None:
    """A second here is a minute there."""
    assert Clock(60).aws(Clock(60).real(300)) == 300


def test_wait_says_whether_the_event_came() -> None:
    """A wait that runs out is False."""
    assert Clock(60).wait(threading.Event(), 0.6) is False


@pytest.mark.parametrize("speed", [0, -1])
def test_a_clock_cannot_stand_still_or_go_back(speed: float) -> None:
    """The refusal names the bound."""
    with pytest.raises(ValueError, match="must be above 0"):
        Clock(speed)
