"""How sure a metric is: a bootstrap over days, from tallies alone. Pure; knows no metric's formula.

Rows of one day have much in common, so days are drawn, not rows: a bootstrap of blocks that do not overlap
(Carlstein 1986, Annals of Statistics 14), each of them a day. An interval reaches from the 2.5th to the
97.5th percentile of the resamples (Efron, Tibshirani 1993, An Introduction to the Bootstrap, chapter 13). Two
models are compared on the same draws, so that a hard day is hard for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import metrics

Floats = NDArray[np.float64]

RESAMPLES = 1000
SEED = 2013
OTHER_SEED = 2014  # of a second set of days that is drawn apart
BOUNDS = (2.5, 97.5)  # percentiles
FEWEST = 7  # days: fewer show nothing of how days differ, and the interval is unknown


@dataclass(frozen=True)
class Interval:
    """A number and how far it might be off by chance; what is unknown is NaN."""

    value: float
    low: float
    high: float

    def turned(self) -> "Interval":
        """The same with the other sign; zero has none."""
        return Interval(0.0 - self.value, 0.0 - self.high, 0.0 - self.low)

    @property
    def pair(self) -> list[float] | None:
        """Both ends as JSON; None when they are unknown."""
        return None if np.isnan(self.low) else [self.low, self.high]


def read(tallies: dict[str, Any], days: list[str]) -> Floats:
    """The encoded tallies of one segment as rows [days, size]; a day without any is zero.

    Raises ValueError when they were written by another model/metrics.py.
    """
    found = {day: metrics.decode(held) for day, held in tallies.items()}
    empty = np.zeros_like(next(iter(found.values())))
    return np.array([found.get(day, empty) for day in days])


def intervals(days: Floats) -> dict[str, Interval]:
    """Every metric of the tallies [days, size] of one model."""
    whole, drawn = metrics.values(days.sum(0)), metrics.values(_draws(len(days)) @ days)
    return {name: _interval(whole[name], drawn[name], len(days)) for name in whole}


def differences(days: Floats, other: Floats) -> dict[str, Interval]:
    """How much more every metric is for one model than for the other, on the same days [days, size]."""
    draws = _draws(len(days))
    whole, base = metrics.values(days.sum(0)), metrics.values(other.sum(0))
    drawn, drawn_base = metrics.values(draws @ days), metrics.values(draws @ other)
    return {
        name: _interval(whole[name] - base[name], drawn[name] - drawn_base[name], len(days)) for name in whole
    }


def apart(days: Floats, others: Floats) -> dict[str, Interval]:
    """How much more every metric is on the rows of `days` than on those of `others`, which are other days.

    Nothing pairs them, so each set [days, size] is drawn for itself.
    """
    whole, base = metrics.values(days.sum(0)), metrics.values(others.sum(0))
    drawn = metrics.values(_draws(len(days)) @ days)
    drawn_base = metrics.values(_draws(len(others), OTHER_SEED) @ others)
    fewest = min(len(days), len(others))
    return {
        name: _interval(whole[name] - base[name], drawn[name] - drawn_base[name], fewest) for name in whole
    }


def gaps(parts: Sequence[Floats]) -> dict[str, Interval]:
    """How far apart every metric's largest and smallest value among parts [days, size] are.

    A part in which a metric is not defined, such as an error rate without a row to err on, is left out of it.
    """
    stacked = np.stack(parts)  # [parts, days, size]
    whole, drawn = metrics.values(stacked.sum(1)), metrics.values(_draws(stacked.shape[1]) @ stacked)
    return {name: _interval(_reach(whole[name]), _reach(drawn[name]), stacked.shape[1]) for name in whole}


def _reach(values: Floats) -> Any:
    """From the smallest to the largest along the first axis; NaN is neither."""
    return np.fmax.reduce(values, axis=0) - np.fmin.reduce(values, axis=0)


@cache
def _draws(days: int, seed: int = SEED) -> Floats:
    """How often each day is in each resample, [RESAMPLES, days]; the same for the same number of days."""
    draws = np.random.default_rng(seed).multinomial(days, np.full(days, 1 / days), size=RESAMPLES)
    return draws.astype(np.float64)


def _interval(value: Any, drawn: Floats, days: int) -> Interval:
    """A resample without a value, such as a rate among rows that it has none of, is left out."""
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or days < FEWEST or not len(known):
        return Interval(float(value), np.nan, np.nan)
    low, high = np.percentile(known, BOUNDS)
    return Interval(float(value), float(low), float(high))
