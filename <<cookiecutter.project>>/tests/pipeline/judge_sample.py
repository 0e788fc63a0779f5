"""Rules and traffic for the judge's tests: a tenth of 20 requests per second, ticks of ten seconds."""

import numpy as np

from pipeline.judge.counts import Counts
from pipeline.sections import Canary

TICKS = 60
RULES = Canary(
    share=0.1,
    metric_seconds=10,
    settled_seconds=60,
    evidence=100,
    floor=0.001,
    times=1.5,
    warm_up_seconds=120,
    base=0.005,
    detect=0.02,
    shortest_seconds=600,
    longest_seconds=3600,
    final_seconds=600,
    unproven=True,
    heartbeat_seconds=120,
    headroom=0.5,
    startup_seconds=480,
)


def even(canary_failed: int, stable_failed: int, ticks: int = TICKS, requests: int = 20) -> Counts:
    """Every tick the same: so many requests of the candidate, nine times as many of the stable fleet."""
    one = np.ones(ticks, np.int64)
    return Counts(requests * one, 9 * requests * one, canary_failed * one, stable_failed * one)
