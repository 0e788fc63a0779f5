"""Tests of sandbox.metrics."""

import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import metrics
from sandbox.clock import Clock
from sandbox.metrics import Metrics, Sample, key, statistic
from sandbox.world import ApiError

START = 1_700_000_000.0


def account(speed: float = 60.0) -> Any:
    """A world of nothing but metrics."""
    clock = Clock(speed)
    return SimpleNamespace(clock=clock, metrics=Metrics(clock))


def stamp(offset: float) -> datetime:
    """START plus `offset` real seconds."""
    return datetime.fromtimestamp(START + offset, UTC)


def put(world: Any, offset: float, value: float, **datum: Any) -> None:
    """Put one value of metric M."""
    given = {"MetricName": "M", "Timestamp": stamp(offset), "Value": value} | datum
    metrics.put_metric_data(world, {"Namespace": "N", "MetricData": [given]})


def get(world: Any, stat: str = "Sum", *, until: float = 10.0, dimensions: Any = (), **more: Any) -> list[Any]:
    """The values of metric M a minute each, oldest first."""
    metric = {"Namespace": "N", "MetricName": "M", "Dimensions": list(dimensions)}
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat} | more}
    request = {"MetricDataQueries": [query], "StartTime": stamp(0), "EndTime": stamp(until)}
    answer = metrics.get_metric_data(world, request | {"ScanBy": "TimestampAscending"})
    values: list[Any] = answer["MetricDataResults"][0]["Values"]
    return values


def test_a_minute_is_a_second_at_speed_60() -> None:
    """Values of one real second are one data point of an AWS minute, the next second is the next."""
    world = account()
    for offset in (0.0, 0.9, 1.0):
        put(world, offset, 1.0)
    assert get(world) == [2.0, 1.0]


def test_a_minute_is_a_minute_at_speed_1() -> None:
    """At speed 1 nothing is compressed."""
    world = account(speed=1.0)
    for offset in (0.0, 30.0, 70.0):
        put(world, offset, 1.0)
    assert get(world, until=120.0) == [2.0, 1.0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 4.0), ("Sum", 10.0), ("Average", 2.5), ("Minimum", 1.0), ("Maximum", 4.0),
        ("p50", 2.0), ("p75", 3.0), ("p99.9", 4.0), ("p0", 1.0),
    ],
)  # fmt: skip
def test_statistics(name: str, expected: float) -> None:
    """Each statistic of the values 1 to 4."""
    samples = [Sample(START, 1.0, value, value, value) for value in (4.0, 1.0, 3.0, 2.0)]
    assert statistic(samples, name) == expected


def test_no_data_is_no_point() -> None:
    """Where nothing was put there is no value, not zero."""
    world = account()
    put(world, 0.0, 1.0)
    put(world, 3.0, 1.0)
    assert get(world) == [1.0, 1.0]


def test_a_percentile_of_a_statistic_set_is_unknown() -> None:
    """A StatisticSet of differing values has no percentile."""
    assert statistic([Sample(START, 2.0, 3.0, 1.0, 2.0)], "p50") is None


def test_counts_weigh_values() -> None:
    """A value put 99 times outweighs one put once."""
    world = account()
    given = {"MetricName": "M", "Timestamp": stamp(0), "Values": [1.0, 9.0], "Counts": [99.0, 1.0]}
    metrics.put_metric_data(world, {"Namespace": "N", "MetricData": [given]})
    assert (get(world, "p99"), get(world, "SampleCount")) == ([1.0], [100.0])


def test_an_unknown_statistic_is_refused() -> None:
    """Trimmed means are refused, not quietly taken for something else."""
    with pytest.raises(ApiError) as refused:
        statistic([Sample(START, 1.0, 1.0, 1.0, 1.0)], "tm99")
    assert refused.value.code == "NotInSandbox"


def test_dimensions_are_another_metric() -> None:
    """A query finds the metric of exactly its dimensions, in any order."""
    world = account()
    pair = [{"Name": "B", "Value": "2"}, {"Name": "A", "Value": "1"}]
    put(world, 0.0, 1.0)
    put(world, 0.0, 5.0, Dimensions=pair)
    assert (get(world), get(world, dimensions=pair[::-1]), get(world, dimensions=pair[:1])) == (
        [1.0],
        [5.0],
        [],
    )


def test_another_unit_finds_nothing() -> None:
    """A query for Seconds misses a metric in Microseconds, as on AWS."""
    world = account()
    put(world, 0.0, 1.0, Unit="Microseconds")
    assert (get(world, Unit="Microseconds"), get(world, Unit="Seconds")) == ([1.0], [])


def test_the_newest_comes_first() -> None:
    """GetMetricData answers in descending order by default, each stamp being its period's start."""
    world = account()
    put(world, 0.5, 1.0)
    put(world, 1.5, 2.0)
    stat = {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}
    request = {
        "MetricDataQueries": [{"Id": "m", "MetricStat": stat}],
        "StartTime": stamp(0),
        "EndTime": stamp(9),
    }
    result = metrics.get_metric_data(world, request)["MetricDataResults"][0]
    assert (result["Timestamps"], result["Values"]) == ([stamp(1), stamp(0)], [2.0, 1.0])


def test_metric_math_is_refused() -> None:
    """An expression is not in the sandbox."""
    queries = [{"Id": "e", "Expression": "m1/m2"}]
    with pytest.raises(ApiError, match="Metric math is not in the sandbox"):
        metrics.get_metric_data(account(), {"MetricDataQueries": queries})


def test_an_odd_period_is_refused() -> None:
    """CloudWatch keeps no period of 45 seconds."""
    request = {"Namespace": "N", "MetricName": "M", "Period": 45, "Statistics": ["Sum"]}
    with pytest.raises(ApiError, match="Period is 45"):
        metrics.get_metric_statistics(account(), request | {"StartTime": stamp(0), "EndTime": stamp(9)})


def test_get_metric_statistics() -> None:
    """Statistics and percentiles come in one data point per period."""
    world = account()
    put(world, 0.1, 1.0, Unit="Count")
    put(world, 0.2, 3.0, Unit="Count")
    request = {"Namespace": "N", "MetricName": "M", "Period": 60, "StartTime": stamp(0), "EndTime": stamp(9)}
    answer = metrics.get_metric_statistics(world, request | {"Statistics": ["Average"], "ExtendedStatistics": ["p99"]})
    point = {"Timestamp": stamp(0), "Unit": "Count", "Average": 2.0, "ExtendedStatistics": {"p99": 3.0}}
    assert answer["Datapoints"] == [point]


def test_list_metrics() -> None:
    """Metrics are found by the name of a dimension, and missed by another value."""
    world = account()
    put(world, 0.0, 1.0, Dimensions=[{"Name": "A", "Value": "1"}])
    found = [
        len(metrics.list_metrics(world, {"Dimensions": [filtered]})["Metrics"])
        for filtered in ({"Name": "A"}, {"Name": "A", "Value": "2"})
    ]
    assert found == [1, 0]


def test_recording_stamps_now() -> None:
    """What is recorded belongs to the present period."""
    world = account()
    wanted = key("N", "M", ())
    world.metrics.series(wanted).record(2.0)
    now = world.metrics.period(time.time(), 60)
    found = [sample.total for _, samples in world.metrics.samples(wanted, 60, now - 1, now) for sample in samples]
    assert found == [2.0]
