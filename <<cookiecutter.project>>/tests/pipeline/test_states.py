"""A release goes forward through its states, and ends once."""

from itertools import pairwise

import pytest

from pipeline import states
from pipeline.states import CANARY, ENDS, FINAL, LOCKED, NEXT, OPEN, PREPARED, UPDATING


@pytest.mark.parametrize(("state", "to"), [*pairwise(OPEN), *((FINAL, end) for end in ENDS)])
def test_the_way_of_a_release(state: str, to: str) -> None:
    """One state after the other, and from the last one to each end."""
    assert states.move(state, to) == to


@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_an_end(end: str) -> None:
    """What is closed stays as it is."""
    assert NEXT[end] == ()


@pytest.mark.parametrize(
    ("state", "to"), [(LOCKED, UPDATING), (LOCKED, "promoted"), (CANARY, UPDATING), (PREPARED, "rolled_back")]
)
def test_what_is_no_way_is_refused(state: str, to: str) -> None:
    """Nothing is updated before its gates, promoted or taken back without an update, or goes backwards."""
    with pytest.raises(ValueError, match=f"from {state} to {to}"):
        states.move(state, to)


def test_every_state_can_fail() -> None:
    """Or a release could be open for ever."""
    assert all("failed" in NEXT[state] for state in OPEN)


@pytest.mark.parametrize(
    ("status", "on", "state", "seen"),
    [
        ("Creating", 0, UPDATING, UPDATING),
        ("Baking", 1, UPDATING, CANARY),
        ("Baking", 2, CANARY, FINAL),
        ("ActivatingTraffic", 1, CANARY, CANARY),
        ("Baking", 1, FINAL, FINAL),
    ],
)
def test_the_state_of_an_update_is_what_the_endpoint_shows(
    status: str, on: int, state: str, seen: str
) -> None:
    """And never one before the present."""
    variant = {
        "VariantStatus": [{"Status": status}],
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": on,
        "DesiredInstanceCount": 2,
    }
    assert states.seen({"PendingDeploymentSummary": {"ProductionVariants": [variant]}}, state) == seen


def test_aws_words_tell_a_canary_where_its_counts_do_not() -> None:
    """Should all instances of the new fleet be counted, while the traffic of some is on."""
    said = "Baking for 600 seconds with traffic enabled on canary capacity of 1 instance(s)."
    status = {"Status": "Baking", "StatusMessage": said}
    variant = {"VariantStatus": [status], "CurrentInstanceCount": 2, "DesiredInstanceCount": 2}
    assert states.seen({"PendingDeploymentSummary": {"ProductionVariants": [variant]}}, UPDATING) == CANARY
