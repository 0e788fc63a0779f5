"""CloudWatch's numbers: many metrics in one question, each as values by period.

A period is known by its number (aws.period), so that two fleets' metrics can be laid side by side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline import aws

Values = dict[int, float]  # by the number of the period
Numbers = npt.NDArray[np.int64]
MOST = 500  # queries in one request (API GetMetricData)
AHEAD = 2  # seconds that a question ends after now, as stamps of answers and questions are cut to whole ones


@dataclass(frozen=True)
class Metric:
    """A metric and a statistic of it; `dimensions` as pairs of name and value."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str


def query(id_: str, metric: Metric, period: int) -> dict[str, Any]:
    """One of GetMetricData's MetricDataQueries. Pure."""
    dimensions = [{"Name": key, "Value": value} for key, value in metric.dimensions]
    watched = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Id": id_, "MetricStat": {"Metric": watched, "Period": period, "Stat": metric.stat}}


def read(metrics: Mapping[str, Metric], *, since: float, now: float, period: int) -> dict[str, Values]:
    """The values of `metrics` from the POSIX stamp `since` on, by the metrics' keys.

    The first period is a whole one. `period` is in seconds of AWS's time; CloudWatch keeps values of less
    than a minute for three hours (API GetMetricData). Raises ClientError.
    """
    found: dict[str, Values] = {key: {} for key in metrics}
    ids = {f"m{number}": key for number, key in enumerate(metrics)}
    queries = [query(id_, metrics[key], period) for id_, key in ids.items()]
    first = aws.period(since, period) + 1
    span = {
        "StartTime": datetime.fromtimestamp(since, UTC),
        "EndTime": datetime.fromtimestamp(now + AHEAD, UTC),
    }
    for start in range(0, len(queries), MOST):
        asked = {"MetricDataQueries": queries[start : start + MOST], **span}
        for result in aws.pages("cloudwatch", "get_metric_data", "MetricDataResults", **asked):
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                if (number := aws.period(at.timestamp(), period)) >= first:
                    found[ids[result["Id"]]][number] = float(value)
    return found


def row(values: Mapping[int, float], periods: Sequence[int]) -> Numbers:
    """`values` at `periods`, [len(periods)]; what is absent was not counted: 0. Pure."""
    return np.array([round(values.get(number, 0.0)) for number in periods], dtype=np.int64)


def middle(values: Mapping[int, float], weights: Mapping[int, float]) -> float | None:
    """The median of `values`, each period as heavy as its weight; None where there are none. Pure."""
    heavy = sorted((value, weights.get(number, 0.0)) for number, value in values.items())
    half, passed = sum(weight for _, weight in heavy) / 2, 0.0
    for value, weight in heavy:
        passed += weight
        if weight and passed >= half:
            return value
    return None
