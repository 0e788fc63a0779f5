"""model/overlap.py: rows that two batches share are counted by their key, exactly."""

from pathlib import Path

import polars as pl
import pytest

from model import overlap


@pytest.fixture
def batches(tmp_path: Path, flights: pl.DataFrame) -> dict[str, Path]:
    """Two of a hundred rows with ten in common, and one of its own."""
    found = {}
    for name, start in (("a", 0), ("b", 90), ("c", 300)):
        found[name] = tmp_path / f"{name}.parquet"
        flights.slice(start, 100).write_parquet(found[name])
    return found


def test_shared_rows_are_counted_on_both_sides(batches: dict[str, Path]) -> None:
    """Each names the other; a third that shares nothing is not there."""
    assert overlap.overlaps(batches) == {"a": {"b": 10}, "b": {"a": 10}}


def test_a_row_is_known_by_its_key_alone(batches: dict[str, Path]) -> None:
    """It may be corrected in one of the two."""
    changed = pl.read_parquet(batches["b"]).with_columns(seats=pl.lit(7, pl.Int16))
    changed.write_parquet(batches["b"])
    assert overlap.overlaps(batches)["a"] == {"b": 10}


def test_equal_hashes_alone_share_nothing(batches: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows share a hash the keys themselves decide."""
    monkeypatch.setattr(pl.Expr, "hash", lambda key: pl.lit(0, pl.UInt64) + key.is_null().cast(pl.UInt64))
    assert overlap.overlaps(batches) == {"a": {"b": 10}, "b": {"a": 10}}


@pytest.mark.parametrize("some", [[], ["a"]])
def test_nothing_is_shared_with_nobody(some: list[str], batches: dict[str, Path]) -> None:
    """One batch, or none."""
    assert overlap.overlaps({name: batches[name] for name in some}) == {}


def test_rows_without_a_key_cannot_be_compared(
    batches: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contract may have none."""
    monkeypatch.setattr(overlap, "KEY", [])
    assert overlap.overlaps(batches) == {}
