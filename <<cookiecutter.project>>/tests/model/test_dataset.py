"""model/dataset.py: a job reads what is pinned, or fails with a sentence."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from model.dataset import DatasetError, load

Stage = Callable[[Path, Sequence[pl.DataFrame]], str]
Repin = Callable[[Path, str, str], None]


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


def test_an_edited_manifest_is_refused(tmp_path: Path, flights: pl.DataFrame, stage: Stage) -> None:
    """It is not what the job was named after."""
    sha256 = stage(tmp_path, [flights])
    path = tmp_path / f"manifests/{sha256}/manifest.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(DatasetError, match=f"the manifest {sha256} is not what its name says"):
        load(tmp_path)


def test_a_row_in_two_files_is_refused(tmp_path: Path, flights: pl.DataFrame, stage: Stage) -> None:
    """Both files, and the row's key, are named."""
    stage(tmp_path, [flights.head(1000), flights.slice(999)])
    carrier = flights["carrier"][999]
    said = rf"rows are pinned twice: data/flights/0.parquet and data/flights/1.parquet both hold .*{carrier}"
    with pytest.raises(DatasetError, match=said):
        load(tmp_path)


def test_a_row_on_both_sides_of_the_split_is_refused(
    tmp_path: Path, flights: pl.DataFrame, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the key is without the time, the same thing could be learned from and judged on."""
    number = pl.int_range(pl.len(), dtype=pl.Int16).alias("flight")
    rows = flights.head(2000).with_columns(number)
    again = rows.head(3).with_columns(pl.lit(rows["scheduled"].max()).alias("scheduled"))
    monkeypatch.setattr("model.dataset.KEY", ["flight"])
    stage(tmp_path, [rows, again])
    said = r"3 rows are for training and for evaluation: data/flights/0.parquet and data/flights/1.parquet"
    with pytest.raises(DatasetError, match=said):
        load(tmp_path)


def test_a_file_on_both_sides_of_the_split_is_divided(
    tmp_path: Path, flights: pl.DataFrame, stage: Stage
) -> None:
    """Its rows are split by their time, and none is lost."""
    stage(tmp_path, [flights])
    dataset = load(tmp_path)
    assert pl.concat([dataset.training, dataset.evaluation]).equals(flights)


def test_another_number_of_rows_than_pinned_is_refused(
    tmp_path: Path, flights: pl.DataFrame, stage: Stage, repin: Repin
) -> None:
    """The bytes are right, what the manifest says of them is not."""
    stage(tmp_path, [flights])
    repin(tmp_path, f'"rows": {flights.height}', '"rows": 7')
    with pytest.raises(DatasetError, match=f"has {flights.height} rows and is pinned with 7"):
        load(tmp_path)


def test_a_pinned_file_that_is_cut_off_is_named(
    tmp_path: Path, flights: pl.DataFrame, stage: Stage, repin: Repin
) -> None:
    """Its hash is right, its end is missing."""
    stage(tmp_path, [flights])
    path = next(tmp_path.glob("objects/*"))
    content = path.read_bytes()[:5000]
    (tmp_path / f"objects/{hashlib.sha256(content).hexdigest()}.parquet").write_bytes(content)
    repin(tmp_path, path.stem, hashlib.sha256(content).hexdigest())
    with pytest.raises(DatasetError, match=r"data/flights/0.parquet is pinned and is no parquet file"):
        load(tmp_path)
