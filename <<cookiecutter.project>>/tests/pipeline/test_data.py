"""Data is checked, quarantined within the budget, refused beyond it, and pushed by content."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import data, digest, manifest
from pipeline.__main__ import run
from pipeline.errors import UserError

from .conftest import BUCKET, REPOSITORY

SAMPLE = next(iter(sorted((REPOSITORY / "data").rglob("*.parquet"))))
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def frame() -> pl.DataFrame:
    """A thousand rows that keep the contract."""
    return data.check(SAMPLE).good.head(1000)


def spoil(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """The same with the label of the first `rows` missing."""
    from model.contract import LABEL

    return frame.with_columns(pl.when(pl.int_range(pl.len()) >= rows).then(pl.col(LABEL)).alias(LABEL))


def write(frame: pl.DataFrame, path: Path) -> Path:
    """Write a parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path


def test_the_data_that_is_shipped_keeps_the_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Everything that is pinned is what it was when it was pinned."""
    monkeypatch.chdir(REPOSITORY)
    assert (run(["data", "check", "--json"]), json.loads(capsys.readouterr().out)["ok"]) == (0, True)


def test_adding_a_good_file_pins_it(project: Path, frame: pl.DataFrame) -> None:
    """The file stays where it is, byte for byte."""
    path = write(frame, project / "data/months/1.parquet")
    before = digest.of_file(path)
    answer = data.add([path])
    pinned = manifest.read(project)
    assert (answer.code, answer.document["manifest"]) == (0, pinned.sha256)
    assert [(file["path"], file["sha256"]) for file in pinned.files] == [("data/months/1.parquet", before)]


def test_a_file_from_elsewhere_is_put_beside_the_others(
    project: Path, tmp_path: Path, frame: pl.DataFrame
) -> None:
    """The manifest names files of the project only."""
    data.add([write(frame, project / "data/months/1.parquet")])
    data.add([write(frame, tmp_path / "2.parquet")])
    paths = [file["path"] for file in manifest.read(project).files]
    assert paths == ["data/months/1.parquet", "data/months/2.parquet"]
    assert (project / "data/months/2.parquet").is_file()


def test_bad_rows_within_the_budget_are_quarantined(project: Path, frame: pl.DataFrame) -> None:
    """Good rows stay, bad rows go aside with the rules that they break."""
    from model.contract import BROKEN, LABEL

    path = write(spoil(frame, 20), project / "data/months/1.parquet")
    entry = data.add([path]).document["files"][0]
    aside = pl.read_parquet(project / entry["quarantine"])
    assert (entry["bad"], entry["share"], pl.read_parquet(path).height, aside.height) == (20, 0.02, 980, 20)
    assert all(any(LABEL in rule for rule in rules) for rules in aside[BROKEN])


def test_a_file_over_the_budget_changes_nothing(project: Path, frame: pl.DataFrame) -> None:
    """Not even the good file that was named with it is pinned."""
    good = write(frame, project / "data/months/1.parquet")
    bad = write(spoil(frame, 21), project / "data/months/2.parquet")
    before = digest.of_file(bad)
    answer = data.add([good, bad])
    assert (answer.code, answer.document["ok"], digest.of_file(bad)) == (1, False, before)
    assert not (project / manifest.PATH).exists() and not (project / data.QUARANTINE).exists()


def test_checking_says_which_rules_are_broken(project: Path, frame: pl.DataFrame, capsys: Capture) -> None:
    """Exit code 1, with a count for each rule, and nothing is written."""
    write(spoil(frame, 500), project / "bad.parquet")
    code = run(["data", "check", "bad.parquet", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (code, found["ok"], sum(found["files"][0]["rules"].values())) == (1, False, 500)


def test_a_missing_column_is_named(project: Path, frame: pl.DataFrame) -> None:
    """The table as a whole is refused."""
    with pytest.raises(UserError, match="distance"):
        data.check(write(frame.drop("distance"), project / "1.parquet"))


def test_a_file_that_is_not_parquet_is_named(project: Path) -> None:
    """One sentence, no traceback."""
    (project / "1.parquet").write_text("a,b")
    with pytest.raises(UserError, match="not a parquet file"):
        data.check(project / "1.parquet")


def test_a_file_without_rows_is_all_bad(project: Path, frame: pl.DataFrame) -> None:
    """An empty export is not good data."""
    assert data.add([write(frame.head(0), project / "data/1.parquet")]).code == 1


def test_pushing_copies_once(cloud: Callable[[str], Any], project: Path, frame: pl.DataFrame) -> None:
    """Objects are named by content, so a second push finds them."""
    sha = data.add([write(frame, project / "data/months/1.parquet")]).document["manifest"]
    assert data.push() == {"manifest": sha, "uploaded": 1, "present": 0}
    assert data.push() == {"manifest": sha, "uploaded": 0, "present": 1}
    key = f"data/manifests/{sha}/manifest.json"
    body = cloud("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert body == manifest.read(project).content


@pytest.mark.usefixtures("cloud")
def test_a_file_that_was_changed_is_not_pushed(project: Path, frame: pl.DataFrame) -> None:
    """A job would train on something else than its manifest says."""
    path = write(frame, project / "data/months/1.parquet")
    data.add([path])
    write(frame.head(10), path)
    with pytest.raises(UserError, match="differs from what is pinned"):
        data.push()
