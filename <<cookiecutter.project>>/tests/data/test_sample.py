"""data/: the sample in git, and the manifest that pins half of it."""

import hashlib
import json
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from model import features, validate

MONTHS = [f"2013-{month:02}" for month in range(1, 13)]
LEAKS = {"dep_time", "dep_delay", "arr_time", "arr_delay"}


def test_every_day_of_the_year_has_flights(project: Path) -> None:
    """365 days, local to New York."""
    rows = pl.read_parquet(project / "data/flights/*.parquet")
    local = rows["scheduled"].dt.convert_time_zone("America/New_York").dt.date()
    assert local.n_unique() == 365


@pytest.mark.parametrize("month", MONTHS)
def test_a_shipped_file_keeps_the_contract(project: Path, tmp_path: Path, month: str) -> None:
    """No shipped row is bad, and no column holds fewer values than its budget says."""
    facts = validate.validate(project / f"data/flights/{month}.parquet", tmp_path / "bad")
    assert facts["bad"] == 0
    assert [name for name, one in facts["nulls"].items() if one["share"] > one["budget"]] == []


def test_nothing_that_spells_the_label_is_a_column(project: Path) -> None:
    """What the label is computed from is not even in the files."""
    columns = pl.read_parquet(project / "data/flights/2013-01.parquet").columns
    assert LEAKS.isdisjoint(columns)


def test_the_column_that_is_known_too_late_is_no_feature(project: Path) -> None:
    """air_time is measured at landing: it is in the files, and never in the matrix."""
    assert "air_time" in pl.read_parquet(project / "data/flights/2013-01.parquet").columns
    assert "air_time" not in features.COLUMNS


def test_the_sample_is_small_enough_for_git(project: Path) -> None:
    """Under 1.5 MB in all."""
    assert sum(file.stat().st_size for file in project.glob("data/flights/*.parquet")) < 1_500_000


def test_the_manifest_lists_each_file_once_in_order(project: Path) -> None:
    """So that the same files give the same manifest, whenever they were added."""
    manifest = json.loads((project / "data/manifest.json").read_text())
    paths = [entry["path"] for entry in manifest["files"]]
    assert paths == sorted(set(paths))


def test_the_manifest_describes_the_bytes_in_git(project: Path) -> None:
    """Digest, size, rows and times of each pinned file."""
    for entry in json.loads((project / "data/manifest.json").read_text())["files"]:
        content = (project / entry["path"]).read_bytes()
        times = pl.read_parquet(project / entry["path"])["scheduled"]
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert (entry["bytes"], entry["rows"]) == (len(content), times.len())
        assert (entry["from"], entry["to"]) == (times.min().isoformat(), times.max().isoformat())


def test_the_newest_days_are_held_back(project: Path) -> None:
    """evaluate_from is as many days before the last pinned row as the policy says."""
    days = tomllib.loads((project / "policy.toml").read_text())["data"]["evaluation_days"]
    manifest = json.loads((project / "data/manifest.json").read_text())
    last = max(datetime.fromisoformat(entry["to"]) for entry in manifest["files"])
    assert datetime.fromisoformat(manifest["split"]["evaluate_from"]) == last - timedelta(days=days)
