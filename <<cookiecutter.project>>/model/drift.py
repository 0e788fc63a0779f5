"""The columns of a table, as a profile counts them."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model import profile
from model.profile import Bins, Counts

PARTS = 10  # of a number's range, with equally many of the older rows in each
VALUES = 50  # of a category, the most frequent; the others are one bin


def bins(column: pl.Series) -> Bins:
    """The bins of a column of the older rows. A number that takes few values has one for each of them."""
    if _is_number(column):
        return profile.ranges(_numbers(column), PARTS)
    return profile.categories(_texts(column), VALUES)


def count(found: Bins, column: pl.Series) -> Counts:
    """The rows of `column` in each bin. A number that is in none of the older rows' range is unseen."""
    return found.count(_numbers(column) if isinstance(found, profile.Ranges) else _texts(column))


def _numbers(column: pl.Series) -> NDArray[np.float64]:
    return column.to_physical().cast(pl.Float64).to_numpy()


def _texts(column: pl.Series) -> list[str | None]:
    return [None if value is None else str(value) for value in column.to_list()]


def _is_number(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or column.dtype.is_temporal()
