"""pipeline/data/diff.py: one screen, and one JSON object."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import manifest
from pipeline.__main__ import run
from pipeline.data.add import add

from .rows import write

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def before(project: Path, frame: pl.DataFrame) -> str:
    """The file of a manifest that pins half of what the project's own pins."""
    add([write(frame.gather_every(2), project / "data/1.parquet")])
    shutil.copyfile(project / manifest.PATH, project / "before.json")
    add([write(frame.gather_every(2, 1), project / "data/2.parquet")])
    return "before.json"


def shown(capsys: Capture, *words: str) -> str:
    """What the verb prints."""
    assert run(["data", "diff", *words]) == 0
    return capsys.readouterr().out


def test_a_person_reads_one_screen(capsys: Capture, before: str) -> None:
    """Files, rows, times, label rate, and a line for each column."""
    said = shown(capsys, before)
    for part in (
        "added: data/2.parquet",
        "rows: 500 → 1,000",
        "label rate: ",
        "500 rows that come against 500",
    ):
        assert part in said
    assert "times: 2013-01-01 to 2013-" in said and "temperature" in said


def test_a_machine_reads_the_same(capsys: Capture, before: str) -> None:
    """One JSON object."""
    found: dict[str, Any] = json.loads(shown(capsys, before, "--json"))
    assert (found["rows"], found["files"]["added"]) == ({"old": 500, "new": 1000}, ["data/2.parquet"])


@pytest.mark.usefixtures("before")
def test_the_same_twice_is_no_difference(capsys: Capture) -> None:
    """One line says so."""
    assert "No difference: both pin the same files." in shown(capsys, "before.json", "before.json")


def test_another_split_of_the_same_files_is_a_difference(project: Path, capsys: Capture, before: str) -> None:
    """Moved by hand: both times, and no table of columns that have not changed."""
    path = project / before
    edited = json.loads(path.read_text())
    start = edited["split"]["evaluate_from"]
    edited["split"]["evaluate_from"] = edited["files"][0]["to"]
    path.with_name("after.json").write_text(json.dumps(edited))
    said = shown(capsys, before, "after.json")
    assert f"evaluated from: {start} → {edited['files'][0]['to']}" in said
    assert "No difference" not in said and "drift" not in said


def test_what_goes_is_not_called_what_comes(capsys: Capture, before: str) -> None:
    """Back to the manifest before."""
    assert "500 rows that go against 500" in shown(capsys, manifest.PATH, before)


def test_a_file_that_is_no_manifest_is_not_to_be_deleted(project: Path, capsys: Capture) -> None:
    """It may be any file: what is said of the project's own manifest would be bad advice."""
    assert run(["data", "diff", "policy.toml"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("pipeline: policy.toml is no manifest: it is no JSON") and "delete" not in said


def test_a_name_that_says_nothing_is_one_sentence(project: Path, capsys: Capture) -> None:
    """Exit code 2, no traceback."""
    assert run(["data", "diff", "nothing"]) == 2
    assert capsys.readouterr().err.startswith("pipeline: nothing is no git revision")
