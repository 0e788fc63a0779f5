"""pipeline/data/check.py: which rows are bad, and what cannot be checked at all."""

import json
from pathlib import Path

import polars as pl
import pytest

from pipeline.__main__ import run
from pipeline.data.check import check
from pipeline.errors import UserError

from .conftest import REPOSITORY
from .rows import spoil, write

Capture = pytest.CaptureFixture[str]


def test_the_data_that_is_shipped_keeps_the_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Everything that is pinned is what it was when it was pinned."""
    monkeypatch.chdir(REPOSITORY)
    assert (run(["data", "check", "--json"]), json.loads(capsys.readouterr().out)["ok"]) == (0, True)


def test_checking_says_which_rules_are_broken(project: Path, frame: pl.DataFrame, capsys: Capture) -> None:
    """Exit code 1, with a count for each rule, and nothing is written."""
    write(spoil(frame, 500), project / "bad.parquet")
    code = run(["data", "check", "bad.parquet", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (code, found["ok"], sum(found["files"][0]["rules"].values())) == (1, False, 500)


def test_a_missing_column_is_named(project: Path, frame: pl.DataFrame) -> None:
    """The table as a whole is refused."""
    with pytest.raises(UserError, match="distance"):
        check(write(frame.drop("distance"), project / "1.parquet"))


def test_a_file_that_is_not_parquet_is_named(project: Path) -> None:
    """One sentence, no traceback."""
    (project / "1.parquet").write_text("a,b")
    with pytest.raises(UserError, match="not a parquet file"):
        check(project / "1.parquet")
