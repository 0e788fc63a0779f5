"""The account's metric data: what CloudWatch stores and how it answers.

A period of p AWS seconds covers p / speed seconds of the wall clock; stamps are the wall clock's. Unlike on
AWS a value can be read as soon as it is put. Latencies are as measured: the clock doesn't scale them.

A value is stored at its metric's resolution: one that is put without `StorageResolution` 1 counts for the beginning of
its minute, so that of the periods shorter than a minute only the minute's first has it (API MetricDatum and
PutMetricAlarm, Period). Guess: so it is with a service's metric that is published every 10 or 120 seconds.
"""

import math
import threading
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sandbox.clock import Clock
from sandbox.lag import Lag
from sandbox.statistics import Sample, statistic
from sandbox.world import ApiError, World

HIGH_RESOLUTION = (1, 5, 10, 20, 30)  # seconds; else multiples of 60 (API MetricStat, Period)
RESOLUTIONS = (1, 60)  # seconds (API MetricDatum, StorageResolution)
KEPT = 3 * 3600.0  # AWS seconds for which periods below a minute are kept (API GetMetricStatistics)
MOST_VALUES = 150  # of a datum (API MetricDatum, Values)


class Key(NamedTuple):
    """What identifies a metric; two sets of dimensions are two metrics, AWS doesn't add them up."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


def key(namespace: str, name: str, dimensions: Iterable[Mapping[str, str]]) -> Key:
    """The key of a metric as requests write it: dimensions as [{"Name", "Value"}]."""
    return Key(namespace, name, tuple(sorted((each["Name"], each["Value"]) for each in dimensions)))


@dataclass(eq=False)
class Series:
    """The samples of one metric in order of time."""

    unit: str = "None"
    _samples: list[Sample] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
    lag: Callable[[], Lag | None] = lambda: None
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

    def record(self, series: Series, value: float, every: float = 1.0) -> None:
        """Add `value`, now, to a series that is published every so many AWS seconds."""
        at = self.stored(time.time(), every)
        series.insert(Sample(at, 1.0, value, value, value, published=at + self._clock.real(every)))

    def stored(self, at: float, resolution: float) -> float:
        """The stamp that one `at` is stored under: a hair after the beginning of the `resolution` (AWS seconds)."""
        return (self.period(at, resolution) + 1e-3) * self._clock.real(resolution)

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
        if key.namespace.startswith("AWS/") and (lag := self.lag()):
            found = lag.seen(found, time.time())
        cuts = [bisect_left(found, edge, key=attrgetter("time")) for edge in edges]
        return [(edges[n], found[cuts[n] : cuts[n + 1]]) for n in range(len(edges) - 1)]


def put_metric_data(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API PutMetricData: Value, Values with Counts, or StatisticValues."""
    if "EntityMetricData" in request:
        raise ApiError("NotInSandbox", "EntityMetricData is not in the sandbox; use MetricData.")
    for datum in request.get("MetricData", []):
        at = datum["Timestamp"].timestamp() if "Timestamp" in datum else time.time()
        resolution = datum.get("StorageResolution", 60)
        if resolution not in RESOLUTIONS:
            raise ApiError("InvalidParameterValue", f"StorageResolution is {resolution}, it must be 1 or 60.")
        stamp = world.metrics.stored(at, resolution)
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
    if len(values) > MOST_VALUES:
        raise ApiError(
            "InvalidParameterValue", f"{datum['MetricName']} has {len(values)} Values, at most {MOST_VALUES}."
        )
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
    found = metrics.samples(wanted, period, first, last, unit)
    oldest = time.time() - world.clock.real(KEPT)
    return [each for each in found if period >= 60 or each[0] >= oldest]


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
    world.metrics = Metrics(world.clock, world.accounts.faults.lag)


OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "cloudwatch.PutMetricData": put_metric_data,
    "cloudwatch.GetMetricData": get_metric_data,
    "cloudwatch.GetMetricStatistics": get_metric_statistics,
    "cloudwatch.ListMetrics": list_metrics,
}
