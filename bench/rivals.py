"""How others judge a canary: what they would have said after each minute, on the same counts of errors."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pipeline.judge.counts import Counts

MINUTE = 6  # ticks
Bools = npt.NDArray[np.bool_]


def sample_alarm(minutes: Counts) -> Bools:
    """amazon-sagemaker-examples, canary-traffic-shifting.ipynb: the average of 5xx of both fleets is at least 1."""
    requests = minutes.canary + minutes.stable
    return (requests > 0) & (minutes.canary_failed + minutes.stable_failed >= requests)


def isolated(minutes: Counts) -> Bools:
    """An alarm on the new configuration alone: above 1 %, two minutes of two."""
    above = minutes.canary_failed > 0.01 * minutes.canary
    above[..., 1:] &= above[..., :-1]
    above[..., 0] = False
    return above


def flagger(minutes: Counts) -> Bools:
    """flagger pkg/controller/scheduler.go: success of at least 99 %, given up at the fifth failed check in all.

    A minute without a request is a failed check.
    """
    bad = (minutes.canary == 0) | (minutes.canary_failed > 0.01 * minutes.canary)
    return bad.cumsum(axis=-1) >= 5


def z_test(minutes: Counts) -> Bools:
    """Two proportions, pooled, one-sided at 1 %, on all that was counted so far; asked each minute."""
    done = minutes.so_far()
    canary, stable = np.maximum(done.canary, 1), np.maximum(done.stable, 1)
    pooled = (done.canary_failed + done.stable_failed) / (canary + stable)
    error = np.sqrt(pooled * (1 - pooled) * (1 / canary + 1 / stable))
    return done.canary_failed / canary - done.stable_failed / stable > 2.326 * np.maximum(error, 1e-12)


RIVALS: dict[str, Callable[[Counts], Bools]] = {
    "AWS sample alarm": sample_alarm,
    "isolated > 1 %, 2 of 2": isolated,
    "Flagger 99 %, 5 checks": flagger,
    "z-test each minute": z_test,
}


def asked(name: str, counts: Counts) -> Bools:
    """Whether a rival rejects, after each tick [..., ticks]; it says something new at the end of each minute."""
    whole = counts.ticks // MINUTE
    parts = (counts.canary, counts.stable, counts.canary_failed, counts.stable_failed)
    minutes = Counts(*(one[..., : whole * MINUTE].reshape(*one.shape[:-1], whole, MINUTE).sum(-1) for one in parts))
    found = np.zeros(counts.canary.shape, bool)
    found[..., MINUTE - 1 : whole * MINUTE : MINUTE] = RIVALS[name](minutes)
    return found
