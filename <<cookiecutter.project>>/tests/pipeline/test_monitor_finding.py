"""A promise is as bad as what is worst said of it."""

import pytest

from pipeline.monitor import finding
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding

from .monitor_sample import RULES


def said(*states: str) -> list[Finding]:
    """A finding of each state on one promise."""
    return [Finding("inputs", state, "") for state in states]


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([], UNKNOWN),
        ([UNKNOWN], UNKNOWN),
        ([KEPT, UNKNOWN], KEPT),
        ([KEPT, BROKEN], BROKEN),
        ([BROKEN, UNKNOWN], BROKEN),
    ],
)
def test_what_is_broken_weighs_most_and_what_nobody_can_tell_least(states: list[str], whole: str) -> None:
    """Nothing said is nothing known."""
    assert finding.state(said(*states), "inputs") == whole
    assert finding.state(said(*states), "sight") == UNKNOWN


def test_the_promises_are_those_of_the_policy_and_three_more() -> None:
    """Each has an alarm of its own."""
    assert finding.promises(RULES) == ("sight", "callers", "inputs", "log_loss", "calibration")


def test_broken_promises_are_told_in_their_order() -> None:
    """Each once."""
    found = [Finding(one, BROKEN, "") for one in ("calibration", "inputs", "inputs")]
    assert finding.broken(iter(found), RULES) == ["inputs", "calibration"]
