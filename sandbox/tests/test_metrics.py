"""Tests of sandbox.metrics."""

import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import metrics
from sandbox.clock import Clock
from sandbox.metrics import Metrics, key
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


def test_no_data_is_no_point() -> None:
    """Where nothing was put there is no value, not zero."""
    world = account()
    put(world, 0.0, 1.0)
    put(world, 3.0, 1.0)
    assert get(world) == [1.0, 1.0]


def test_counts_weigh_values() -> None:
    """A value put 99 times outweighs one put once."""
    world = account()
    given = {"MetricName": "M", "Timestamp": stamp(0), "Values": [1.0, 9.0], "Counts": [99.0, 1.0]}
    metrics.put_metric_data(world, {"Namespace": "N", "MetricData": [given]})
    assert (get(world, "p99"), get(world, "SampleCount")) == ([1.0], [100.0])


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
    world.metrics.record(world.metrics.series(wanted), 2.0)
    now = world.metrics.period(time.time(), 60)
    found = [sample.total for _, samples in world.metrics.samples(wanted, 60, now - 1, now) for sample in samples]
    assert found == [2.0]


def test_get_metric_data_ranks_and_counts() -> None:
    """PR and TC are answered like any other statistic, and in GetMetricStatistics too."""
    world = account()
    for value in (1.0, 2.0, 3.0, 4.0):
        put(world, 0.1, value)
    request = {"Namespace": "N", "MetricName": "M", "Period": 60, "StartTime": stamp(0), "EndTime": stamp(9)}
    [point] = metrics.get_metric_statistics(world, request | {"ExtendedStatistics": ["TC(2:)", "PR(:3)"]})["Datapoints"]
    assert (get(world, "TC(2:)"), get(world, "PR(:3)")) == ([2.0], [75.0])
    assert point["ExtendedStatistics"] == {"TC(2:)": 2.0, "PR(:3)": 75.0}


def recent(world: Any, period: int, ago: float = 120.0, **datum: Any) -> list[float]:
    """The sums of M, oldest first, of a value 25 AWS seconds into the minute before the last and one 10 later."""
    now = time.time()
    minute = (world.metrics.period(now, 60) - 2) * world.clock.real(60)
    for offset in (25.0, 35.0):
        at = datetime.fromtimestamp(minute + world.clock.real(offset), UTC)
        given = {"MetricName": "M", "Timestamp": at, "Value": 1.0} | datum
        metrics.put_metric_data(world, {"Namespace": "N", "MetricData": [given]})
    stat = {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": period, "Stat": "Sum"}
    start = datetime.fromtimestamp(minute - world.clock.real(ago), UTC)
    request = {"MetricDataQueries": [{"Id": "m", "MetricStat": stat}], "StartTime": start}
    answer = metrics.get_metric_data(world, request | {"EndTime": datetime.fromtimestamp(now + 9, UTC)})
    result = answer["MetricDataResults"][0]
    first = datetime.fromtimestamp(minute, UTC)
    assert all(stamp >= first for stamp in result["Timestamps"])
    values: list[float] = result["Values"][::-1]
    return values


@pytest.mark.parametrize(
    ("datum", "period", "expected"),
    [
        ({"StorageResolution": 1}, 10, [1.0, 1.0]),
        ({"StorageResolution": 1}, 60, [2.0]),
        ({"StorageResolution": 60}, 10, [2.0]),
        ({}, 10, [2.0]),
        ({}, 60, [2.0]),
    ],
)
def test_a_value_is_kept_at_its_resolution(datum: dict[str, Any], period: int, expected: list[float]) -> None:
    """Without StorageResolution 1 all of a minute is in the minute's first ten seconds."""
    assert recent(account(), period, **datum) == expected


def test_short_periods_are_kept_for_three_hours() -> None:
    """A value of yesterday is found by the minute, and no more by ten seconds."""
    world = account()
    put(world, 0.0, 1.0, StorageResolution=1)
    metric = {"Metric": {"Namespace": "N", "MetricName": "M"}, "Stat": "Sum"}
    queries = [{"Id": f"m{p}", "MetricStat": metric | {"Period": p}} for p in (60, 10)]
    request = {"MetricDataQueries": queries, "StartTime": stamp(0), "EndTime": stamp(1)}
    found = metrics.get_metric_data(world, request)["MetricDataResults"]
    assert [each["Values"] for each in found] == [[1.0], []]


@pytest.mark.parametrize(
    ("datum", "why"),
    [
        ({"StorageResolution": 10}, "StorageResolution is 10, it must be 1 or 60"),
        ({"Values": [float(n) for n in range(151)]}, "M has 151 Values, at most 150"),
    ],
)
def test_what_cannot_be_put(datum: dict[str, Any], why: str) -> None:
    """CloudWatch has two resolutions, and 150 values in one datum."""
    with pytest.raises(ApiError, match=why):
        put(account(), 0.0, 1.0, **datum)
