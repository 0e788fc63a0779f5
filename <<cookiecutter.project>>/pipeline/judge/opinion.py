"""One verdict on a release, with the sentence that explains it to a person."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.judge import weighing
from pipeline.judge.counts import Counts
from pipeline.judge.weighing import ERRORS, REFUSALS, SCORES, SLOW_P90, SLOW_P99, STAKES, Weighed
from pipeline.sections import Canary

TRAFFIC = "traffic"  # the signal of a candidate that gets none
WORDS = {
    ERRORS: "failed",
    REFUSALS: "were refused",
    SLOW_P90: "took longer than nine of ten do on the live model",
    SLOW_P99: "took longer than 99 of 100 do on the live model",
}
TELLING = 1_000_000  # evidence above it is said in words


@dataclass(frozen=True)
class Standing:
    """What one signal counted where both fleets were compared, and its evidence."""

    canary: int
    stable: int
    canary_failed: int
    stable_failed: int
    evidence: float


@dataclass(frozen=True)
class Opinion:
    """Whether to reject, on which evidence, and the signal that leads; None when nothing is compared yet."""

    reject: bool
    evidence: float
    signal: str | None
    sentence: str
    signals: dict[str, Standing]
    warnings: tuple[str, ...]


def judge(signals: Mapping[str, Counts], *, rules: Canary, phi: Mapping[str, float], planned: int) -> Opinion:
    """What is to be thought of a release after the last of its ticks.

    `signals` are the Counts [ticks] of errors (5xx), refusals (4xx), slow_p90 and slow_p99 (above the stable
    fleet's percentile), which decide, and of scores, [deciles, ticks], which warn; what is not measured is
    left out. Ticks are of `rules.metric_seconds`, the first one the candidate's first in service, and none is
    newer than `rules.settled_seconds`. `rules.share` is the candidate's share of the traffic, `phi` a
    signal's dispersion where it is not 1, and `planned` the number of ticks of the whole bake.
    """
    signals = {name: counts for name, counts in signals.items() if counts.ticks}
    weighed = weighing.weigh_all(signals, rules=rules, phi=phi, planned=planned)
    if not weighed:
        return Opinion(False, 1.0, None, "no request can be judged yet", {}, ())
    standings = {name: _standing(one) for name, one in weighed.items()}
    total = float(weighing.total(weighed)[-1])
    warnings = (*_slight(weighed, rules), *_shifted(signals, rules, phi, planned))
    requests = signals[next(iter(weighed))]
    if weighing.unserved(requests, rules)[-1]:
        missed = int(weighing.missed(requests, rules)[-1])
        sentence = f"none of the last {missed:,} requests reached the candidate: it gets no traffic"
        return Opinion(True, total, TRAFFIC, sentence, standings, warnings)
    leading = max(weighed, key=lambda name: _rank(name, weighed[name]))
    sentence = _sentence(leading, standings[leading], total, rules)
    return Opinion(total >= rules.evidence, total, leading, sentence, standings, warnings)


def _standing(weighed: Weighed) -> Standing:
    """After the last tick."""
    done = weighed.so_far
    return Standing(
        canary=int(done.canary[-1]),
        stable=int(done.stable[-1]),
        canary_failed=int(done.canary_failed[-1]),
        stable_failed=int(done.stable_failed[-1]),
        evidence=float(weighed.evidence[-1]),
    )


def _rank(name: str, weighed: Weighed) -> tuple[bool, float]:
    """What matters leads, and among that what weighs most."""
    return bool(weighed.matters[-1]), STAKES[name] * float(weighed.evidence[-1])


def _sentence(name: str, standing: Standing, total: float, rules: Canary) -> str:
    """What was counted, and how far the evidence has come."""
    if not standing.canary:
        return "no request can be judged yet"
    enough = "is enough" if total >= rules.evidence else "is needed"
    return f"{_counted(name, standing)}: evidence {_said(total)}, {rules.evidence:g} {enough}"


def _counted(name: str, standing: Standing) -> str:
    """Both fleets' numbers."""
    return (
        f"{standing.canary_failed:,} of {standing.canary:,} requests {WORDS[name]} "
        f"against {standing.stable_failed:,} of {standing.stable:,} on the live model"
    )


def _said(evidence: float) -> str:
    """A number that a person reads."""
    if evidence >= TELLING:
        return "above a million"
    return f"{evidence:,.0f}" if evidence >= 10 else f"{evidence:.1f}"


def _slight(weighed: Mapping[str, Weighed], rules: Canary) -> list[str]:
    """The signals whose difference is evident and yet too small to reject for."""
    evident = {name: _standing(one) for name, one in weighed.items() if not one.matters[-1]}
    bounds = f"{rules.floor:.1%} or {rules.times:g} times as many"
    return [
        f"{_counted(name, standing)}: evident, but less than {bounds}"
        for name, standing in evident.items()
        if standing.evidence >= rules.evidence
    ]


def _shifted(
    signals: Mapping[str, Counts], rules: Canary, phi: Mapping[str, float], planned: int
) -> list[str]:
    """Whether answers fall into other deciles of the live model's than its own do."""
    if SCORES not in signals:
        return []
    one = weighing.weigh(signals[SCORES], rules=rules, phi=phi.get(SCORES, 1.0), planned=planned)
    found = one.evidence[..., -1]
    if found.mean() < rules.evidence or not one.matters[..., -1][decile := int(np.argmax(found))]:
        return []
    counted = one.so_far
    here, there = (
        failed[decile, -1] / requests[decile, -1]
        for failed, requests in (
            (counted.canary_failed, counted.canary),
            (counted.stable_failed, counted.stable),
        )
    )
    return [
        f"the candidate answers otherwise: {here:.0%} of its scores are in decile {decile + 1}, "
        f"where {there:.0%} of the live model's are"
    ]
