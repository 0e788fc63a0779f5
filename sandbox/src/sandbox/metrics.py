"""The account's metric data: what CloudWatch stores and how it answers.

A period of p AWS seconds covers p / speed seconds of the wall clock; stamps are the wall clock's. Unlike on
AWS a value can be read as soon as it is put. Latencies are as measured: the clock doesn't scale them.
"""

import math
import threading
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sandbox.clock import Clock
from sandbox.world import ApiError, World

HIGH_RESOLUTION = (1, 5, 10, 20, 30)  # seconds; else multiples of 60 (API MetricStat, Period)
BASIC = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


class Sample(NamedTuple):
    """One value put `number` times, or one StatisticSet."""

    time: float
    number: float
    total: float
    low: float
    high: float


class Key(NamedTuple):
    """What identifies a metric; two sets of dimensions are two metrics, AWS doesn't add them up."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


def key(namespace: str, name: str, dimensions: Iterable[Mapping[str, str]]) -> Key:
    """The key of a metric as requests write it: dimensions as [{"Name", "Value"}]."""
    return Key(namespace, name, tuple(sorted((each["Name"], each["Value"]) for each in dimensions)))


def statistic(samples: Sequence[Sample], name: str) -> float | None:
    """`name` (such as Average or p95) of `samples`; None where CloudWatch has no data point.

    A percentile of a StatisticSet is known only when its values are all the same
    (AmazonCloudWatch/latest/monitoring/cloudwatch_concepts, Percentiles). Raises ApiError NotInSandbox.
    """
    if not samples:
        return None
    match name:
        case "SampleCount":
            return sum(sample.number for sample in samples)
        case "Sum":
            return sum(sample.total for sample in samples)
        case "Average":
            return sum(sample.total for sample in samples) / sum(sample.number for sample in samples)
        case "Minimum":
            return min(sample.low for sample in samples)
        case "Maximum":
            return max(sample.high for sample in samples)
    return _percentile(samples, rank(name))


def rank(name: str) -> float:
    """The share that a percentile stands for: p95 is 0.95. Raises ApiError NotInSandbox for anything else."""
    try:
        percent = float(name[1:]) if name[:1] == "p" else math.nan
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        known = f"{', '.join(BASIC)} or p0 to p100"
        raise ApiError("NotInSandbox", f"The statistic {name} is not in the sandbox; use {known}.")
    return percent / 100


def _percentile(samples: Sequence[Sample], share: float) -> float | None:
    """The smallest value that at least `share` of the values don't exceed."""
    if any(sample.low != sample.high for sample in samples):
        return None
    ordered = sorted(samples, key=attrgetter("low"))
    needed, seen = share * sum(sample.number for sample in samples), 0.0
    for sample in ordered:
        seen += sample.number
        if seen >= needed - 1e-9:
            return sample.low
    return ordered[-1].low


@dataclass(eq=False)
class Series:
    """The samples of one metric in order of time."""

    unit: str = "None"
    _samples: list[Sample] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, value: float) -> None:
        """Add `value`, now."""
        with self._lock:  # the stamp is taken inside, so that samples stay in order
            self._samples.append(Sample(time.time(), 1.0, value, value, value))

    def insert(self, sample: Sample) -> None:
        """Add a sample of any time."""
        with self._lock:
            insort(self._samples, sample)

    def between(self, start: float, end: float) -> list[Sample]:
        """The samples with start <= time < end."""
        stamp = attrgetter("time")
        with self._lock:
            return self._samples[
                bisect_left(self._samples, start, key=stamp) : bisect_left(self._samples, end, key=stamp)
            ]


@dataclass(eq=False)
class Metrics:
    """All metrics of the account."""

    _clock: Clock
    _series: dict[Key, Series] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def series(self, key: Key, unit: str = "None") -> Series:
        """The series of `key`, made with `unit` when it is new."""
        with self._lock:
            return self._series.setdefault(key, Series(unit))

    def all(self) -> list[Key]:
        """Every metric that has been put."""
        with self._lock:
            return sorted(self._series)

    def period(self, at: float, period: float) -> int:
        """The number of the `period` (AWS seconds) that the stamp `at` lies in."""
        return math.floor(at / self._clock.real(period))

    def samples(
        self, key: Key, period: float, first: int, last: int, unit: str | None = None
    ) -> list[tuple[float, list[Sample]]]:
        """(start stamp, samples) of the periods numbered `first` to `last`, both included.

        A `unit` other than the metric's finds nothing, as on AWS (API PutMetricAlarm, Unit).
        """
        with self._lock:
            series = self._series.get(key)
        if series is None or (unit and unit != series.unit):
            series = Series()
        length = self._clock.real(period)
        edges = [number * length for number in range(first, last + 2)]
        found = series.between(edges[0], edges[-1])
        cuts = [bisect_left(found, edge, key=attrgetter("time")) for edge in edges]
        return [(edges[n], found[cuts[n] : cuts[n + 1]]) for n in range(len(edges) - 1)]


