"""model/dataset.py: a job reads what is pinned, or fails with a sentence."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from model.dataset import DatasetError, load

Stage = Callable[[Path, Sequence[pl.DataFrame]], str]


def test_the_newest_days_are_the_evaluation_rows(tmp_path: Path, flights: pl.DataFrame, stage: Stage) -> None:
    """Training ends before evaluation begins, and together they are all rows."""
    sha256 = stage(tmp_path, [flights.head(1000), flights.slice(1000)])
    dataset = load(tmp_path)
    split = flights["scheduled"].max() - timedelta(days=10)
    assert dataset.manifest_sha256 == sha256
    assert dataset.training.equals(flights.filter(pl.col("scheduled") < split))
    assert dataset.evaluation.equals(flights.filter(pl.col("scheduled") >= split))


def test_a_changed_file_is_refused(tmp_path: Path, flights: pl.DataFrame, stage: Stage) -> None:
    """The name says one digest, the bytes another."""
    stage(tmp_path, [flights])
    next(tmp_path.glob("objects/*")).write_bytes(b"other")
    with pytest.raises(DatasetError, match="is not the file that the manifest pins"):
        load(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path, flights: pl.DataFrame, stage: Stage) -> None:
    """As the manifest calls it."""
    stage(tmp_path, [flights])
    next(tmp_path.glob("objects/*")).unlink()
    with pytest.raises(DatasetError, match=r"data/flights/0\.parquet is not in the channel"):
        load(tmp_path)


def test_two_manifests_are_refused(tmp_path: Path, flights: pl.DataFrame, stage: Stage) -> None:
    """Nobody can say which data a job was meant to read."""
    stage(tmp_path, [flights])
    (tmp_path / "manifests/other").mkdir()
    (tmp_path / "manifests/other/manifest.json").write_text("{}")
    with pytest.raises(DatasetError, match="holds 2 manifests"):
        load(tmp_path)


def test_fewer_days_than_the_evaluation_are_refused(
    tmp_path: Path, flights: pl.DataFrame, stage: Stage
) -> None:
    """Nothing would be left to learn from."""
    stage(tmp_path, [flights.head(100)])
    with pytest.raises(DatasetError, match="all rows lie on one side"):
        load(tmp_path)
