"""One request to GitHub: what it answers, and what a refusal says."""

import pytest

from pipeline import github
from pipeline.errors import UserError
from tests.pipeline.known_github import GitHub

COMMENTS = "repos/somebody/flights/issues/7/comments"


def test_an_answer_is_json(github_has: GitHub) -> None:
    """As GitHub gives it."""
    github.api("POST", COMMENTS, {"body": "hello"})
    [comment] = github.api("GET", COMMENTS)
    assert comment["body"] == "hello"


@pytest.mark.parametrize("entries", [0, 99, 100, 101, 250])
def test_a_list_has_every_page(github_has: GitHub, entries: int) -> None:
    """GitHub gives 100 at once; whoever looks at the first page misses the rest."""
    github_has.set(comments={"7": [{"id": one, "body": str(one)} for one in range(entries)]})
    assert [one["id"] for one in github.listed(COMMENTS)] == list(range(entries))


def test_no_content_is_none(github_has: GitHub) -> None:
    """HTTP 204."""
    assert github.api("POST", "repos/a/b/actions/workflows/release.yml/dispatches", {"ref": "main"}) is None


def test_what_is_absent_is_none(github_has: GitHub) -> None:
    """HTTP 404, where one may ask whether there is any."""
    assert github.find("repos/somebody/flights/environments/production") is None


def test_a_refusal_names_request_and_status(github_has: GitHub) -> None:
    """A person sees what was asked, a program the number."""
    github_has.refuse(f"GET {COMMENTS}", 403)
    with pytest.raises(github.GithubError, match=rf"GET {COMMENTS}: .*HTTP 403") as stop:
        github.find(COMMENTS)
    assert stop.value.status == 403


def test_without_gh_it_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of whoever runs it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"cli\.github\.com"):
        github.api("GET", "repos/a/b")


@pytest.mark.usefixtures("project")
def test_the_repository_is_the_workflows_else_the_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork's workflow speaks of the fork."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert github.repository() == "somebody/flights"
    monkeypatch.setenv("GITHUB_REPOSITORY", "else/flights")
    assert github.repository() == "else/flights"
