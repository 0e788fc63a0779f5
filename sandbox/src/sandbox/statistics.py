"""Statistics of metric data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html: beside the five basic ones
percentiles (`p95`), percentile ranks (`PR(100:2000)`: the per cent of the values between two bounds) and trimmed counts
(`TC(0.005:0.030)`: how many these are), "exclusive on the lower bound and inclusive on the upper bound"; either bound
may be missing. Bounds in per cent, and the means, are not in the sandbox.
"""

import math
import re
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from sandbox.world import ApiError

BASIC = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")
_BETWEEN = re.compile(r"(PR|TC)\((\d*\.?\d*):(\d*\.?\d*)\)")


class Sample(NamedTuple):
    """One value put `number` times, or one StatisticSet."""

    time: float
    number: float
    total: float
    low: float
    high: float
    published: float = 0.0  # the stamp from which a service lets it be seen


def check(name: str) -> None:
    """Refuse a statistic that is none of those above. Raises ApiError NotInSandbox."""
    percentile, between = _PERCENTILE.fullmatch(name), _BETWEEN.fullmatch(name)
    if name in BASIC or (percentile and float(percentile[1]) <= 100):
        return
    if between and (between[2] or between[3]) and "." not in between.groups():
        return
    known = f"{', '.join(BASIC)}, p0 to p100, PR(a:b) or TC(a:b)"
    raise ApiError("NotInSandbox", f"The statistic {name} is not in the sandbox; use {known}.")


def statistic(samples: Sequence[Sample], name: str) -> float | None:
    """`name` of the `samples` of one period; None where CloudWatch has no data point.

    Raises ApiError NotInSandbox.
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
    check(name)
    if not _distributed(samples):
        return None
    if between := _BETWEEN.fullmatch(name):
        return _between(samples, between[1], *between.group(2, 3))
    return _percentile(samples, float(name[1:]) / 100)


def _distributed(samples: Sequence[Sample]) -> bool:
    """Whether percentiles can be told, and (a guess) ranks and counts with them.

    API GetMetricStatistics: of a StatisticSet only if its SampleCount is 1 or its bounds are equal, and not "when any
    of the metric values are negative numbers".
    """
    return all(sample.low >= 0 and (sample.number == 1 or sample.low == sample.high) for sample in samples)


def _between(samples: Sequence[Sample], kind: str, low: str, high: str) -> float:
    above, upto = float(low or -math.inf), float(high or math.inf)
    inside = sum(sample.number for sample in samples if above < sample.low <= upto)
    return inside if kind == "TC" else 100 * inside / sum(sample.number for sample in samples)


def _percentile(samples: Sequence[Sample], share: float) -> float:
    """The smallest value that at least `share` of the values don't exceed."""
    ordered = sorted(samples, key=attrgetter("low"))
    needed, seen = share * sum(sample.number for sample in samples), 0.0
    for sample in ordered:
        seen += sample.number
        if seen >= needed - 1e-9:
            return sample.low
    return ordered[-1].low
