"""What each signal weighs against a candidate, and what all of them do; for one release or for many."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.judge.counts import Bools, Counts, Ints
from pipeline.judge.evidence import FEWEST, Floats, evidence
from pipeline.sections import Canary

ERRORS, REFUSALS, SLOW_P90, SLOW_P99, SCORES = "errors", "refusals", "slow_p90", "slow_p99", "scores"

STAKES = {ERRORS: 0.7, REFUSALS: 0.1, SLOW_P90: 0.1, SLOW_P99: 0.1}  # of the signals that decide
WARMING = (SLOW_P90, SLOW_P99)  # not judged while a new fleet warms up
IMPOSSIBLE = 1e-9  # the chance that a candidate in service is passed over so many times ...
SILENT_SECONDS = 120  # ... and for so long, because single buckets come later than the others


@dataclass(frozen=True)
class Weighed:
    """One signal after each tick, [..., ticks]: what was compared, its evidence, and whether it matters.

    It matters where the candidate fails at least `floor` of its requests and `times` what the stable fleet
    does: with traffic enough, a difference that nobody minds is evident too.
    """

    so_far: Counts
    evidence: Floats
    matters: Bools


def weigh(counts: Counts, *, rules: Canary, phi: float = 1.0, planned: int) -> Weighed:
    """One signal; `phi` and `planned` as judge/evidence.py has them."""
    pooled = counts.pooled(FEWEST)
    so_far = pooled.so_far()
    failing = so_far.canary_failed / np.maximum(so_far.canary, 1)
    stable = so_far.stable_failed / np.maximum(so_far.stable, 1)
    matters = (failing >= rules.floor) & (failing >= rules.times * stable)
    return Weighed(so_far, evidence(pooled, phi=phi, planned=planned), matters)


def weigh_all(
    signals: Mapping[str, Counts], *, rules: Canary, phi: Mapping[str, float], planned: int
) -> dict[str, Weighed]:
    """Those of the signals that decide, in the order of STAKES, latency without the warm-up."""
    warm = warm_up(rules)
    judged = {name: signals[name].since(warm if name in WARMING else 0) for name in STAKES if name in signals}
    return {
        name: weigh(counts, rules=rules, phi=phi.get(name, 1.0), planned=planned)
        for name, counts in judged.items()
    }


def total(weighed: Mapping[str, Weighed]) -> Floats:
    """The evidence of all signals together, [..., ticks]: their mean by stakes.

    The mean of processes that are valid each is valid, however the signals depend on one another (Vovk and
    Wang, arXiv 1912.06116). A signal that does not matter counts 1 at most, so that it neither rejects nor
    hides another one.
    """
    stakes = sum(STAKES[name] for name in weighed)
    counted = (
        STAKES[name] / stakes * np.where(one.matters, one.evidence, np.minimum(one.evidence, 1.0))
        for name, one in weighed.items()
    )
    found: Floats = np.sum(list(counted), axis=0)
    return found


def missed(counts: Counts, rules: Canary) -> Ints:
    """Requests of the stable fleet since the candidate's last one, the warm-up left out, [..., ticks]."""
    after = counts.since(warm_up(rules))
    return _since_last(after.canary, after.stable)


def unserved(counts: Counts, rules: Canary) -> Bools:
    """Whether so many missed the candidate that it cannot have `rules.share` of the traffic, [..., ticks]."""
    after = counts.since(warm_up(rules))
    enough = math.ceil(math.log(IMPOSSIBLE) / math.log1p(-rules.share))
    ticks = _since_last(after.canary, (after.stable > 0).astype(np.int64))
    silent = math.ceil(SILENT_SECONDS / rules.metric_seconds)
    found: Bools = (missed(counts, rules) >= enough) & (ticks >= silent)
    return found


def _since_last(canary: Ints, counted: Ints) -> Ints:
    """What was counted since the last tick in which the candidate had a request."""
    total = counted.cumsum(axis=-1)
    found: Ints = total - np.maximum.accumulate(np.where(canary > 0, total, 0), axis=-1)
    return found


def rejected(
    signals: Mapping[str, Counts], *, rules: Canary, phi: Mapping[str, float], planned: int
) -> Bools:
    """Whether to reject after each tick, [..., ticks]."""
    weighed = weigh_all(signals, rules=rules, phi=phi, planned=planned)
    nothing = unserved(signals[next(iter(weighed))], rules)
    found: Bools = (total(weighed) >= rules.evidence) | nothing
    return found


def warm_up(rules: Canary) -> int:
    """In ticks."""
    return math.ceil(rules.warm_up_seconds / rules.metric_seconds)
