"""Whether an alarm can guard: a missing, changed, ringing, slow or unreachable one is found in time."""

import json
from typing import Any

import pytest

from pipeline import alarms, fitness

from .guarded import PLAN, as_listed, wanted

pytestmark = pytest.mark.usefixtures("project")
BAKE = PLAN["bake_seconds"]


@pytest.mark.parametrize("signal", alarms.SIGNALS)
def test_an_alarm_as_asked_is_fit(signal: str) -> None:
    """In whatever order CloudWatch lists its settings."""
    assert fitness.unfit([as_listed(wanted(signal))], wanted(signal), BAKE) is None


@pytest.mark.parametrize(
    ("signal", "changes", "why"),
    [
        ("reject", {"AlarmName": "other"}, "does not list it"),
        ("errors", {"StateValue": "ALARM"}, "in ALARM before"),
        ("latency", {"StateValue": "INSUFFICIENT_DATA"}, "in INSUFFICIENT_DATA before"),
        ("reject", {"Dimensions": [{"Name": "Release", "Value": "another"}]}, "something else"),
        ("errors", {"Metrics": []}, "something else"),
        (
            "heartbeat",
            {"TreatMissingData": "notBreaching"},
            "TreatMissingData is notBreaching, not breaching",
        ),
        ("reject", {"Threshold": 2.0}, "Threshold is 2.0, not 1.0"),
        ("errors", {"AlarmActions": []}, "AlarmActions is"),
        ("errors", {"ActionsEnabled": False}, "ActionsEnabled is False"),
    ],
)
def test_an_alarm_that_cannot_guard_is_unfit(signal: str, changes: dict[str, Any], why: str) -> None:
    """Missing, ringing, looking elsewhere, changed by somebody."""
    assert why in str(fitness.unfit([as_listed(wanted(signal), **changes)], wanted(signal), BAKE))


def test_the_old_fleets_metrics_are_something_else() -> None:
    """The same alarm on the old configuration would never see the candidate."""
    old = json.loads(json.dumps(wanted("errors")).replace('"new"', '"old"'))
    assert "something else" in str(fitness.unfit([as_listed(old)], wanted("errors"), BAKE))


def test_an_alarm_that_is_slower_than_the_bake_is_unfit() -> None:
    """AWS's own example looks at twenty minutes of a bake of ten."""
    slow = wanted("latency")
    assert fitness.unfit([as_listed(slow)], slow, 181) is None
    assert "are over before" in str(fitness.unfit([as_listed(slow)], slow, 180))


@pytest.mark.parametrize(
    ("signal", "threshold", "expected"),
    [("errors", 0.05, True), ("errors", 1.0, False), ("reject", 1.0, True), ("reject", 1.5, False)],
)
def test_a_threshold_that_nothing_crosses_is_unfit(signal: str, threshold: float, expected: bool) -> None:
    """A share is at most 1, so that an alarm on more than 1 never fires."""
    odd = wanted(signal) | {"Threshold": threshold}
    why = fitness.unfit([as_listed(odd)], odd, BAKE)
    assert (why is None) is expected
    assert expected or "can cross" in str(why)


def test_a_heartbeat_that_can_never_be_missed_is_unfit() -> None:
    """Less than no beats is never true."""
    odd = wanted("heartbeat") | {"Threshold": 0.0}
    assert "can cross" in str(fitness.unfit([as_listed(odd)], odd, BAKE))
