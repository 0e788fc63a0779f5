"""Metrics that a service publishes late, and completes later still."""

import math
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from sandbox.statistics import Sample


class Lag(NamedTuple):
    """`late` real seconds until a data point is there at all, of which `revised` more seconds a `share` is missing."""

    late: float
    revised: float
    share: float

    def seen(self, samples: Iterable[Sample], now: float) -> list[Sample]:
        """Those of `samples` (in order of time) that can be read at the stamp `now`.

        What is there of an incomplete data point is spread evenly over its samples, small and large ones.
        """
        found: list[Sample] = []
        for published, group in groupby(samples, key=lambda sample: sample.published):
            age, whole = now - published, list(group)
            if age >= self.late + self.revised:
                found += whole
            elif age >= self.late:
                found += [each for n, each in enumerate(whole) if _whole(n + 1, self.share) > _whole(n, self.share)]
        return found


def _whole(count: int, share: float) -> int:
    return math.floor(count * share + 1e-9)
