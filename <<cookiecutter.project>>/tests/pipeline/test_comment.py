"""`pipeline comment`: one comment, however often; and nobody else's."""

import json
from pathlib import Path

import pytest

from pipeline.__main__ import run
from pipeline.comment.sticky import AUTHOR, MARKER
from tests.pipeline.known_github import GitHub

Capture = pytest.CaptureFixture[str]
UNDER = "repos/somebody/flights/issues/7/comments"
JOBS = json.dumps({"code": {"result": "success"}, "scan": {"result": "failure"}})
pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture(autouse=True)
def workflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The verb runs in a job; returns the file of its summary."""
    for name, value in {
        "JOBS": JOBS,
        "GITHUB_REPOSITORY": "somebody/flights",
        "GITHUB_ACTIONS": "true",
    }.items():
        monkeypatch.setenv(name, value)
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    return summary


def bodies(github: GitHub) -> list[str]:
    """What stands under the pull request."""
    return [one["body"] for one in github.state["comments"].get("7", [])]


def theirs(number: int, body: str, login: str | None = "somebody") -> dict[str, object]:
    """A comment of somebody, None of a person who is gone."""
    return {"id": number, "body": body, "user": login and {"login": login}}


def test_a_check_writes_its_comment(github_has: GitHub, capsys: Capture) -> None:
    """And says where it is."""
    assert run(["comment", "7"]) == 0
    [body] = bodies(github_has)
    assert body.startswith(f"{MARKER}\n\n## This check has not passed: `scan` failed\n")
    assert "The comment is https://github.com/" in capsys.readouterr().out


def test_the_next_check_writes_it_anew(github_has: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one, and it is of now."""
    run(["comment", "7"])
    monkeypatch.setenv("JOBS", json.dumps({"code": {"result": "success"}}))
    run(["comment", "7"])
    [body] = bodies(github_has)
    assert "## This check has passed" in body


def test_it_is_found_behind_many_others(github_has: GitHub) -> None:
    """GitHub lists a hundred at once."""
    many = [theirs(number, "I think so") for number in range(250)]
    github_has.set(comments={"7": [*many, theirs(250, f"{MARKER}\nold", AUTHOR)]})
    run(["comment", "7"])
    assert len(bodies(github_has)) == 251
    assert "has not passed" in bodies(github_has)[-1]


@pytest.mark.parametrize(
    "other",
    [
        theirs(1, f"{MARKER}\nforged"),
        theirs(1, f"{MARKER}\nforged", None),
        theirs(1, f"> {MARKER}\nquoted", AUTHOR),
        theirs(1, "of another workflow", AUTHOR),
    ],
    ids=["a person's", "of nobody", "a quotation", "another workflow's"],
)
def test_what_is_not_its_own_is_left_alone(github_has: GitHub, other: dict[str, object]) -> None:
    """A marker may be copied, and the token could write over anybody."""
    github_has.set(comments={"7": [other]})
    run(["comment", "7"])
    assert bodies(github_has)[0] == other["body"]
    assert len(bodies(github_has)) == 2


@pytest.mark.parametrize("request_of", [f"POST {UNDER}", f"GET {UNDER}?per_page=100&page=1"])
def test_a_refusal_is_a_warning(github_has: GitHub, capsys: Capture, workflow: Path, request_of: str) -> None:
    """The check does not fail for it, and the text is in the summary."""
    github_has.refuse(request_of, 403)
    assert run(["comment", "7"]) == 0
    assert "::warning title=pipeline comment::the comment was not written" in capsys.readouterr().err
    assert "## This check has not passed" in workflow.read_text()


def test_the_summary_has_the_text_in_any_case(github_has: GitHub, workflow: Path) -> None:
    """For those who look at the run."""
    run(["comment", "7"])
    assert workflow.read_text().strip() == bodies(github_has)[0].strip()


def test_what_the_jobs_left_is_in_it(github_has: GitHub, tmp_path: Path) -> None:
    """Report and previews."""
    report = tmp_path / "parts" / "report" / "report.md"
    report.parent.mkdir(parents=True)
    report.write_text("## The gate would pass this change\n")
    run(["comment", "7", "--parts", str(tmp_path / "parts")])
    assert "## The gate would pass this change" in bodies(github_has)[0]


def test_a_pull_request_has_a_number(github_has: GitHub, capsys: Capture) -> None:
    """A merge queue has none, and its job must not run."""
    assert run(["comment", ""]) == 2
    assert github_has.state["calls"] == []
