"""What the judge rolls back, rightly and wrongly: `make bench-judge` writes build/bench/judge.json.

Releases are simulated by the thousand and judged by the code of a baked project, beside four other judges;
docs/benchmarks.md says what each figure means. Seeds and bounds were chosen before the first full run.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from figures import BROKEN, HEALTHY, OURS, Bools, Ints, Row, false, figured, first, limit, named, row
from goals import goals
from pipeline import policy
from pipeline.judge import bake, evidence, weighing
from pipeline.judge.counts import Counts
from pipeline.judge.dispersion import dispersion
from pipeline.sections import Canary
from rivals import RIVALS, asked
from traffic import SECONDS, Late, Scene, failed, signals, some

RATES, SHARES = (1.0, 20.0, 200.0), (0.1, 0.5)  # requests per second; the canary's part
BASES = (0.001, 0.005, 0.01, 0.02)
FAULTS = ((0.001, 0.01), (0.005, 0.02), (0.01, 0.05), (0.005, BROKEN))
MANY, SOME = 4000, 2000  # healthy releases of a cell, and faulty ones
PER_REQUEST = f"{OURS}, per request"
SUSPECT = 5.0  # evidence on final metrics above which a release is followed metric by metric
HALF_HOUR = 180  # ticks
DAYS = 20  # of stable traffic, from each of which phi is measured for a part of the releases


class Bench:
    """The policy's judge, and the randomness of one cell."""

    def __init__(self, rules: Canary, seed: int) -> None:
        self.rules, self.random = rules, np.random.default_rng([2026, seed])

    def of(self, scene: Scene) -> Canary:
        """The policy at the scene's share."""
        return replace(self.rules, share=scene.share)

    def ticks(self, scene: Scene, phi: float = 1.0) -> int:
        """How many the policy's bake has at this traffic."""
        return bake.length(scene.rps, self.of(scene), phi=phi).seconds // SECONDS

    def rejects(self, scene: Scene, counted: Mapping[str, Counts], planned: int, **phi: float) -> Bools:
        """What ours says after each tick, when metrics are there at once."""
        return weighing.rejected(counted, rules=self.of(scene), phi=phi, planned=planned)

    def rejects_late(self, scene: Scene, late: Late, ticks: int, settled: int) -> Bools:
        """Whether ours rejects at any tick, [releases], asked each tick with the metrics that are shown then."""
        asked_at = range(settled // SECONDS, ticks)
        return np.any([self.rejects(scene, late.seen(one, settled), ticks)[..., -1] for one in asked_at], axis=0)


def healthy(bench: Bench, scene: Scene, fault: str = HEALTHY) -> list[Row]:
    """How often a healthy release goes back: ours on late metrics, the others on complete ones."""
    ticks, settled = bench.ticks(scene), bench.rules.settled_seconds
    counted = signals(scene, MANY, ticks, bench.random)
    weighed = weighing.weigh_all(counted, rules=bench.of(scene), phi={}, planned=ticks)
    ours = weighing.total(weighed).max(axis=-1) >= SUSPECT
    late = Late(some(counted, ours), bench.random)
    ours[ours] = bench.rejects_late(scene, late, ticks, settled)
    found = {OURS: ours} | {name: asked(name, counted["errors"]).any(axis=-1) for name in RIVALS}
    return [row(name, scene, fault, **false(one), bake_seconds=ticks * SECONDS) for name, one in found.items()]


def delayed(bench: Bench, scene: Scene) -> list[Row]:
    """The same for metrics that are not waited for, or that come apart; here every release is followed."""
    ticks, rows, settled = bench.ticks(scene), [], bench.rules.settled_seconds
    counted = signals(scene, SOME, ticks, bench.random)
    for said, seconds, apart in (("all late", settled, False), ("not waited for", 0, False), ("apart", settled, True)):
        rejected = bench.rejects_late(scene, Late(counted, bench.random, apart), ticks, seconds)
        rows.append(row(OURS, scene, f"{HEALTHY}, metrics {said}", **false(rejected)))
    return rows


def faulty(bench: Bench, scene: Scene) -> list[Row]:
    """How a bad release is found, by each judge; horizon: twice the bake, for the mean."""
    ticks = bench.ticks(scene)
    counted = signals(scene, SOME, 2 * ticks, bench.random)
    found = {OURS: bench.rejects(scene, counted, ticks)}
    found |= {name: asked(name, counted["errors"]) for name in RIVALS}
    return [figured(bench.rules, name, scene, counted["errors"], one, ticks) for name, one in found.items()]


def per_request(bench: Bench, scene: Scene) -> list[Row]:
    """The test itself, asked after every third canary request, with no stake on later starts."""
    stable = round(3 * (1 - scene.share) / scene.share)
    blocks = math.ceil(6 * limit(scene, bench.rules.evidence) / 3)
    arrived: list[Ints] = []
    evidence.FROM_START, before = 1.0, evidence.FROM_START
    for _ in range(20):
        shape = (SOME // 20, blocks)
        canary = bench.random.binomial(3, scene.bad or 0, shape)
        counts = Counts(
            np.full(shape, 3), np.full(shape, stable), canary, bench.random.binomial(stable, scene.base, shape)
        )
        arrived.append(first(evidence.evidence(counts, planned=blocks) >= bench.rules.evidence))
    evidence.FROM_START = before
    mean = 3 * (np.concatenate(arrived) + 1).mean()
    found = float((np.concatenate(arrived) < blocks).mean())
    ratio = float(mean / limit(scene, bench.rules.evidence))
    return [row(PER_REQUEST, scene, named(scene), found=found, ratio_to_limit=ratio, mean_requests=float(mean))]


def late_onset(bench: Bench, scene: Scene) -> list[Row]:
    """A fault in the middle of half an hour, with the stake on later starts and without."""
    ticks, rows = HALF_HOUR, []
    counted = signals(scene, SOME, ticks, bench.random)
    usual = evidence.FROM_START
    for name, stake in ((OURS, usual), (f"{OURS}, no late stake", 1.0)):
        evidence.FROM_START = stake
        at = first(bench.rejects(scene, counted, ticks))
        late = at[at >= scene.onset]
        median = float(np.median((late[late < ticks] + 1 - scene.onset) * SECONDS))
        found = float((late < ticks).mean())
        rows.append(row(name, scene, f"{named(scene)}, late", found=found, median_seconds=median))
    evidence.FROM_START = usual
    return rows


def clumped(bench: Bench, scene: Scene) -> list[Row]:
    """Failures that come together in one fleet: with phi of another day, and a bake to match, and without."""
    return [_clumped(bench, scene, f"{OURS}, no phi", False), _clumped(bench, scene, OURS, True)]


def _clumped(bench: Bench, scene: Scene, judge: str, measured: bool) -> Row:
    """One of the two."""
    phis, bakes, found, seconds = [], [], [], []
    for _ in range(DAYS):
        requests = bench.random.poisson(scene.rps * 60, 24 * 60)
        day = failed(requests, np.full(len(requests), scene.base), scene.clump, bench.random)
        phis.append(dispersion(day, requests) if measured else 1.0)
        bakes.append(bench.ticks(scene, phis[-1]))
        counted = signals(scene, MANY // DAYS, bakes[-1], bench.random)
        at = first(bench.rejects(scene, counted, bakes[-1], errors=phis[-1]))
        found.append(at < bakes[-1])
        seconds.append((at[found[-1]] + 1) * SECONDS)
    figures = {"phi": float(np.mean(phis)), "bake_seconds": float(np.mean(bakes)) * SECONDS}
    rejected = np.concatenate(found)
    if scene.bad is None:
        figures |= false(rejected)
    else:
        figures |= {"found": float(rejected.mean()), "median_seconds": float(np.median(np.concatenate(seconds)))}
    return row(judge, scene, f"{named(scene)}, clumps of {scene.clump:g}", **figures)


def slowed(bench: Bench, scene: Scene, fault: str) -> list[Row]:
    """Latency of half an hour."""
    at = first(bench.rejects(scene, signals(scene, SOME, HALF_HOUR, bench.random), HALF_HOUR))
    found = at < HALF_HOUR
    median = float((np.median(at[found]) + 1) * SECONDS) if found.any() else None
    return [row(OURS, scene, fault, found=float(found.mean()), median_seconds=median)]


def cold(bench: Bench, scene: Scene) -> list[Row]:
    """A healthy fleet that is slow in its first minute, with the warm-up and without."""
    counted, rows = signals(scene, MANY, HALF_HOUR, bench.random), []
    for judge, seconds in ((OURS, bench.rules.warm_up_seconds), (f"{OURS}, no warm-up", 0)):
        rules = replace(bench.of(scene), warm_up_seconds=seconds)
        rejects = weighing.rejected(counted, rules=rules, phi={}, planned=HALF_HOUR)
        rows.append(row(judge, scene, "healthy, cold start", **false(rejects.any(axis=-1))))
    return rows


def length(bench: Bench, scene: Scene) -> list[Row]:
    """What is found in the bake that the formula asks for."""
    rules = replace(bench.of(scene), base=scene.base, detect=scene.bad or 0.0)
    needed = bake.length(scene.rps, rules).needed or 0
    ticks = (needed - rules.settled_seconds) // SECONDS
    counted = signals(scene, SOME, ticks, bench.random)
    found = float(bench.rejects(scene, counted, ticks).any(axis=-1).mean())
    return [row(f"{OURS}, bake formula", scene, named(scene), found=found, bake_seconds=needed)]


def cells() -> list[Callable[[Bench], list[Row]]]:
    """Everything that is measured, each a function of a bench."""
    grid = [(rps, share) for share in SHARES for rps in RATES]
    found: list[Callable[[Bench], list[Row]]] = []
    found += [partial(healthy, scene=Scene(rps, share, base)) for rps, share in grid for base in BASES]
    found += [
        partial(healthy, scene=Scene(rps, share, 0.005, outage=(12, 42)), fault="outage of both fleets")
        for rps, share in grid
        if rps > 1
    ]
    found += [partial(faulty, scene=Scene(rps, share, base, bad)) for rps, share in grid for base, bad in FAULTS]
    found += [partial(per_request, scene=Scene(20.0, 0.1, base, bad)) for base, bad in (*FAULTS[:3], (0.01, 0.02))]
    found += [partial(late_onset, scene=Scene(20.0, 0.1, base, bad, onset=HALF_HOUR // 2)) for base, bad in FAULTS[:3]]
    found += [
        partial(clumped, scene=Scene(rps, share, 0.005, bad, clump=clump))
        for rps, share in ((20.0, 0.1), (20.0, 0.5), (200.0, 0.5))
        for clump in (2.0, 5.0)
        for bad in (None, 0.02)
    ]
    for rps in (20.0, 200.0):
        scene = Scene(rps, 0.1, 0.005)
        found += [
            partial(cold, scene=replace(scene, cold=True)),
            partial(slowed, scene=replace(scene, slower=1.3), fault="latency +30 %"),
            partial(slowed, scene=replace(scene, slower=2.0), fault="latency +100 %"),
            partial(slowed, scene=replace(scene, heavy=0.03), fault="3 % of requests x 5"),
        ]
    found += [
        partial(length, scene=Scene(rps, share, base, bad))
        for share in SHARES
        for rps in (5.0, 20.0, 200.0)
        for base, bad in FAULTS[:3]
    ]
    found += [partial(delayed, scene=Scene(rps, 0.5, 0.02)) for rps in RATES[1:]]
    return found


def measured(rules: Canary, number: int) -> list[Row]:
    """The rows of one cell."""
    return cells()[number](Bench(rules, number))


def main() -> int:
    """Measure everything, write the document; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="a baked project, whose code and policy are measured")
    parser.add_argument("out", type=Path, help="the JSON document to write")
    given = parser.parse_args()
    rules, began, rows = policy.load(given.project).canary, time.perf_counter(), []
    with Pool(2) as pool:
        for found in pool.imap(partial(measured, rules), range(len(cells()))):
            rows += found
            one = found[0]
            said = ", ".join(f"{name} {value:.4g}" for name, value in one.items() if isinstance(value, float))
            print(f"{time.perf_counter() - began:6.0f} s  {one['judge']}, {one['fault']}: {said}", flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(rows, indent=1) + "\n")
    promised = goals(rows)
    for one in promised:
        print(f"{'kept' if one.kept else 'MISSED'}  {one.what}: {one.value:.4g}, at most {one.bound:g}")
    return 0 if all(one.kept for one in promised) else 1


if __name__ == "__main__":
    sys.exit(main())
