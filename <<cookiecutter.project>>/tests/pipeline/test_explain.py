"""`pipeline explain`: which release, and the three files that it writes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import aws, ledger
from pipeline.__main__ import run
from pipeline.errors import UserError
from pipeline.explain import chosen, files
from tests.pipeline.approving import in_a_run
from tests.pipeline.explain_sample import EVERY, JUDGE, PROMOTED, looks

TABLE = "flights-production-releases"
LIMIT = 400 * 1024  # bytes of an item, keys counted: "Quotas in Amazon DynamoDB"
LATER = replace(PROMOTED, release="production-v4-20130702t100000", started="2013-07-02T10:00:00+00:00")


@pytest.fixture
def told(cloud: None) -> None:
    """A ledger with two releases."""
    for record in (JUDGE, LATER):
        aws.client("dynamodb").put_item(TableName=TABLE, Item=ledger.encode(record))


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_every_release_has_its_three_files(record: ledger.Record) -> None:
    """However it ended, or where it is."""
    made = files(record, "flights-production")
    assert set(made) == {"release.json", "summary.md", "release.svg"}
    assert json.loads(made["release.json"])["release"] == record.release


def test_the_document_has_all_that_the_ledger_has() -> None:
    """Nothing that an auditor asks for has to be looked up elsewhere."""
    document = json.loads(files(JUDGE, "flights-production")["release.json"])
    assert document["details"] == JUDGE.details
    assert document["evidence"]["bound"] == 100
    assert document["seconds"]["to_alarm"] == 545


@pytest.mark.usefixtures("told")
def test_the_newest_release_is_told_unless_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the environment that is asked for."""
    assert run(["explain", "production", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["release"] == LATER.release
    assert run(["explain", "production", JUDGE.release, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cause"] == "judge"


@pytest.mark.usefixtures("told")
def test_the_files_go_where_they_are_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is made."""
    out = tmp_path / "a" / "b"
    assert run(["explain", "production", "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["release.json", "release.svg", "summary.md"]
    assert str(out / "summary.md") in capsys.readouterr().out


@pytest.mark.usefixtures("told")
def test_a_release_that_is_not_there_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence says where the ids are."""
    assert run(["explain", "production", "nonsense"]) == 2
    assert "`pipeline status production` lists them" in capsys.readouterr().err


def test_nothing_released_says_how_to_begin() -> None:
    """No empty page."""
    with pytest.raises(UserError, match="run `pipeline release staging`"):
        chosen([], "staging", None)


def test_a_long_bake_fits_into_the_ledger() -> None:
    """With as many looks as are kept."""
    record = replace(JUDGE, details=JUDGE.details | {"ticks": looks(120)})
    assert len(json.dumps(ledger.encode(record))) < LIMIT / 2


@pytest.mark.usefixtures("told")
def test_a_runs_own_release_is_told_and_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a run was refused, the release before it is not shown as its own."""
    in_a_run(monkeypatch)
    assert run(["explain", "production", "--this-run"]) == 0
    assert "this run has changed nothing in production" in capsys.readouterr().out
    own = JUDGE.having(runs=["https://github.com/somebody/flights/actions/runs/7"])
    aws.client("dynamodb").put_item(TableName=TABLE, Item=ledger.encode(own))
    assert run(["explain", "production", "--this-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["release"] == JUDGE.release


@pytest.mark.usefixtures("told")
def test_a_runs_own_release_takes_a_run() -> None:
    """A person names the release."""
    assert run(["explain", "production", "--this-run"]) == 2


@pytest.mark.usefixtures("told")
def test_a_jobs_summary_is_the_page_with_its_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What GitHub draws, as it shows no file."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert run(["explain", "production", JUDGE.release]) == 0
    summary = (tmp_path / "summary").read_text()
    assert summary.startswith("## production: rolled back") and "```mermaid" in summary
