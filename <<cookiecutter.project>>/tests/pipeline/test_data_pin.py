"""pipeline/data/pin.py: git learns what was taken in, by a commit of one's own or by one pull request."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import bucket, manifest, newest
from pipeline.__main__ import run
from tests.pipeline.known_github import GitHub

from .conftest import pinned

Cloud = Callable[[str], Any]
OLD = pinned()
NEW = manifest.pin(
    OLD,
    [
        {
            "path": "data/incoming/4.parquet",
            "sha256": "b" * 64,
            "bytes": 1,
            "rows": 5,
            "from": "2013-04-01T00:00:00+00:00",
            "to": "2013-04-30T00:00:00+00:00",
        }
    ],
    time_column="time",
    schema={"time": "Datetime"},
    evaluation_days=28,
)


def later() -> manifest.Manifest:
    """Newer data, which is in the bucket."""
    entry = {**NEW.files[0], "path": "data/incoming/5.parquet", "sha256": "c" * 64}
    columns = {key: NEW.document[key] for key in ("time_column", "schema")}
    made = manifest.pin(NEW, [{**entry, "to": "2013-05-31T00:00:00+00:00"}], **columns, evaluation_days=28)
    bucket.write(made)
    return made


@pytest.fixture
def passed(cloud: Cloud, project: Path) -> Path:
    """The newest that passed is another than git pins; the manifest's file."""
    del cloud
    path = project / manifest.PATH
    path.parent.mkdir()
    path.write_bytes(OLD.content)
    bucket.write(NEW)
    newest.move(NEW, datetime(2026, 1, 1, tzinfo=UTC))
    return path


@pytest.fixture
def main(passed: Path, github_has: GitHub) -> GitHub:
    """GitHub's main has the old one."""
    github_has.set(files={manifest.PATH: base64.b64encode(passed.read_bytes()).decode()})
    return github_has


def answered(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    """The verb's document."""
    assert run(["data", "pin", *more, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_newest_is_written_where_git_has_its_pin(
    passed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte, so that it is called the same; the second time changes nothing."""
    assert answered(capsys)["changed"] is True
    assert manifest.read(passed.parents[1]) == NEW
    assert answered(capsys)["changed"] is False


@pytest.mark.usefixtures("cloud", "project")
def test_nothing_has_passed(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence says how something does."""
    assert run(["data", "pin"]) == 2
    assert "`pipeline data ingest` takes some in" in capsys.readouterr().err


def test_a_pull_request_asks_for_it(passed: Path, main: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """On a branch of its own; the tree stays as it is."""
    found = answered(capsys, "--pull-request")
    (asked,) = main.state["pulls"]
    assert (found["url"], asked["title"]) == (asked["html_url"], "Pin data up to 2013-04-30")
    held = main.state["heads"][asked["head"]][manifest.PATH]
    assert (base64.b64decode(held), passed.read_bytes()) == (NEW.content, OLD.content)
    assert "1 of them are in the bucket alone" in asked["body"]


@pytest.mark.parametrize("state", ["open", "closed"])
def test_it_is_asked_once(state: str, main: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """Also of whoever has said no."""
    answered(capsys, "--pull-request")
    main.set(pulls=[{**one, "state": state} for one in main.state["pulls"]])
    assert answered(capsys, "--pull-request")["changed"] is False
    assert len(main.state["pulls"]) == 1


@pytest.mark.parametrize("written", [True, False])
def test_one_that_was_interrupted_is_completed(
    written: bool, main: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its branch is there, with the file or without."""
    held = {manifest.PATH: base64.b64encode(NEW.content).decode()} if written else {}
    main.set(heads={"pin-data": held})
    assert answered(capsys, "--pull-request")["changed"] is True
    assert len(main.state["pulls"]) == 1


def test_newer_data_brings_the_open_one_up_to_date(main: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has to close what is out of date."""
    answered(capsys, "--pull-request")
    newest.move(newer := later(), datetime(2026, 1, 2, tzinfo=UTC))
    assert answered(capsys, "--pull-request")["changed"] is True
    (asked,) = main.state["pulls"]
    assert (asked["title"], newer.sha256 in asked["body"]) == ("Pin data up to 2013-05-31", True)
    assert base64.b64decode(main.state["heads"]["pin-data"][manifest.PATH]) == newer.content


def test_after_a_merge_the_next_one_begins_at_main(main: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether GitHub deleted the branch or not."""
    answered(capsys, "--pull-request")
    main.set(pulls=[{**one, "state": "closed"} for one in main.state["pulls"]])
    newest.move(later(), datetime(2026, 1, 2, tzinfo=UTC))
    assert answered(capsys, "--pull-request")["changed"] is True
    assert [one["state"] for one in main.state["pulls"]] == ["closed", "open"]


def test_what_main_has_is_not_asked_for(
    passed: Path, main: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is GitHub."""
    passed.write_bytes(NEW.content)
    assert answered(capsys, "--pull-request")["url"] is None
    assert main.state["calls"] == []


@pytest.mark.usefixtures("passed")
def test_a_project_without_a_token_asks_nobody(
    main: GitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workflow that runs it ends green, and says why nothing was asked."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GH_TOKEN", "")
    assert run(["data", "pin", "--pull-request"]) == 0
    assert "no token for it" in capsys.readouterr().out
    assert main.state["calls"] == []
