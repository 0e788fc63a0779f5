"""pipeline/data/check.py: which rows are bad, which budgets are broken, and what cannot be checked at all."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipeline import digest, manifest, policy
from pipeline.__main__ import run
from pipeline.data.add import add
from pipeline.data.check import check, here, judge
from pipeline.errors import UserError

from .conftest import REPOSITORY
from .rows import spoil, write

Capture = pytest.CaptureFixture[str]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_data_that_is_shipped_keeps_the_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Everything that is pinned is what it was when it was pinned, and within its budgets."""
    monkeypatch.chdir(REPOSITORY)
    assert (run(["data", "check", "--json"]), json.loads(capsys.readouterr().out)["ok"]) == (0, True)


def test_every_month_of_the_year_is_within_its_budgets(project: Path) -> None:
    """A label that is true 16 % of the time in autumn and 32 % in summer is no fault."""
    months = [check(path) for path in sorted((REPOSITORY / "data/flights").glob("*.parquet"))]
    judged = judge(months, None, policy.load().data, NOW)
    assert [one.broken for one in judged] == [[]] * 12
    assert {rule.rule for rule in judged[-1].budgets} >= {"row_count", "label_rate", "future", "nulls_seats"}


def test_checking_says_which_rules_are_broken(project: Path, frame: pl.DataFrame, capsys: Capture) -> None:
    """Exit code 1, with a count for each rule; the file stays as it is."""
    path = write(spoil(frame, 500), project / "bad.parquet")
    before = digest.of_file(path)
    code = run(["data", "check", "bad.parquet", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (code, found["ok"], sum(found["files"][0]["rules"].values())) == (1, False, 500)
    assert digest.of_file(path) == before


def test_checking_says_where_the_bad_rows_are(project: Path, frame: pl.DataFrame, capsys: Capture) -> None:
    """Also when there are so few that the file is kept."""
    from model.contract import BROKEN

    write(spoil(frame, 7), project / "few.parquet")
    code = run(["data", "check", "few.parquet"])
    [name] = [path.name for path in (project / "data/quarantine").iterdir()]
    assert (code, f"in data/quarantine/{name}" in capsys.readouterr().out) == (0, True)
    aside = pl.read_parquet(project / "data/quarantine" / name)
    assert aside[BROKEN].to_list() == [["late|nullability"]] * 7


def test_no_quarantine_takes_anothers_place(project: Path, frame: pl.DataFrame) -> None:
    """Two files of one name, and the next day's of the same: all bad rows stay."""
    for rows, folder in ((3, "a"), (4, "b"), (5, "a")):
        check(write(spoil(frame, rows), project / folder / "1.parquet"))
    kept = sorted(pl.read_parquet(path).height for path in (project / "data/quarantine").iterdir())
    assert kept == [3, 4, 5]


@pytest.mark.parametrize(
    "edit", [{"rows": 999}, {"from": "2012-12-31T00:00:00+00:00"}, {"to": "2013-03-01T00:00:00+00:00"}]
)
def test_a_manifest_that_says_another_extent_is_refused(
    project: Path, frame: pl.DataFrame, capsys: Capture, edit: dict[str, object]
) -> None:
    """Edited by hand, the digest left alone: the sentence says what the file has, and how to pin it."""
    add([write(frame, project / "data/1.parquet")])
    document = manifest.read(project).document
    document["files"][0] |= edit
    (project / manifest.PATH).write_bytes(manifest.written(document))
    assert run(["data", "check"]) == 2
    said = capsys.readouterr().err
    assert "data/1.parquet has 1000 rows from 2013-01-01T" in said and str(*edit.values()) in said
    assert said.endswith("pin it again with `pipeline data add data/1.parquet`\n")


def test_a_pinned_batch_is_what_the_next_is_held_against(project: Path, frame: pl.DataFrame) -> None:
    """Rows and label of the newest one that begins earlier, wherever in the call or the manifest it is."""
    pinned = write(frame, project / "data/1.parquet")
    add([pinned])
    turned = frame.with_columns(pl.col("scheduled") + pl.duration(days=365), late=~pl.col("late"))
    [judged] = judge(
        [check(write(turned, project / "2.parquet"))],
        manifest.read(project),
        policy.load().data,
        NOW,
    )
    assert [rule.rule for rule in judged.broken] == ["label_rate"]


def test_the_first_batch_is_held_against_none(project: Path, frame: pl.DataFrame) -> None:
    """There is nothing that it could differ from."""
    [judged] = judge([check(write(frame, project / "1.parquet"))], None, policy.load().data, NOW)
    assert {"row_count", "label_rate"}.isdisjoint(rule.rule for rule in judged.budgets)


def test_a_row_of_the_future_is_refused(project: Path, frame: pl.DataFrame, capsys: Capture) -> None:
    """Its label cannot be known."""
    later = frame.with_columns(pl.col("scheduled") + pl.duration(days=365 * 1000))
    write(later.with_columns(plane_year=pl.lit(None, pl.Int16)), project / "1.parquet")
    assert run(["data", "check", "1.parquet"]) == 1
    assert "STOP  future: its newest row is of 3012-" in capsys.readouterr().out


def test_a_feature_that_is_known_too_late_is_reported(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Before any file is read."""
    from model import features

    monkeypatch.setattr(features, "COLUMNS", (*features.COLUMNS, "air_time"))
    assert run(["data", "check", "absent.parquet"]) == 2
    assert "pipeline: column air_time is known at landing" in capsys.readouterr().err


def test_what_cannot_be_checked_is_one_sentence(project: Path, frame: pl.DataFrame) -> None:
    """The file, what is wrong with it, and what to write instead."""
    path = write(frame.rename({"distance": "distances"}), project / "1.parquet")
    with pytest.raises(UserError, match=r"1\.parquet has no column distance: rename distances, or add"):
        check(path)


def test_what_the_bucket_alone_has_is_checked_there(project: Path, frame: pl.DataFrame) -> None:
    """Here it is named, and the others are checked."""
    add([write(frame, project / "data/months/1.parquet")])
    old = manifest.read(project)
    entry = {**old.files[0], "path": "data/incoming/2.parquet", "sha256": "b" * 64}
    columns = {key: old.document[key] for key in ("time_column", "schema")}
    made = manifest.pin(old, [entry], **columns, evaluation_days=28)
    (project / manifest.PATH).write_bytes(made.content)
    answer = here()
    assert (answer.code, len(answer.document["files"])) == (0, 1)
    assert "1 files are in the bucket alone: `pipeline data check --job` reads them there" in answer.lines
