"""The rows that a manifest pins, split into those to learn from and those to be judged on."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from model.contract import TIME


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

    Raises DatasetError when there is not exactly one manifest, when a file is missing or not the pinned
    one, and when either part of the split is empty.
    """
    sha256, manifest = pinned(channel)
    files = [pl.read_parquet(file(channel, entry)) for entry in manifest["files"]]
    rows = pl.concat(files).sort(TIME, maintain_order=True)
    split = manifest["split"]["evaluate_from"]
    later = pl.col(TIME) >= datetime.fromisoformat(split)
    training, evaluation = rows.filter(~later), rows.filter(later)
    if training.is_empty() or evaluation.is_empty():
        raise DatasetError(f"all rows lie on one side of {split}: pin more than the evaluation days")
    return Dataset(manifest_sha256=sha256, training=training, evaluation=evaluation)


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
    return hashlib.sha256(content).hexdigest(), json.loads(content)


def file(channel: Path, entry: dict[str, Any]) -> Path:
    """Where the file of a manifest's entry is, with the bytes that it pins. Raises DatasetError."""
    name, sha256 = entry["path"], entry["sha256"]
    path = channel / "objects" / f"{sha256}.parquet"
    if not path.is_file():
        raise DatasetError(f"{name} is not in the channel: push it as objects/{sha256}.parquet")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != sha256:
        raise DatasetError(f"{name} is not the file that the manifest pins: push it again")
    return path
