"""model/drift.py: what has not moved has no drift, what has moved has much, and chance is taken off."""

import numpy as np
import polars as pl
import pytest

from model import drift, permutation, profile


def measured(old: pl.Series, new: pl.Series) -> float:
    """The drift from one column to another."""
    bins = drift.bins(old)
    return permutation.psi(drift.count(bins, old), drift.count(bins, new))


def normal(seed: int, rows: int = 2000, mean: float = 0) -> pl.Series:
    """A column of a normal distribution."""
    return pl.Series("x", np.random.default_rng(seed).normal(mean, 1, rows))


def test_chance_is_taken_off() -> None:
    """Samples of one population: the bare index is on average what is taken off, so that little is left."""
    chance, raw, left = 9 * (1 / 1000 + 1 / 500), [], []
    for seed in range(200):
        old, new = normal(seed, 1000), normal(seed + 1000, 500)
        bins = drift.bins(old)
        p, q = (drift.count(bins, one)[:-2] / one.len() for one in (old, new))
        raw.append(((q - p) * np.log(q / p)).sum())
        left.append(measured(old, new))
    assert np.mean(raw) == pytest.approx(chance, rel=0.1)
    assert np.mean(left) < chance / 4


def test_a_shift_of_a_tenth_of_a_deviation_is_about_its_square() -> None:
    """The index of two normal distributions a small d apart is near d ** 2."""
    assert measured(normal(1, 200_000), normal(2, 200_000, mean=0.1)) == pytest.approx(0.01, rel=0.15)


@pytest.mark.parametrize("rows", [500, 200_000])
def test_another_mean_is_drift_at_any_size(rows: int) -> None:
    """Half a deviation, in few rows or in many."""
    assert 0.15 < measured(normal(1, rows), normal(2, rows, mean=0.5)) < 0.45


def test_a_null_is_a_bin_of_its_own() -> None:
    """A sensor that fails drifts although what it still says does not."""
    old = normal(1)
    new = normal(2).scatter(range(0, 2000, 4), None)
    bins = drift.bins(old)
    assert permutation.share(drift.count(bins, new), profile.NULL) == 0.25
    assert measured(old, new) > 0.5


def test_nan_is_null() -> None:
    """A division by zero upstream is no number."""
    assert drift.count(drift.bins(normal(1)), pl.Series([float("nan"), None, 0.0]))[profile.NULL] == 2


def test_a_value_that_was_never_there_is_unseen() -> None:
    """Every row of a new category is counted."""
    bins = drift.bins(pl.Series(["a", "b", "a", None]))
    assert drift.count(bins, pl.Series(["z", "a", None, "y"])).tolist() == [1, 0, 0, 2, 1]


def test_a_number_of_few_values_is_a_category() -> None:
    """A weekday that is 0 is unseen, not in the lowest range."""
    bins = drift.bins(pl.Series([1, 2, 3, 4, 5, 6, 7] * 10))
    assert permutation.share(drift.count(bins, pl.Series([0, 1])), profile.UNSEEN) == 0.5


def test_rare_values_share_a_bin() -> None:
    """A column of names has no bin for each, and a name that was seen is not unseen."""
    names = pl.Series([f"n{number}" for number in range(200)])
    counts = drift.count(drift.bins(names), names)
    assert (counts.sum(), counts[profile.UNSEEN], counts.max()) == (200, 0, 200 - drift.VALUES)


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([None, None], dtype=pl.Null),
        pl.Series([True, False, True]),
        pl.Series(range(100)).cast(pl.Date),
        pl.Series([5.0] * 100),
    ],
)
def test_every_kind_of_column_can_be_compared_with_itself(column: pl.Series) -> None:
    """No drift, and every row is in a bin."""
    assert (measured(column, column), drift.count(drift.bins(column), column).sum()) == (0, column.len())
