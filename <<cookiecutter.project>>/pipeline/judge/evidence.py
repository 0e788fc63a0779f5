"""The share e-process: evidence that failures are the candidate's, which may be looked at after every tick.

A healthy candidate has that share of the failures which it has of the requests, whatever the rate of failures
is, so an outage of both fleets is no evidence. The rate, a nuisance in any comparison of two fleets, is gone
by asking only whose the failures are.
"""

import numpy as np
import numpy.typing as npt

from pipeline.judge.counts import Counts

Floats = npt.NDArray[np.float64]

RATIOS = (1.6, 3.5, 10.0)  # by how much a bad candidate fails more; each a bet of its own
FROM_START = 0.7  # of the stake is on "bad from the first tick"; the rest is spread over the later ones
FEWEST = 3  # requests of each fleet that are compared with one another
LARGEST = 690.0  # of a logarithm: what exp() still holds


def evidence(counts: Counts, *, phi: float = 1.0, planned: int) -> Floats:
    """E after each tick, [..., ticks]; 1 before the first.

    `planned` is how many ticks the bake has, over whose starts the stake is spread; `phi`, at least 1, is the
    dispersion of failures (judge/dispersion.py). Raises ValueError when one of them is less than 1.

    Where the candidate is healthy, E is a non-negative supermartingale that starts at 1, so that it reaches x
    at any time at all in at most one release of x (Ville 1939; Howard et al., arXiv 1808.03204). Averages of
    such processes are such processes: the mean over RATIOS is a mixture (Robbins 1970; Johari et al., arXiv
    1512.04922), that over the starts an e-detector for a fault that comes late (Shin, Ramdas and Rinaldo,
    arXiv 2203.03532). What is not yet staked counts as itself.
    """
    if phi < 1:
        raise ValueError(f"the dispersion is {phi}: at least 1, which is that of independent failures")
    logs = steps(counts.pooled(FEWEST)) / phi
    run = np.cumsum(logs, axis=-1)
    stakes = spread(planned, counts.ticks)
    with np.errstate(divide="ignore"):  # no stake: log 0
        started = np.logaddexp.accumulate(np.log(stakes) - (run - logs), axis=-1)
    staked: Floats = np.exp(np.minimum(run + started, LARGEST)).mean(axis=0)
    return staked + np.maximum(1.0 - np.cumsum(stakes), 0.0)


def steps(counts: Counts) -> Floats:
    """What each tick adds to the logarithm of each bet, [ratio, ..., ticks]; 0 where a fleet had no requests.

    Of K failures in a tick, k are the candidate's, which has the share f of the tick's requests. The bet that
    it fails `ratio` times as much says that one failure is the candidate's with the chance theta = f ratio /
    (1 - f + f ratio), and gains (theta/f)^k ((1-theta)/(1-f))^(K-k).

    f is the tick's own share, which needs no assumption about how traffic is split or whether the split
    drifts: given the tick's requests and failures, and failures that hit any request alike, k is
    hypergeometric. Its expectation of a convex function of k is at most that under the binomial of K and f
    (Hoeffding 1963, theorem 4), and under that the gain's is (theta + 1 - theta)^K = 1. The same holds for
    ticks taken together, as long as requests alone decide which.
    """
    share = counts.canary / np.maximum(counts.canary + counts.stable, 1)
    compared = (counts.canary > 0) & (counts.stable > 0)
    ratio = np.reshape(RATIOS, (-1,) + (1,) * share.ndim)
    mean = 1.0 - share + share * ratio  # theta/f = ratio/mean, (1-theta)/(1-f) = 1/mean
    failed = counts.canary_failed + counts.stable_failed
    gained: Floats = counts.canary_failed * np.log(ratio) - failed * np.log(mean)
    return gained * compared


def spread(planned: int, ticks: int) -> Floats:
    """The stake on a fault that begins at each tick, [ticks]; 0 after the planned ones.

    Raises ValueError when none is planned.
    """
    if planned < 1:
        raise ValueError(f"{planned} ticks are planned: a bake has at least one")
    stakes = np.zeros(max(planned, ticks))
    stakes[1:planned] = (1.0 - FROM_START) / max(planned - 1, 1)
    stakes[0] = 1.0 - stakes.sum()
    return stakes[:ticks]
