"""pipeline/data/add.py: pinned within the budget, refused whole beyond it."""

import subprocess
from pathlib import Path

import polars as pl
import pytest

from pipeline import digest, manifest
from pipeline.data.add import add
from pipeline.errors import UserError

from .rows import spoil, write


def test_adding_a_good_file_pins_it(project: Path, frame: pl.DataFrame) -> None:
    """The file stays where it is, byte for byte."""
    path = write(frame, project / "data/months/1.parquet")
    before = digest.of_file(path)
    answer = add([path])
    pinned = manifest.read(project)
    assert (answer.code, answer.document["manifest"]) == (0, pinned.sha256)
    assert [(file["path"], file["sha256"]) for file in pinned.files] == [("data/months/1.parquet", before)]


def test_a_file_from_elsewhere_is_put_beside_the_others(
    project: Path, tmp_path: Path, frame: pl.DataFrame
) -> None:
    """The manifest names files of the project only."""
    add([write(frame, project / "data/months/1.parquet")])
    add([write(frame.head(999), tmp_path / "2.parquet")])
    paths = [file["path"] for file in manifest.read(project).files]
    assert paths == ["data/months/1.parquet", "data/months/2.parquet"]
    assert (project / "data/months/2.parquet").is_file()


def test_bad_rows_within_the_budget_are_quarantined(project: Path, frame: pl.DataFrame) -> None:
    """Good rows stay, bad rows go aside with the rules that they break."""
    from model.contract import BROKEN, LABEL

    path = write(spoil(frame, 20), project / "data/months/1.parquet")
    entry = add([path]).document["files"][0]
    aside = pl.read_parquet(project / entry["quarantine"])
    assert (entry["bad"], entry["share"], pl.read_parquet(path).height, aside.height) == (20, 0.02, 980, 20)
    assert all(any(LABEL in rule for rule in rules) for rules in aside[BROKEN])


def test_a_file_over_the_budget_changes_nothing(project: Path, frame: pl.DataFrame) -> None:
    """Not even the good file that was named with it is pinned; the bad rows are there to be looked at."""
    good = write(frame, project / "data/months/1.parquet")
    bad = write(spoil(frame, 21), project / "data/months/2.parquet")
    before = digest.of_file(bad)
    answer = add([good, bad])
    assert (answer.code, answer.document["ok"], digest.of_file(bad)) == (1, False, before)
    assert not (project / manifest.PATH).exists()
    assert pl.read_parquet(project / answer.document["files"][1]["quarantine"]).height == 21


def test_a_file_without_rows_is_all_bad(project: Path, frame: pl.DataFrame) -> None:
    """An empty export is not good data."""
    assert add([write(frame.head(0), project / "data/1.parquet")]).code == 1


def test_a_file_with_more_columns_is_pinned_without_them(project: Path, frame: pl.DataFrame) -> None:
    """Files are trained on together, so all have the contract's columns in its order."""
    path = write(frame.select(pl.lit(1).alias("more"), *reversed(frame.columns)), project / "data/1.parquet")
    add([path])
    assert pl.read_parquet(path).equals(frame)


def test_a_file_that_git_has_not_is_kept_when_it_is_replaced(
    project: Path, tmp_path: Path, frame: pl.DataFrame
) -> None:
    """By one of its name from elsewhere, and by its own rows without a column or without the bad ones."""
    mine = project / "data/1.parquet"
    for rows in (frame.with_columns(more=1), spoil(frame, 7)):
        former = digest.of_file(write(rows, mine))
        add([mine])
        assert former in _kept(project)
    former = digest.of_file(mine)
    add([write(frame, tmp_path / "1.parquet")])
    assert former in _kept(project)


def test_what_git_has_is_not_kept_twice(project: Path, frame: pl.DataFrame) -> None:
    """The bytes of a commit are safe."""
    mine = write(frame.with_columns(more=1), project / "data/1.parquet")
    commit = ["git", "-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", "data"]
    for words in (["git", "init", "-q"], ["git", "add", "."], commit):
        subprocess.run(words, cwd=project, check=True)  # noqa: S603
    add([mine])
    assert _kept(project) == set()


def _kept(project: Path) -> set[str]:
    """The digests of the files that were put aside whole."""
    return {digest.of_file(path) for path in (project / "data/quarantine").glob("*.former.parquet")}


def test_a_batch_that_differs_from_the_one_before_is_refused(project: Path, frame: pl.DataFrame) -> None:
    """A third of the rows that came last time."""
    add([write(frame, project / "data/1.parquet")])
    later = frame.head(330).with_columns(pl.col("scheduled") + pl.duration(days=365))
    answer = add([write(later, project / "data/2.parquet")])
    [broken] = [rule for rule in answer.document["files"][0]["budgets"] if not rule["passed"]]
    assert (answer.code, broken["rule"], broken["value"]) == (1, "row_count", 0.33)


def test_two_files_of_one_name_are_not_pinned_in_each_others_place(
    project: Path, tmp_path: Path, frame: pl.DataFrame
) -> None:
    """Both come from elsewhere, from folders that tell them apart."""
    paths = [write(frame.tail(999), tmp_path / "a/1.parquet"), write(frame, tmp_path / "b/1.parquet")]
    with pytest.raises(UserError, match=r"would both be data/1.parquet: rename one"):
        add(paths)
    assert not (project / "data/1.parquet").exists()


def test_what_cannot_be_pinned_is_not_written(project: Path, tmp_path: Path, frame: pl.DataFrame) -> None:
    """All its rows would be kept for evaluation."""
    with pytest.raises(UserError, match="all rows lie within 28 days"):
        add([write(frame.head(500), tmp_path / "1.parquet")])
    assert not (project / "data/1.parquet").exists() and not (project / manifest.PATH).exists()


def test_the_place_of_what_arrives_is_not_gits(project: Path, frame: pl.DataFrame) -> None:
    """A file there would be taken for one that the bucket alone has."""
    path = write(frame, project / "data/incoming/1.parquet")
    with pytest.raises(UserError, match="is what the bucket alone has; move it elsewhere"):
        add([path])
