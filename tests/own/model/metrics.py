"""What a model is measured by. The only place that knows the task: labels and scores are counts.

Scores are kept as a *tally*: sums over rows, some of them for each group of scores. Tallies of two sets of rows
add up to the tally of both, so every metric of a day, of a segment, or of a resample of days is computed
without the rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGES = (10, 25, 50, 100, 150, 200, 300, 400)  # between the groups of scores in which calibration is compared
GROUPS = len(EDGES) + 1
SIZE = 3 * GROUPS + 3


@dataclass(frozen=True)
class Metric:
    """A number in a table; `better` is "lower", "higher", or None where neither is."""

    title: str
    better: str | None


METRICS = {
    "mae": Metric("mean absolute error", "lower"),
    "rmse": Metric("root mean squared error", "lower"),
    "r2": Metric("share of variance explained", "higher"),
    "calibration": Metric("calibration error", "lower"),
}


def tally(labels: NDArray[Any], scores: NDArray[Any]) -> Floats:
    """The tally [SIZE] of scores [n] for labels [n].

    It holds the rows, the sum of scores and the sum of labels per group, and the sums of absolute errors, of
    squared errors and of squared labels.
    """
    labels, scores = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    groups = np.searchsorted(EDGES, scores, side="right")
    summed = [np.bincount(groups, weights=one, minlength=GROUPS) for one in (scores, labels)]
    errors = [np.abs(scores - labels).sum(), ((scores - labels) ** 2).sum(), (labels**2).sum()]
    return np.concatenate([np.bincount(groups, minlength=GROUPS), *summed, errors])


def rows(tallies: Floats) -> Floats:
    """How many rows tallies [..., SIZE] hold: an array [...]."""
    held: Floats = tallies[..., :GROUPS].sum(-1)
    return held


def values(tallies: Floats) -> dict[str, Floats]:
    """Every metric of tallies [..., SIZE]: arrays [...], NaN where a metric has no rows to stand on.

    The calibration error is the mean over rows of how far their group's mean score is from its mean label.
    """
    count = rows(tallies)
    scores, labels = tallies[..., GROUPS : 2 * GROUPS], tallies[..., 2 * GROUPS : 3 * GROUPS]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = tallies[..., -1] - labels.sum(-1) ** 2 / count
        return {
            "mae": tallies[..., -3] / count,
            "rmse": np.sqrt(tallies[..., -2] / count),
            "r2": 1 - tallies[..., -2] / variance,
            "calibration": np.abs(scores - labels).sum(-1) / count,
        }


def curve(tally: Floats) -> list[dict[str, float]]:
    """The reliability curve of a tally [SIZE]: mean score, mean label and rows of each group with rows."""
    held, scores, labels = tally[: 3 * GROUPS].reshape(3, GROUPS)
    return [
        {
            "predicted": float(scores[at] / held[at]),
            "observed": float(labels[at] / held[at]),
            "rows": float(held[at]),
        }
        for at in np.flatnonzero(held)
    ]


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
