"""What a model is measured by. The only place that knows the task: scores are probabilities of a yes.

Scores are kept as a *tally*: how many rows of each label scored how high, and a few sums. Tallies of two
sets of rows add up to the tally of both, so every metric of a day, of a segment, or of a resample of days is
computed without the rows.

Bins are equally wide in log odds. Measured as the error of the AUC, which alone is read off the bins:

    bins                        3,951 flights   2,000,000 rows, one in a thousand a yes
    512, equal in probability   0.00002         0.09
    1,024                       0.000002        0.04
    512, equal in log odds      0.0001          0.00002
    1,024 (these)               0.00005         0.0000009

Log loss, Brier score and calibration would be off by up to 0.0005, 0.0002 and 0.001 where all scores are
equal, as the base rate's are; so their sums are kept beside the counts, and they are exact. So is accuracy,
because THRESHOLD is an edge.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 1024
LIMIT = 12.0  # in log odds: bins reach from 6e-6 to 1 - 6e-6, the outer ones take what lies beyond
GROUPS = 32  # of BINS / GROUPS bins each, between which calibration is compared
THRESHOLD = 0.5  # a score of this or more is a yes; the edge between two bins
TINY = 1e-7  # a probability of exactly 0 or 1 would make one row's log loss infinite
SIZE = 2 * BINS + GROUPS + 2


@dataclass(frozen=True)
class Metric:
    """A number in a table; `better` is "lower", "higher", or None where neither is."""

    title: str
    better: str | None


METRICS = {
    "log_loss": Metric("log loss", "lower"),
    "brier": Metric("Brier score", "lower"),
    "auc": Metric("AUC", "higher"),
    "accuracy": Metric("accuracy", "higher"),
    "calibration": Metric("calibration error", "lower"),
    "positive_rate": Metric("positive rate", None),
    "false_positive_rate": Metric("false positive rate", "lower"),
    "false_negative_rate": Metric("false negative rate", "lower"),
}


def tally(labels: NDArray[Any], scores: NDArray[Any]) -> Floats:
    """The tally [SIZE] of scores [n] in 0 to 1 for labels [n] of 0 and 1.

    It holds the rows of label 0 per bin, those of label 1 per bin, the sum of scores per group, and the sums
    of log loss and of squared error.
    """
    labels, scores = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    return _weighed(scores, (labels == 0).astype(np.float64), (labels == 1).astype(np.float64))


def rows(tallies: Floats) -> Floats:
    """How many rows tallies [..., SIZE] hold: an array [...]."""
    held: Floats = tallies[..., : 2 * BINS].sum(-1)
    return held


def values(tallies: Floats) -> dict[str, Floats]:
    """Every metric of tallies [..., SIZE]: arrays [...], NaN where a metric has no rows to stand on.

    Log loss, Brier score (Brier 1950, Monthly Weather Review 78), accuracy and rates are those of the rows.
    The calibration error is the mean over rows of how far their group's mean score is from its share of ones
    (Naeini, Cooper, Hauskrecht 2015, AAAI 29; with groups in log odds). Only the AUC, the share of pairs of a
    one and a zero that are in order (Hanley, McNeil 1982, Radiology 143), sees bins: scores in one are equal.
    """
    zeros, ones = tallies[..., :BINS], tallies[..., BINS : 2 * BINS]
    sums = tallies[..., 2 * BINS : 2 * BINS + GROUPS]
    no_in, yes_in = _grouped(zeros), _grouped(ones)
    no, yes = no_in.sum(-1), yes_in.sum(-1)
    false_yes, true_yes = (part[..., GROUPS // 2 :].sum(-1) for part in (no_in, yes_in))
    ordered = (
        np.einsum("...i,...i", ones, np.cumsum(zeros, axis=-1)) - np.einsum("...i,...i", ones, zeros) / 2
    )
    count = no + yes
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "log_loss": tallies[..., -2] / count,
            "brier": tallies[..., -1] / count,
            "auc": ordered / (no * yes),
            "accuracy": (true_yes + no - false_yes) / count,
            "calibration": np.abs(sums - yes_in).sum(-1) / count,
            "positive_rate": (true_yes + false_yes) / count,
            "false_positive_rate": false_yes / no,
            "false_negative_rate": 1 - true_yes / yes,
        }


def curve(tally: Floats) -> list[dict[str, float]]:
    """The reliability curve of a tally [SIZE]: mean score, share of ones and rows of each group with rows."""
    ones = _grouped(tally[BINS : 2 * BINS])
    held = ones + _grouped(tally[:BINS])
    sums = tally[2 * BINS : 2 * BINS + GROUPS]
    return [
        {
            "predicted": float(sums[at] / held[at]),
            "observed": float(ones[at] / held[at]),
            "rows": float(held[at]),
        }
        for at in np.flatnonzero(held)
    ]


def expected(scores: NDArray[Any], judged: Floats) -> Floats:
    """The tally [SIZE] that scores [n] in 0 to 1 will have if they come true as those of the tally `judged`.

    An estimate for rows without labels: each counts as a one by the share of ones among judged rows that
    scored alike, read off their reliability curve, and as a zero by the rest. It holds as long as the same
    score means the same, and cannot see that it no longer does. Leave this function out where a score does
    not tell how sure it is.
    """
    scores = np.asarray(scores, dtype=np.float64)
    points = curve(judged)
    seen = [(one["observed"] * one["rows"] + one["predicted"]) / (one["rows"] + 1) for one in points]
    chance = np.interp(scores, [one["predicted"] for one in points], seen)
    return _weighed(scores, 1 - chance, chance)


def encode(tally: Floats) -> dict[str, Any]:
    """A tally as JSON: its length, and the places that are not zero with what is there."""
    places = np.flatnonzero(tally)
    held = [int(value) if value == int(value) else float(value) for value in tally[places]]
    return {"size": len(tally), "at": places.tolist(), "values": held}


def decode(document: dict[str, Any]) -> Floats:
    """The tally that `encode` wrote. Raises ValueError when it was written with other bins than these."""
    if document["size"] != SIZE:
        raise ValueError(f"a tally has {SIZE} numbers here, this one has {document['size']}: evaluate again")
    tally = np.zeros(SIZE)
    tally[document["at"]] = document["values"]
    return tally


def _grouped(counts: Floats) -> Floats:
    """Counts per bin [..., BINS] as counts per group [..., GROUPS]."""
    grouped: Floats = counts.reshape(*counts.shape[:-1], GROUPS, -1).sum(-1)
    return grouped


def _weighed(scores: Floats, no: Floats, yes: Floats) -> Floats:
    """The tally of scores [n] of which each is a zero, and a one, with these weights [n]."""
    inside = np.clip(scores, TINY, 1 - TINY)
    place = (np.log(inside / (1 - inside)) + LIMIT) / (2 * LIMIT) * BINS
    bins = np.clip(place, 0, BINS - 1).astype(np.int64)
    half = BINS // 2  # where rounding may have put a score on the wrong side of THRESHOLD
    bins = np.where(scores < THRESHOLD, np.minimum(bins, half - 1), np.maximum(bins, half))
    loss = -(yes * np.log(np.clip(scores, TINY, 1)) + no * np.log(np.clip(1 - scores, TINY, 1)))
    return np.concatenate(
        [
            np.bincount(bins, weights=no, minlength=BINS),
            np.bincount(bins, weights=yes, minlength=BINS),
            np.bincount(bins // (BINS // GROUPS), weights=scores * (no + yes), minlength=GROUPS),
            [loss.sum(), (yes * (scores - 1) ** 2 + no * scores**2).sum()],
        ]
    )
