"""Two manifests compared: by content, from wherever it is, and without an account where git has it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import aws, difference, digest, manifest, progress
from pipeline.data.add import add
from pipeline.data.push import push
from pipeline.errors import UserError

from .conftest import REPOSITORY, commit, git, pinned
from .rows import write

MONTHS = sorted((REPOSITORY / "data").rglob("*.parquet"))


@pytest.fixture
def month(project: Path) -> Path:
    """A project whose commit pins one month."""
    path = project / "data/1.parquet"
    path.parent.mkdir()
    shutil.copyfile(MONTHS[0], path)
    add([path])
    git(project, "init", "-q", "-b", "main")
    commit(project)
    return path


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks AWS fails the test."""

    def asked(service: str) -> None:
        raise AssertionError(f"{service} was asked")

    monkeypatch.setattr(aws, "client", asked)


def second(project: Path) -> Path:
    """Pin a second month."""
    path = write(pl.read_parquet(MONTHS[1]), project / "data/2.parquet")
    add([path])
    return path


@pytest.mark.usefixtures("no_account")
def test_the_working_tree_is_compared_with_its_commit(project: Path, month: Path) -> None:
    """A month more: files, rows, times and the label's rate of both; and its rows against the first ones."""
    second(project)
    frames = [pl.read_parquet(one) for one in MONTHS[:2]]
    found = difference.difference()
    assert found["files"] == {"added": ["data/2.parquet"], "removed": [], "changed": []}
    assert found["rows"] == {"old": frames[0].height, "new": frames[0].height + frames[1].height}
    assert found["compared"] == {"old": frames[0].height, "new": frames[1].height}
    assert found["window"]["new"]["to"] == manifest.read(project).files[1]["to"]
    assert found["label_rate"]["old"] == pytest.approx(frames[0]["late"].mean())
    assert found["label_rate"]["new"] == pytest.approx(pl.concat(frames)["late"].mean())
    assert found["old"]["manifest"] != found["new"]["manifest"] == manifest.read(project).sha256


@pytest.mark.usefixtures("no_account", "month")
def test_the_column_that_drifts_most_is_first(project: Path) -> None:
    """Kilometres for miles in the month that comes; the time of a row is no column to compare."""
    rows = pl.read_parquet(MONTHS[1]).with_columns((pl.col("distance") * 1.6).cast(pl.Int16))
    add([write(rows, project / "data/2.parquet")])
    columns = difference.difference()["columns"]
    assert columns[0]["column"] == "distance"
    assert [one["drift"] for one in columns] == sorted((one["drift"] for one in columns), reverse=True)
    assert "scheduled" not in {one["column"] for one in columns}


