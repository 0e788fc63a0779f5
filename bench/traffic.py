"""Releases as CloudWatch would count them: two fleets, their failures, and metrics that come late."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from pipeline.judge.counts import Counts, Ints

SECONDS = 10  # of a tick
SPREAD = 0.6  # of the logarithm of latency
HEAVY = 5  # times as long as the others take the requests of a heavy tail
SLOW = {"slow_p90": 0.1, "slow_p99": 0.01}  # of the stable fleet's requests
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """What happens to a release. Failures are shares of requests, latency is times the stable fleet's."""

    rps: float
    share: float
    base: float
    bad: float | None = None  # what the candidate fails; None: what the stable fleet does
    onset: int = 0  # the tick in which it begins
    outage: tuple[int, int] | None = None  # ticks in which both fail ten times as much
    clump: float = 1.0  # failures that come together, in the mean
    slower: float = 1.0
    heavy: float = 0.0  # the share of the candidate's requests that take HEAVY times as long
    cold: bool = False  # three times as long in the candidate's first minute

    def failing(self, ticks: int) -> tuple[Floats, Floats]:
        """The candidate's and the stable fleet's rate in each tick."""
        tick = np.arange(ticks)
        stable = np.full(ticks, self.base)
        if self.outage:
            stable[slice(*self.outage)] *= 10
        canary = stable if self.bad is None else np.where(tick < self.onset, stable, self.bad)
        return canary, stable


def signals(scene: Scene, releases: int, ticks: int, random: np.random.Generator) -> dict[str, Counts]:
    """All that decides, each [releases, ticks]; refusals are as frequent as failures, and no one's fault."""
    canary = random.poisson(scene.rps * scene.share * SECONDS, (releases, ticks))
    stable = random.poisson(scene.rps * (1 - scene.share) * SECONDS, (releases, ticks))
    bad, base = scene.failing(ticks)
    found = {
        "errors": Counts(
            canary, stable, *(failed(n, p, scene.clump, random) for n, p in ((canary, bad), (stable, base)))
        ),
        "refusals": Counts(canary, stable, *(random.binomial(n, scene.base) for n in (canary, stable))),
    }
    left = (canary, stable)
    rates = (np.ones(ticks), np.ones(ticks))
    for name, above in SLOW.items():  # who is above the 99th percentile is above the 90th
        now = (slow(scene, above, ticks), np.full(ticks, above))
        left = tuple(random.binomial(n, new / old) for n, new, old in zip(left, now, rates, strict=True))
        rates = now
        found[name] = Counts(canary, stable, *left)
    return found


def failed(requests: Ints, rate: Floats, clump: float, random: np.random.Generator) -> Ints:
    """Failures, on their own or in clumps of geometric size, which no tick has more of than requests."""
    if clump == 1:
        return random.binomial(requests, rate)
    events = random.poisson(requests * rate / clump)
    more = random.negative_binomial(np.maximum(events, 1), 1 / clump)  # beyond one for each event
    return np.where(events > 0, np.minimum(events + more, requests), 0)


def slow(scene: Scene, above: float, ticks: int) -> Floats:
    """The share of the candidate's requests above the stable fleet's percentile: latency is lognormal."""
    normal = NormalDist()
    bound = normal.inv_cdf(1 - above)
    share = {times: 1 - normal.cdf(bound - np.log(times) / SPREAD) for times in (scene.slower, HEAVY, 3.0)}
    usual = (1 - scene.heavy) * share[scene.slower] + scene.heavy * share[HEAVY]
    warming = scene.cold & (np.arange(ticks) < 60 // SECONDS)
    return np.where(warming, share[3.0], usual)


class Late:
    """Metrics on their way: every bucket of every metric has a delay of its own, and is revised after it has come.

    Delays are up to 50 s, and for one bucket of 200 from one to three minutes, in which its requests and failures
    are late together, or `apart`. One in 200 of its requests and, apart, of its failures is added after two minutes
    and another after four.
    """

    def __init__(self, counted: Mapping[str, Counts], random: np.random.Generator, apart: bool = False) -> None:
        self.counted = {name: self._series(one, random, apart) for name, one in counted.items()}

    def seen(self, tick: int, settled: int) -> dict[str, Counts]:
        """What is shown at the end of `tick` of the ticks that are `settled` seconds old."""
        last = tick + 1 - settled // SECONDS
        age = (tick - np.arange(max(last, 0))) * SECONDS
        return {name: Counts(*(self._shown(one, age) for one in four)) for name, four in self.counted.items()}

    @staticmethod
    def _series(counts: Counts, random: np.random.Generator, apart: bool) -> list[tuple[Ints, ...]]:
        shape = counts.canary.shape
        waits = [np.where(random.random(shape) < 0.005, random.integers(60, 180, shape), 0) for _ in range(4)]
        found = []
        for number, one in enumerate((counts.canary, counts.stable, counts.canary_failed, counts.stable_failed)):
            delay = np.maximum(waits[number if apart else number % 2], random.integers(0, 50, shape))
            found.append((one, delay, random.binomial(one, 0.005), random.binomial(one, 0.005)))
        return found

    @staticmethod
    def _shown(one: tuple[Ints, ...], age: Ints) -> Ints:
        counted, delay, soon, later = (part[..., : len(age)] for part in one)
        return (age >= delay) * np.maximum(counted - soon * (age < 120) - later * (age < 240), 0)


def some(counted: Mapping[str, Counts], chosen: npt.NDArray[np.bool_]) -> dict[str, Counts]:
    """The chosen releases of [releases]."""
    return {
        name: Counts(*(part[chosen] for part in (one.canary, one.stable, one.canary_failed, one.stable_failed)))
        for name, one in counted.items()
    }