def put_metric_data(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API PutMetricData: Value, Values with Counts, or StatisticValues."""
    if "EntityMetricData" in request:
        raise ApiError("NotInSandbox", "EntityMetricData is not in the sandbox; use MetricData.")
    for datum in request.get("MetricData", []):
        stamp = datum["Timestamp"].timestamp() if "Timestamp" in datum else time.time()
        metric = key(request["Namespace"], datum["MetricName"], datum.get("Dimensions", ()))
        series = world.metrics.series(metric, datum.get("Unit", "None"))
        for sample in _samples(stamp, datum):
            series.insert(sample)
    return {}


def _samples(stamp: float, datum: Mapping[str, Any]) -> Iterable[Sample]:
    if "StatisticValues" in datum:
        given = datum["StatisticValues"]
        yield Sample(stamp, given["SampleCount"], given["Sum"], given["Minimum"], given["Maximum"])
        return
    values = datum.get("Values") or [value for value in [datum.get("Value")] if value is not None]
    counts = datum.get("Counts") or [1.0] * len(values)
    if not values or len(counts) != len(values):
        raise ApiError(
            "InvalidParameterCombination",
            f"{datum['MetricName']} needs a Value, StatisticValues, or as many Counts as Values.",
        )
    for value, count in zip(values, counts, strict=True):
        yield Sample(stamp, count, value * count, value, value)


def get_metric_data(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API GetMetricData, without expressions; the newest first unless ScanBy says otherwise."""
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for query in request["MetricDataQueries"]:
        if "MetricStat" not in query:
            raise ApiError("NotInSandbox", "Metric math is not in the sandbox; ask for MetricStat.")
        asked, metric = query["MetricStat"], query["MetricStat"]["Metric"]
        wanted = key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", ()))
        points = [
            (start, value)
            for start, samples in _range(world, request, wanted, asked["Period"], asked.get("Unit"))
            if (value := statistic(samples, asked["Stat"])) is not None
        ]
        points.sort(reverse=newest_first)
        if query.get("ReturnData", True):
            result = {"Id": query["Id"], "Label": query.get("Label", metric["MetricName"])}
            stamps = [datetime.fromtimestamp(start, UTC) for start, _ in points]
            values = [value for _, value in points]
            results.append(result | {"Timestamps": stamps, "Values": values, "StatusCode": "Complete"})
    return {"MetricDataResults": results, "Messages": []}


def get_metric_statistics(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API GetMetricStatistics."""
    names, extended = request.get("Statistics", []), request.get("ExtendedStatistics", [])
    if not names and not extended:
        raise ApiError("InvalidParameterCombination", "Statistics or ExtendedStatistics must be given.")
    wanted = key(request["Namespace"], request["MetricName"], request.get("Dimensions", ()))
    points = []
    for start, samples in _range(world, request, wanted, request["Period"], request.get("Unit")):
        if samples:
            point = {
                "Timestamp": datetime.fromtimestamp(start, UTC),
                "Unit": world.metrics.series(wanted).unit,
            }
            point |= {name: statistic(samples, name) for name in names}
            further = {name: statistic(samples, name) for name in extended}
            points.append(point | ({"ExtendedStatistics": further} if further else {}))
    return {"Label": request["MetricName"], "Datapoints": points}


def _range(
    world: World, request: Mapping[str, Any], wanted: Key, period: int, unit: str | None
) -> list[tuple[float, list[Sample]]]:
    check_period(period)
    start, end = request["StartTime"].timestamp(), request["EndTime"].timestamp()
    if start >= end:
        raise ApiError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    metrics: Metrics = world.metrics
    first, last = metrics.period(start, period), metrics.period(end, period)
    if end == last * world.clock.real(period):  # EndTime is exclusive
        last -= 1
    return metrics.samples(wanted, period, first, last, unit)


def check_period(period: int) -> None:
    """Refuse a period that CloudWatch doesn't keep. Raises ApiError InvalidParameterValue."""
    if period not in HIGH_RESOLUTION and (period <= 0 or period % 60):
        allowed = f"{', '.join(map(str, HIGH_RESOLUTION))} or a multiple of 60"
        raise ApiError("InvalidParameterValue", f"Period is {period}, it must be {allowed}.")


def list_metrics(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API ListMetrics: dimensions filter by name, or by name and value."""

    def fits(metric: Key) -> bool:
        own = dict(metric.dimensions)
        return (
            request.get("Namespace", metric.namespace) == metric.namespace
            and request.get("MetricName", metric.name) == metric.name
            and all(
                each["Name"] in own and each.get("Value", own[each["Name"]]) == own[each["Name"]]
                for each in request.get("Dimensions", ())
            )
        )

    found = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        }
        for metric in world.metrics.all()
        if fits(metric)
    ]
    return {"Metrics": found}


def attach(world: World) -> None:
    """Hang `world.metrics`."""
    world.metrics = Metrics(world.clock)


OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "cloudwatch.PutMetricData": put_metric_data,
    "cloudwatch.GetMetricData": get_metric_data,
    "cloudwatch.GetMetricStatistics": get_metric_statistics,
    "cloudwatch.ListMetrics": list_metrics,
}
