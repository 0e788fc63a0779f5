"""How long old and new have to stand side by side for the judge to find what it should find."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from pipeline.judge.evidence import FROM_START, RATIOS
from pipeline.judge.weighing import ERRORS, STAKES
from pipeline.sections import Canary

# Of the releases whose failures rise from `base` to `detect`. Promised are 99 of 100; a bake is planned with
# room, for what it misses serves all traffic: planned for 0.99, those few had a fifth of all failed requests.
FOUND = 0.995
NORMAL = NormalDist()


@dataclass(frozen=True)
class Bake:
    """Its seconds, those that a proof needs (None: no time is enough), and whether it proves anything."""

    seconds: int
    needed: int | None
    proves: bool


def length(rate: float, rules: Canary, *, phi: float = 1.0) -> Bake:
    """For an endpoint with `rate` requests per second, of which the candidate has `rules.share`.

    `needed` is until FOUND of the candidates whose failures rise from `rules.base` to `rules.detect` are
    rejected, with the time in which the last metrics settle; `seconds` is that within the policy's bounds.
    """
    requests = min(needed(ratio, rules, phi) for ratio in RATIOS)
    if rate <= 0 or math.isinf(requests):
        return Bake(rules.longest_seconds, None, False)
    seconds = math.ceil(requests / rate) + rules.metric_seconds + rules.settled_seconds
    bounded = min(max(seconds, rules.shortest_seconds), rules.longest_seconds)
    return Bake(bounded, seconds, seconds <= bounded)


def needed(ratio: float, rules: Canary, phi: float = 1.0) -> float:
    """Requests of both fleets until one bet alone has won in FOUND of the cases; infinite where it loses.

    Per request a bet's logarithm has the mean m and the variance v of a compound Poisson sum: the candidate's
    failures, each worth ln(theta/f), and the stable fleet's, worth ln((1-theta)/(1-f)). It has to rise to b =
    ln(evidence / the part of the stake that is on it). When a Brownian motion with that drift is there first
    is inverse Gaussian (Chhikara and Folks 1989; Siegmund, Sequential Analysis, 1985, chapter 3): P(T <= n) =
    N((mn - b)/s) + exp(2mb/v) N(-(mn + b)/s), s = sqrt(vn). Clumps of failures divide the logarithm by phi
    and multiply its variance by it.
    """
    share = rules.share
    mean = 1 - share + share * ratio
    canary, stable = share * rules.detect, (1 - share) * rules.base  # failures per request
    worth = (math.log(ratio / mean) / phi, math.log(1 / mean) / phi)
    drift = canary * worth[0] + stable * worth[1]
    variance = phi * (canary * worth[0] ** 2 + stable * worth[1] ** 2)
    if drift <= 0:
        return math.inf
    bar = math.log(rules.evidence * len(RATIOS) / (FROM_START * STAKES[ERRORS]))
    low, high = 0.0, bar / drift
    while arrived(high, drift, variance, bar) < FOUND:
        low, high = high, 2 * high
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if arrived(middle, drift, variance, bar) >= FOUND else (middle, high)
    return high


def arrived(requests: float, drift: float, variance: float, bar: float) -> float:
    """The chance that the bar is reached within so many requests."""
    spread = math.sqrt(variance * requests)
    late = NORMAL.cdf(-(drift * requests + bar) / spread)
    factor = 2 * drift * bar / variance
    return NORMAL.cdf((drift * requests - bar) / spread) + (
        math.exp(factor + math.log(late)) if late else 0.0
    )
