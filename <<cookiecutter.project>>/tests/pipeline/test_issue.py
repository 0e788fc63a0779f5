"""One open issue about one thing, whatever happens how often."""

from typing import Any

import pytest

from pipeline import __main__, issue, policy
from pipeline.errors import UserError
from pipeline.report.text import LIMIT
from tests.pipeline.known_github import GitHub

pytestmark = pytest.mark.usefixtures("project")
ABOUT = "the unattended retrain"
REPOSITORY = "repos/somebody/flights"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of the project's own repository, numbered 7."""
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/flights")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")


def tell(*more: str) -> int:
    """Run the verb."""
    return __main__.run(["issue", "--about", ABOUT, *more])


def test_the_first_opens_one(github_has: GitHub) -> None:
    """With title and label."""
    assert tell("--why", "log_loss is worse") == 0
    (made,) = github_has.state["issues"]
    assert (made["title"], made["labels"]) == ("The unattended retrain", [{"name": "pipeline"}])


def test_it_says_why_and_where(github_has: GitHub) -> None:
    """So that nobody has to look for the run."""
    tell("--why", "log_loss is worse")
    (made,) = github_has.state["issues"]
    assert "log_loss is worse" in made["body"]
    assert "https://github.com/somebody/flights/actions/runs/7" in made["body"]


def test_it_says_who_answers_and_what_to_read(github_has: GitHub) -> None:
    """Where what has happened has a page."""
    tell("--why", "log_loss is worse", "--kind", "retrain-stopped")
    (made,) = github_has.state["issues"]
    assert f"Owner: **{policy.load().owners['retrain-stopped']}**" in made["body"]
    assert made["body"].index("docs/runbook/retrain-stopped.md") < made["body"].index("log_loss is worse")


def test_a_page_that_nobody_wrote_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert tell("--kind", "disk") == 2
    assert "'data-refused', 'retrain-stopped'" in capsys.readouterr().err


def test_the_next_comments_on_it(github_has: GitHub) -> None:
    """Not ten issues for ten nights."""
    tell("--why", "the first night")
    tell("--why", "the second night")
    state = github_has.state
    assert len(state["issues"]) == 1
    (comment,) = state["comments"]["1"]
    assert "the second night" in comment["body"]


def test_after_it_was_closed_there_is_a_new_one(github_has: GitHub) -> None:
    """What was mended has come back."""
    tell()
    github_has.set(issues=[{**one, "state": "closed"} for one in github_has.state["issues"]])
    tell()
    assert [one["state"] for one in github_has.state["issues"]] == ["closed", "open"]


def test_another_thing_is_another_issue(github_has: GitHub) -> None:
    """Drift is none of a retrain's business."""
    tell()
    __main__.run(["issue", "--about", "drift of production", "--why", "a bucket has changed"])
    assert [one["title"] for one in github_has.state["issues"]] == [
        "The unattended retrain",
        "Drift of production",
    ]


@pytest.mark.parametrize(
    "found",
    [
        {"labels": []},  # anybody may write the first line, and only who may write here gives the label
        {"labels": [{"name": "pipeline"}], "pull_request": {}},
        {"labels": [{"name": "pipeline"}], "body": None},
    ],
    ids=["no label", "a pull request", "no text"],
)
def test_what_only_looks_like_it_is_left_alone(found: dict[str, Any], github_has: GitHub) -> None:
    """It is somebody else's."""
    there = {"number": 1, "state": "open", "body": issue.marker(ABOUT), "html_url": "", "title": "", **found}
    github_has.set(issues=[there])
    tell()
    assert github_has.state["comments"] == {}
    assert len(github_has.state["issues"]) == 2


def test_a_label_that_is_there_is_taken(github_has: GitHub) -> None:
    """GitHub says 422 of it."""
    github_has.set(labels=[{"name": "pipeline"}])
    assert tell() == 0
    assert len(github_has.state["issues"]) == 1


@pytest.mark.parametrize(
    "request_", ["GET issues?state=open&labels=pipeline&per_page=100", "POST issues", "POST labels"]
)
def test_a_refusal_of_githubs_is_a_warning(
    request_: str, github_has: GitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run has failed already; its own error is not to be hidden behind this one."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    method, path = request_.split(" ")
    github_has.refuse(f"{method} {REPOSITORY}/{path}", 403)
    assert tell() == 0
    said = capsys.readouterr().err
    assert "::warning title=pipeline issue::GitHub refused" in said
    assert "::error" not in said


def test_without_reasons_it_points_to_the_log(github_has: GitHub) -> None:
    """A runner that died wrote nothing down."""
    tell("--why", "")
    assert issue.NOTHING in github_has.state["issues"][0]["body"]


def test_a_text_is_as_long_as_github_takes() -> None:
    """What is cut off says so, and the link stays."""
    said = issue.text(ABOUT, "x" * 2 * LIMIT, "https://github.com/a/b/actions/runs/7")
    assert len(said) == LIMIT
    assert issue.REST in said
    assert said.rstrip().endswith("mended.")


@pytest.mark.parametrize("about", ["", "a --> b", "<b>", "x" * 101, "a--b", "a\nb"])
def test_a_name_that_would_end_the_marker_is_refused(about: str) -> None:
    """It stands within a comment."""
    with pytest.raises(UserError, match="write up to 100"):
        issue.marker(about)


def test_outside_of_a_workflow_there_is_no_link(github_has: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person may call the verb, too."""
    monkeypatch.delenv("GITHUB_RUN_ID")
    tell("--why", "a")
    assert "[The run]" not in github_has.state["issues"][0]["body"]