@pytest.mark.usefixtures("no_account", "month")
def test_much_data_is_announced(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, before it takes its time; little data is not."""
    progress.console.cache_clear()
    difference.difference()
    monkeypatch.setattr(difference, "LARGE", 1000)
    difference.difference()
    progress.console.cache_clear()
    assert capsys.readouterr().err == "data: comparing 0 MB, column by column\n"


@pytest.mark.usefixtures("no_account")
def test_nothing_changed_has_no_columns(month: Path) -> None:
    """Both pin the same files."""
    found = difference.difference()
    assert (found["columns"], found["rows"]["old"]) == ([], found["rows"]["new"])


@pytest.mark.usefixtures("no_account")
def test_a_changed_file_is_read_from_git_as_it_was(project: Path, month: Path) -> None:
    """Its path is the same, its bytes are not."""
    rows = pl.read_parquet(month)
    write(rows.with_columns(pl.lit(5, pl.Int16).alias("seats")), month)
    add([month])
    found = difference.difference()
    seats = next(one for one in found["columns"] if one["column"] == "seats")
    assert found["files"]["changed"] == ["data/1.parquet"]
    assert seats["nulls"] == {"old": rows["seats"].null_count() / rows.height, "new": 0.0}
    assert seats == found["columns"][0]


@pytest.mark.usefixtures("no_account")
def test_what_goes_is_compared_with_what_stays(project: Path, month: Path) -> None:
    """Between two revisions, back to the one before."""
    path = second(project)
    commit(project)
    found = difference.difference("HEAD", "HEAD~1")
    assert found["files"]["removed"] == ["data/2.parquet"]
    assert found["compared"] == {"old": pl.read_parquet(month).height, "new": pl.read_parquet(path).height}


@pytest.mark.usefixtures("no_account")
def test_a_branch_is_compared_with_where_it_left_main(project: Path, month: Path) -> None:
    """Also when its change is committed: that is what a reviewer looks at."""
    git(project, "checkout", "-q", "-b", "more")
    second(project)
    commit(project)
    assert difference.difference()["files"]["added"] == ["data/2.parquet"]


@pytest.mark.usefixtures("no_account")
def test_a_manifests_file_can_be_named(project: Path, tmp_path: Path, month: Path) -> None:
    """Somebody has sent it."""
    shutil.copyfile(project / manifest.PATH, tmp_path / "theirs.json")
    second(project)
    found = difference.difference(str(tmp_path / "theirs.json"))
    assert (found["old"]["name"], found["files"]["added"]) == (
        str(tmp_path / "theirs.json"),
        ["data/2.parquet"],
    )


@pytest.mark.usefixtures("cloud")
def test_what_neither_tree_nor_git_has_is_read_from_the_bucket(project: Path, month: Path) -> None:
    """A manifest by its name, and its file by its own."""
    before = manifest.read(project).sha256
    push()
    shutil.rmtree(project / ".git")
    write(pl.read_parquet(month).head(2000), month)
    write(pl.read_parquet(MONTHS[1]), project / "data/2.parquet")
    add([month, project / "data/2.parquet"])
    found = difference.difference(before)
    assert found["files"] == {"added": ["data/2.parquet"], "removed": [], "changed": ["data/1.parquet"]}


@pytest.mark.usefixtures("cloud")
def test_a_file_that_is_nowhere_is_named(project: Path, month: Path) -> None:
    """The manifest is there, the bytes are not."""
    shutil.rmtree(project / ".git")
    theirs = project / "theirs.json"
    theirs.write_bytes(pinned(sha256="b" * 64).content)
    with pytest.raises(UserError, match=r"the bucket has no data/1.parquet"):
        difference.difference(str(theirs))


def test_a_file_that_only_the_bucket_has_asks_for_credentials(
    project: Path, month: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence that names the file."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(project / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(project / "none"))
    aws._own.cache_clear()
    theirs = project / "theirs.json"
    theirs.write_bytes(pinned(sha256="b" * 64).content)
    with pytest.raises(UserError, match=r"data/1.parquet is neither in the working tree nor in git: sign in"):
        difference.difference(str(theirs))
    aws._own.cache_clear()


@pytest.mark.usefixtures("no_account", "month")
@pytest.mark.parametrize("name", ["nothing", "HEAD~7", "a" * 40])
def test_what_names_no_manifest_is_refused(name: str) -> None:
    """The sentence lists what can be named."""
    with pytest.raises(
        UserError, match=f"{name} is no git revision that has data/manifest.json, no manifest"
    ):
        difference.difference(name)


@pytest.mark.usefixtures("no_account")
def test_a_folder_that_is_no_repository_says_so(project: Path) -> None:
    """There is nothing to compare with, unless it is named."""
    with pytest.raises(UserError, match=r"git has no data/manifest.json to compare with"):
        difference.difference()


@pytest.mark.usefixtures("no_account")
def test_a_pinned_file_that_is_cut_off_is_named(project: Path, month: Path) -> None:
    """Its hash is right, its end is missing."""
    month.write_bytes(month.read_bytes()[:5000])
    entry = manifest.read(project).files[0] | {"sha256": digest.of_file(month)}
    edited = manifest.pin(
        None, [entry], time_column="scheduled", schema={"scheduled": "Datetime"}, evaluation_days=28
    )
    (project / manifest.PATH).write_bytes(edited.content)
    with pytest.raises(UserError, match=r"data/1.parquet is pinned and is no parquet file"):
        difference.difference()


def test_a_column_of_one_side_has_no_drift() -> None:
    """It is listed last, with its type."""
    old = difference.Side("old", pinned())
    document = pinned(sha256="b" * 64).document
    document["schema"]["late"] = "Boolean"
    read: Callable[[str, str], pl.Series] = lambda sha, column: pl.Series(column, [True])  # noqa: E731
    new = difference.Side("new", manifest.Manifest(manifest.written(document)))
    found: list[dict[str, Any]] = difference.compared(old, new, read)["columns"]
    assert found == [
        {
            "column": "late",
            "type": {"old": None, "new": "Boolean"},
            "drift": None,
            "nulls": None,
            "unseen": None,
        }
    ]
