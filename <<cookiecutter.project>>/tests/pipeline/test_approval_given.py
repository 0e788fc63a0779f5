"""Who let a run into an environment: GitHub says it, and a program is nobody."""

import pytest

from pipeline.approval import given
from pipeline.errors import RefusalError, UserError
from tests.pipeline.approving import RUN, in_a_run, review, run_of
from tests.pipeline.known_github import GitHub

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture(autouse=True)
def job(monkeypatch: pytest.MonkeyPatch) -> None:
    """This is a job of a run."""
    in_a_run(monkeypatch)


def test_who_approved_is_named_once(github_has: GitHub) -> None:
    """However often."""
    github_has.set(approvals={RUN: [review("ann"), review("ann"), review("bob")]})
    assert given.reviewed("production") == {"form": "reviewers", "by": ["ann", "bob"]}


@pytest.mark.parametrize(
    "reviews",
    [[], [review(state="rejected")], [review(state="pending")], [review(environment="infra-production")]],
    ids=["none", "rejected", "pending", "another environment"],
)
def test_what_nobody_approved_is_refused(github_has: GitHub, reviews: list[dict[str, object]]) -> None:
    """Although the job runs: a bypass, or a protection that is gone meanwhile, is no approval."""
    github_has.set(approvals={RUN: reviews})
    with pytest.raises(RefusalError, match="nobody has approved production in run 7"):
        given.reviewed("production")


def test_who_started_it_by_hand_is_named(github_has: GitHub) -> None:
    """With the environment chosen."""
    github_has.set(runs={RUN: run_of("bob")})
    assert given.started("production", chosen=True) == {"form": "by-hand", "by": ["bob"]}


def test_who_ran_it_again_is_named_and_not_who_was_first(github_has: GitHub) -> None:
    """Theirs is the hand."""
    github_has.set(runs={RUN: run_of("bob") | {"triggering_actor": {"login": "eve", "type": "User"}}})
    assert given.started("production", chosen=True)["by"] == ["eve"]


@pytest.mark.parametrize(
    ("run", "chosen", "sentence"),
    [
        (run_of("github-actions[bot]", "Bot"), True, r"github-actions\[bot\] is a program"),
        (run_of("ann"), False, "nobody has chosen it"),
        (run_of("ann", event="push"), True, "nobody has chosen it"),
    ],
    ids=["a program", "not chosen", "no dispatch"],
)
def test_what_nobody_started_is_refused(
    github_has: GitHub, run: dict[str, object], chosen: bool, sentence: str
) -> None:
    """And the sentence says what to press."""
    github_has.set(runs={RUN: run})
    with pytest.raises(RefusalError, match=f"{sentence}.*start the workflow release yourself"):
        given.started("production", chosen=chosen)


def test_outside_of_a_workflow_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no run."""
    monkeypatch.delenv("GITHUB_RUN_ID")
    with pytest.raises(UserError, match="no workflow's job"):
        given.run_id()
