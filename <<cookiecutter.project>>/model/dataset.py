"""The rows that a manifest pins, split into those to learn from and those to be judged on."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from model.contract import TIME, Row

KEY = Row.primary_key()
FILE, LATER = "file of the row", "row for evaluation"  # no column is called so


class DatasetError(ValueError):
    """The channel does not hold what its manifest pins."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The pinned rows in order of time; `evaluation` starts where `training` ends."""

    manifest_sha256: str
    training: pl.DataFrame
    evaluation: pl.DataFrame


def load(channel: Path) -> Dataset:
    """What lies in `channel`: objects/<sha256>.parquet and manifests/<sha256>/manifest.json.

    Raises DatasetError when there is not exactly one manifest, when it or a file is missing or not the pinned
    one, when either part of the split is empty, and when a row is there twice: a model could then be judged
    on what it has learned.
    """
    sha256, manifest = pinned(channel)
    rows = pl.concat([read(channel, entry) for entry in manifest["files"]]).sort(TIME, maintain_order=True)
    split = manifest["split"]["evaluate_from"]
    later = pl.col(TIME) >= datetime.fromisoformat(split)
    require_unique(rows.with_columns(later.alias(LATER)))
    training, evaluation = (rows.filter(side).drop(FILE) for side in (~later, later))
    if training.is_empty() or evaluation.is_empty():
        raise DatasetError(f"all rows lie on one side of {split}: pin more than the evaluation days")
    return Dataset(manifest_sha256=sha256, training=training, evaluation=evaluation)


def require_unique(rows: pl.DataFrame) -> None:
    """Raise DatasetError naming the first two rows with the same key, which the contract wants once.

    `rows` has for each row the file that it is from, FILE, and whether it is for evaluation, LATER.
    """
    if not KEY or rows.select(pl.struct(KEY).hash()).to_series().n_unique() == rows.height:
        return  # equal keys have equal hashes; comparing keys takes three times as long
    twice = rows.filter(pl.struct(KEY).is_duplicated()).sort(KEY, maintain_order=True)
    if twice.is_empty():
        return
    sides = twice.group_by(KEY).agg(pl.col(LATER).n_unique() > 1)
    overlap = int(sides[LATER].sum())
    what = f"{overlap} rows are for training and for evaluation" if overlap else "rows are pinned twice"
    first, second = twice.select(FILE).head(2).to_series()
    key = ", ".join(f"{name} {value}" for name, value in twice.select(KEY).row(0, named=True).items())
    raise DatasetError(f"{what}: {first} and {second} both hold {key}; pin it once")


def read(channel: Path, entry: dict[str, Any]) -> pl.DataFrame:
    """The rows of the file that a manifest's entry pins, its path in FILE. Raises DatasetError."""
    name, path = entry["path"], file(channel, entry)
    try:
        rows = pl.read_parquet(path, glob=False)
    except pl.exceptions.PolarsError as error:
        raise DatasetError(
            f"{name} is pinned and is no parquet file: write it again, and pin that"
        ) from error
    if rows.height != entry["rows"]:
        raise DatasetError(f"{name} has {rows.height} rows and is pinned with {entry['rows']}: pin it again")
    return rows.with_columns(pl.lit(name).alias(FILE))


def window(rows: pl.DataFrame) -> dict[str, str]:
    """The first and the last time in `rows`, ISO 8601."""
    first, last = (cast(datetime, time) for time in (rows[TIME].min(), rows[TIME].max()))
    return {"from": first.isoformat(), "to": last.isoformat()}


def pinned(channel: Path) -> tuple[str, dict[str, Any]]:
    """The sha256 of the channel's manifest, and the manifest. Raises DatasetError."""
    manifests = list(channel.glob("manifests/*/manifest.json"))
    if len(manifests) != 1:
        raise DatasetError(f"{channel} holds {len(manifests)} manifests: a job reads exactly one")
    content = manifests[0].read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if manifests[0].parent.name != sha256:
        raise DatasetError(
            f"the manifest {manifests[0].parent.name} is not what its name says: push it again"
        )
    return sha256, json.loads(content)


def file(channel: Path, entry: dict[str, Any]) -> Path:
    """Where the file of a manifest's entry is, with the bytes that it pins. Raises DatasetError."""
    name, sha256 = entry["path"], entry["sha256"]
    path = channel / "objects" / f"{sha256}.parquet"
    if not path.is_file():
        raise DatasetError(f"{name} is not in the channel: push it as objects/{sha256}.parquet")
    if digest(path) != sha256:
        raise DatasetError(f"{name} is not the file that the manifest pins: push it again")
    return path


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
