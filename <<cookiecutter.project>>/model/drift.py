"""How far one column of two sets of rows lies apart: counts in bins that the older set defines. Pure."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Counts = NDArray[np.int64]
PARTS = 10  # of a number's range, with equally many of the older rows in each
VALUES = 50  # of a category, the most frequent; the others are one bin
UNSEEN, NULL = -2, -1  # the places of the last two bins


@dataclass(frozen=True)
class Bins:
    """The bins of one column: ranges of a number or values of a category, then "unseen", then "null"."""

    edges: NDArray[np.float64] | None = None
    values: dict[Any, int] = field(default_factory=dict)
    others: int = 0

    def count(self, column: pl.Series) -> Counts:
        """The rows of `column` in each bin: [k]. NaN counts as null; no number is unseen."""
        present = _known(column)
        if self.edges is not None:
            places = np.searchsorted(self.edges, present.to_physical().to_numpy(), side="right")
            found = np.bincount(places, minlength=len(self.edges) + 1)
            return np.append(found, [0, column.len() - present.len()])
        found = np.zeros(self.others + 3, dtype=np.int64)
        for value, rows in present.value_counts().iter_rows():
            found[self.values.get(value, UNSEEN)] += rows
        found[NULL] = column.len() - present.len()
        return found


def bins(column: pl.Series) -> Bins:
    """The bins of a column of the older rows.

    A number that takes few values is a category: each has a bin, and a value beyond them is seen at once.
    """
    present = _known(column)
    if _is_number(present) and present.n_unique() > PARTS:
        numbers = present.to_physical().to_numpy()
        return Bins(edges=np.unique(np.quantile(numbers, np.arange(1, PARTS) / PARTS)))
    frequent = present.value_counts(sort=True).sort("count", present.name, descending=[True, False])
    others = min(frequent.height, VALUES)
    places = {value: min(place, others) for place, value in enumerate(frequent[present.name])}
    return Bins(values=places, others=others)


def psi(old: Counts, new: Counts) -> float:
    """The population stability index of counts [k] and [k], less what chance alone makes of it; at least 0.

    sum((q - p) * ln(q / p)) over the bins that hold rows, with p and q the shares of old and new rows; half a
    row more in each bin keeps an empty one finite. For n and m rows of one population, no row in both, it is
    expected to be (bins - 1) * (1 / n + 1 / m), which is taken off (Yurdakul and Naranjo, Statistical
    properties of the population stability index, Journal of Risk Model Validation 14(4), 2020).
    """
    held = (old + new) > 0
    n, m = int(old.sum()), int(new.sum())
    if not n or not m:
        return 0.0
    p, q = (_shares(counts[held]) for counts in (old, new))
    chance = (held.sum() - 1) * (1 / n + 1 / m)
    return max(0.0, float(((q - p) * np.log(q / p)).sum() - chance))


def share(counts: Counts, place: int) -> float:
    """The share of rows in one bin; 0 of no rows."""
    rows = counts.sum()
    return float(counts[place] / rows) if rows else 0.0


def _shares(counts: Counts) -> NDArray[np.float64]:
    smoothed = counts + 0.5
    return np.asarray(smoothed / smoothed.sum())


def _known(column: pl.Series) -> pl.Series:
    """The values that are there."""
    return (column.fill_nan(None) if column.dtype.is_float() else column).drop_nulls()


def _is_number(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or column.dtype.is_temporal()
