"""rehearsal/: the scenario names things that exist, and its broken model breaks only where it should."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from model import features, signature

Divide = Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]


@pytest.fixture(scope="module")
def scenario(project: Path) -> dict[str, Any]:
    """rehearsal/scenario.toml."""
    return tomllib.loads((project / "rehearsal/scenario.toml").read_text())


@pytest.fixture(scope="module")
def known(project: Path, scenario: dict[str, Any]) -> dict[str, list[str]]:
    """The categories that the broken candidate sees in training."""
    files = [f"data/flights/2013-{month:02}.parquet" for month in range(1, 8)]
    rows = pl.concat(pl.read_parquet(project / file) for file in files)
    return signature.vocabulary(rows)


def test_every_file_of_the_scenario_exists(project: Path, scenario: dict[str, Any]) -> None:
    """Files to add, to damage and to draw traffic from."""
    named = [file for part in scenario.values() for key in ("add", "files") for file in part.get(key, [])]
    assert [file for file in named if not (project / file).is_file()] == []


def test_traffic_sends_what_the_model_reads(scenario: dict[str, Any]) -> None:
    """The columns of a request are those of the matrix."""
    assert tuple(scenario["traffic"]["columns"]) == features.COLUMNS


@pytest.mark.parametrize("part", ["bad_rows", "bad_file"])
def test_a_planted_value_breaks_the_contract(
    project: Path, scenario: dict[str, Any], part: str, divide: Divide
) -> None:
    """Each row with the scenario's bad value is quarantined."""
    fault = scenario[part]
    rows = pl.read_parquet(project / fault["file"])
    value = pl.lit(fault["value"]).cast(rows.schema[fault["column"]])
    _, bad = divide(rows.with_columns(value.alias(fault["column"])))
    assert bad.height == rows.height


@pytest.mark.parametrize("part", ["damaged", "traffic"])
def test_no_row_before_the_newcomer_holds_an_unseen_category(
    project: Path, scenario: dict[str, Any], known: dict[str, list[str]], part: str
) -> None:
    """Evaluation rows (August) and traffic pass a strict lookup, so only the newcomer breaks it."""
    files = scenario[part].get("add", scenario[part]["files"])
    rows = pl.concat(pl.read_parquet(project / file) for file in files)
    unseen = {name: sorted(set(rows[name]) - set(known[name])) for name in features.CATEGORIES}
    assert unseen == {name: [] for name in features.CATEGORIES}


def test_the_patched_lookup_raises_on_the_newcomer(
    project: Path, scenario: dict[str, Any], tmp_path: Path
) -> None:
    """As shipped the newcomer gets the code of unseen values; patched, it is a KeyError."""
    shutil.copytree(project / "model", tmp_path / "model", ignore=shutil.ignore_patterns("__pycache__"))
    patch = project / scenario["broken"]["patch"]
    code = (
        f"from model import features; print(features.encode([{scenario['newcomer']['value']!r}], ['AA'])[0])"
    )
    command = [sys.executable, "-c", code]
    shipped = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    git = ["git", "-c", "core.autocrlf=false", "apply", str(patch)]
    subprocess.run(git, cwd=tmp_path, check=True)  # noqa: S603
    patched = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert shipped.stdout == "-1.0\n"
    assert "KeyError: 'ZZ'" in patched.stderr
