"""Tests of sandbox.metric_math."""

from typing import Any

import pytest

from sandbox import metric_math
from sandbox.world import ApiError

SHARE = "IF(requests >= 100, failed / requests, 0)"
IDS = {"requests": 1, "failed": 1}


def metric(id_: str, period: int = 60) -> dict[str, Any]:
    """A query for a metric."""
    stat = {"Metric": {"Namespace": "N", "MetricName": id_}, "Period": period, "Stat": "Sum"}
    return {"Id": id_, "MetricStat": stat, "ReturnData": False}


def share(expression: str = SHARE) -> dict[str, Any]:
    """The query that the alarm watches."""
    return {"Id": "share", "Expression": expression, "ReturnData": True}


@pytest.mark.parametrize(
    ("requests", "failed", "expected"),
    [(200.0, 50.0, 0.25), (99.0, 99.0, 0.0), (100.0, 0.0, 0.0), (None, 1.0, None), (200.0, None, None)],
)
def test_a_share_needs_enough_requests(requests: float | None, failed: float | None, expected: float | None) -> None:
    """Where an operand has no data point, the expression has none."""
    expression = metric_math.parse(SHARE, IDS)
    assert metric_math.value(expression, {"requests": requests, "failed": failed}) == expected


def test_what_is_not_asked_for_is_not_needed() -> None:
    """Too few requests are enough to know the value."""
    expression = metric_math.parse(SHARE, IDS)
    assert metric_math.value(expression, {"requests": 1.0, "failed": None}) == 0.0


def test_a_division_by_zero_is_no_data_point() -> None:
    """It is not infinite."""
    expression = metric_math.parse("failed / requests", IDS)
    assert metric_math.value(expression, {"requests": 0.0, "failed": 0.0}) is None


def test_a_series_has_a_value_for_each_period() -> None:
    """The metrics' values side by side."""
    expression = metric_math.parse("failed / requests", IDS)
    assert metric_math.series(expression, {"requests": [10.0, None], "failed": [1.0, 1.0]}) == [0.1, None]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("failed /", "ValidationError"),
        ("failed / others", "ValidationError"),
        ("RATE(failed)", "NotInSandbox"),
        ("IF(failed, 1)", "NotInSandbox"),
        ("[failed, requests]", "NotInSandbox"),
        ("failed ** 2", "NotInSandbox"),
    ],
)
def test_other_expressions_are_refused(expression: str, code: str) -> None:
    """What the sandbox cannot evaluate would never sound."""
    with pytest.raises(ApiError) as refused:
        metric_math.parse(expression, IDS)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"Metrics": [metric("requests"), share("requests")], "Period": 60}, "ValidationError"),
        ({"Metrics": [metric("requests")]}, "ValidationError"),
        ({"Metrics": [metric("requests"), metric("failed", 300), share()]}, "NotInSandbox"),
        ({"Metrics": [{**metric("requests"), "ReturnData": True}]}, "NotInSandbox"),
    ],
)
def test_other_queries_are_refused(settings: dict[str, Any], code: str) -> None:
    """A second description of the metric, no watched expression, two periods, no expression."""
    with pytest.raises(ApiError) as refused:
        metric_math.queries(settings)
    assert refused.value.code == code


def test_queries_name_their_metrics_and_their_period() -> None:
    """The watched expression is over all of them."""
    math = metric_math.queries({"Metrics": [share(), metric("requests", 300), metric("failed", 300)]})
    assert (sorted(math.inputs), math.period) == (["failed", "requests"], 300)
