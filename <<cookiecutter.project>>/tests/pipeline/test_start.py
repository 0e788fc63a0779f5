"""A release is started once for each version, a retrain where none runs."""

import pytest

from pipeline import __main__, start
from tests.pipeline.known_github import GitHub

from .conftest import REPOSITORY

pytestmark = pytest.mark.usefixtures("project")
DISPATCH = "POST repos/somebody/flights/actions/workflows/release.yml/dispatches"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No workflow's repository, but the project's own."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)


def test_it_starts_the_release_with_the_version(github_has: GitHub) -> None:
    """From main, whose code the roles trust."""
    assert __main__.run(["start", "4"]) == 0
    asked = {"workflow": "release.yml", "ref": "main", "inputs": {"version": "4"}}
    assert github_has.state["dispatches"] == [asked]


def test_what_was_started_is_not_started_again(
    github_has: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job that runs again would ask people to approve the same version twice."""
    __main__.run(["start", "4"])
    capsys.readouterr()
    assert __main__.run(["start", "4"]) == 0
    assert len(github_has.state["dispatches"]) == 1
    assert "was started before and is queued" in capsys.readouterr().out


def test_another_version_is_started(github_has: GitHub) -> None:
    """4 is not 14."""
    __main__.run(["start", "14"])
    __main__.run(["start", "4"])
    assert [one["inputs"]["version"] for one in github_has.state["dispatches"]] == ["14", "4"]


def test_a_run_that_has_ended_is_named_with_its_end(
    github_has: GitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person decides whether that version is tried again."""
    there = {"display_title": "release 4", "html_url": "url", "status": "completed", "conclusion": "failure"}
    monkeypatch.setattr(start, "started", lambda version: there)
    assert __main__.run(["start", "4"]) == 0
    assert "was started before and is failure: url" in capsys.readouterr().out


def test_a_refusal_says_what_a_person_does_instead(
    github_has: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """The version is registered all the same."""
    github_has.refuse(DISPATCH, 403)
    assert __main__.run(["start", "4"]) == 20
    assert "start the workflow release by hand" in capsys.readouterr().err


@pytest.mark.parametrize("version", ["0", "four", "4; rm"])
def test_a_version_is_a_number(version: str) -> None:
    """Nothing else gets into a request."""
    assert __main__.run(["start", version]) == 2


def test_the_workflow_calls_its_run_what_the_verb_looks_for() -> None:
    """Without the name every start would be the first."""
    text = (REPOSITORY / ".github/workflows" / start.WORKFLOW).read_text()
    assert f"run-name: {start.title(4).replace('4', '${{ inputs.version')}" in text


# a retrain

REASON = "the alarm `flights-production-model-calibration` sounds"


def test_it_starts_a_retrain_and_says_why(github_has: GitHub) -> None:
    """The reason is the mark of a machine."""
    assert __main__.run(["start", "--because", REASON]) == 0
    asked = {"workflow": "retrain.yml", "ref": "main", "inputs": {"because": REASON}}
    assert github_has.state["dispatches"] == [asked]


def test_while_one_waits_no_other_is_started(github_has: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """GitHub keeps the newest of those that wait alone, so it would take another one's place."""
    __main__.run(["start", "--because", REASON])
    capsys.readouterr()
    assert __main__.run(["start", "--because", REASON]) == 0
    assert len(github_has.state["dispatches"]) == 1
    assert "because one is queued" in capsys.readouterr().out


def test_after_one_has_ended_the_next_is_started(github_has: GitHub) -> None:
    """Whether it goes on is decided by its first step."""
    __main__.run(["start", "--because", REASON])
    github_has.set(ended=["retrain.yml"])
    __main__.run(["start", "--because", REASON])
    assert len(github_has.state["dispatches"]) == 2


@pytest.mark.parametrize("words", [[], ["4", "--because", REASON], ["--because", " \n"]])
def test_one_of_them_is_asked_for(
    words: list[str], github_has: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a reason says something: an empty one would pass for a person's."""
    assert __main__.run(["start", *words]) == 2
    assert github_has.state["dispatches"] == []
    assert ": write" in capsys.readouterr().err


def test_a_refused_retrain_says_what_a_person_does_instead(
    github_has: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cause is not lost: nobody has claimed it."""
    github_has.refuse("POST repos/somebody/flights/actions/workflows/retrain.yml/dispatches", 403)
    assert __main__.run(["start", "--because", REASON]) == 20
    assert "start the workflow retrain by hand" in capsys.readouterr().err
