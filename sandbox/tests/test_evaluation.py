"""Tests of sandbox.evaluation: the tables of AmazonCloudWatch/latest/monitoring/alarms-and-missing-data."""

from typing import Any

import pytest

from sandbox.evaluation import evaluate

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
OK, ALARM, NONE, KEPT = "OK", "ALARM", "INSUFFICIENT_DATA", "the state before"


def state(data: str, *, needed: int, **settings: Any) -> str:
    """The state after `data` of 0 (fine), X (breaching) and - (missing), of an alarm that was in KEPT."""
    points = [{"0": 0.0, "X": 1.0, "-": None}[mark] for mark in data]
    alarm = {"EvaluationPeriods": 3, "DatapointsToAlarm": needed, "Threshold": 0.5}
    return evaluate(alarm | {"ComparisonOperator": "GreaterThanThreshold"} | settings, points, KEPT)[0]


@pytest.mark.parametrize(
    ("needed", "data", "expected"),
    [
        (3, "0-X-X", (OK, OK, OK, OK)),
        (3, "0----", (OK, OK, OK, OK)),
        (3, "-----", (NONE, KEPT, ALARM, OK)),
        (3, "0XX-X", (ALARM, ALARM, ALARM, ALARM)),
        (3, "--X--", (ALARM, KEPT, ALARM, OK)),
        (3, "----X", (NONE, KEPT, ALARM, OK)),
        (2, "0-X-X", (ALARM, ALARM, ALARM, ALARM)),
        (2, "00X0X", (ALARM, ALARM, ALARM, ALARM)),
        (2, "0-X--", (OK, OK, ALARM, OK)),
        (2, "----0", (OK, OK, ALARM, OK)),
        (2, "---X-", (ALARM, KEPT, ALARM, OK)),
    ],
)
def test_the_guides_tables(needed: int, data: str, expected: tuple[str, ...]) -> None:
    """Each row of the two tables, under each TreatMissingData, and one of an earlier edition (----X)."""
    assert tuple(state(data, needed=needed, TreatMissingData=treat) for treat in TREATMENTS) == expected


def test_missing_is_the_default() -> None:
    """Without TreatMissingData no data is INSUFFICIENT_DATA."""
    assert state("-----", needed=3) == NONE


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("GreaterThanThreshold", OK),
        ("GreaterThanOrEqualToThreshold", ALARM),
        ("LessThanThreshold", OK),
        ("LessThanOrEqualToThreshold", ALARM),
    ],
)
def test_a_value_on_the_threshold(operator: str, expected: str) -> None:
    """On the threshold only the operators with `OrEqualTo` alarm."""
    alarm = {"EvaluationPeriods": 1, "Threshold": 0.5, "ComparisonOperator": operator}
    assert evaluate(alarm, [0.5], OK)[0] == expected


def test_the_reason_shows_the_values() -> None:
    """The reason has the values and the threshold, which is what an on-call engineer reads first."""
    alarm = {"EvaluationPeriods": 2, "Threshold": 0.05, "ComparisonOperator": "GreaterThanThreshold"}
    reason = evaluate(alarm, [0.25, 0.5], OK)[1]
    assert "2 out of the last 2 datapoints [0.25, 0.5] were greater than the threshold (0.05)" in reason
