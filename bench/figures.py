"""The figures of a judge: what one line of build/bench/judge.json says."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from pipeline.judge.counts import Counts
from pipeline.sections import Canary
from traffic import SECONDS, Scene

OURS, HEALTHY, BROKEN = "share e-process", "healthy", 1.0
EXPOSED = 1800  # seconds for which a bad release that is not found serves all traffic
Row = dict[str, Any]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def row(judge: str, scene: Scene, fault: str, **figures: Any) -> Row:
    """One line of the document; what was not measured is null."""
    names = ("false_rollback", "interval", "found", "median_seconds", "failed_requests", "ratio_to_limit")
    known = {"judge": judge, "rps": scene.rps, "share": scene.share, "base": scene.base, "fault": fault}
    return known | dict.fromkeys(names) | figures


def figured(rules: Canary, judge: str, scene: Scene, errors: Counts, rejects: Bools, ticks: int) -> Row:
    """One judge's figures; those that end in _settled have the judge wait for metrics to be final."""
    at, lag = first(rejects), rules.settled_seconds // SECONDS
    figures: Row = {"bake_seconds": ticks * SECONDS}
    for suffix, wait in (("", 0), ("_settled", lag)):
        found = at + wait < ticks
        figures[f"found{suffix}"] = float(found.mean())
        seconds = (at[found] + 1 + wait) * SECONDS
        figures[f"median_seconds{suffix}"] = float(np.median(seconds)) if found.any() else None
        end = np.where(found, at + wait, ticks - 1)
        served = np.take_along_axis(errors.canary_failed.cumsum(axis=-1), end[:, None], axis=-1)[:, 0]
        missed = ~found * EXPOSED * scene.rps * (scene.bad or scene.base)
        figures[f"failed_requests{suffix}"] = float((served + missed).mean())
    if (at < 2 * ticks).mean() > 0.995:
        requests = (at + 1).mean() * SECONDS * scene.rps * scene.share
        figures["ratio_to_limit"] = float(requests / limit(scene, rules.evidence))
        figures["mean_seconds"] = float((at + 1).mean() * SECONDS)
    return row(judge, scene, named(scene), **figures)


def limit(scene: Scene, enough: float) -> float:
    """Canary requests that any judge needs in the mean that knows both rates and sees the base in the stable fleet.

    Wald 1945: ln(evidence) over the divergence from the mixture of both fleets, per canary request.
    """
    bad = scene.bad or scene.base
    mixed = scene.share * bad + (1 - scene.share) * scene.base
    stable = (1 - scene.share) / scene.share
    return math.log(enough) / (divergence(bad, mixed) + stable * divergence(scene.base, mixed))


def divergence(p: float, q: float) -> float:
    """Of two chances of failing, in nats (Kullback and Leibler 1951)."""
    return sum(x * math.log(x / y) for x, y in ((p, q), (1 - p, 1 - q)) if x > 0)


def false(rejected: Bools) -> Row:
    """The share of healthy releases that go back, with its 95 % interval (Wilson 1927)."""
    n, k, z = len(rejected), int(rejected.sum()), 1.959964
    middle, half = (k + z * z / 2) / (n + z * z), z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return {"false_rollback": k / n, "interval": [max(0.0, middle - half), middle + half], "releases": n}


def first(rejects: Bools) -> Ints:
    """The tick of the first rejection, or the number of ticks."""
    return np.where(rejects.any(axis=-1), rejects.argmax(axis=-1), rejects.shape[-1])


def named(scene: Scene) -> str:
    """The fault, in words."""
    if scene.bad is None:
        return HEALTHY
    return "broken" if scene.bad == BROKEN else f"{scene.base:.1%} to {scene.bad:.1%}"
