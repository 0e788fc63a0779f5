"""An environment's protection is read back from GitHub, and what is none is refused."""

from dataclasses import replace

import pytest

from pipeline.approval import protection
from pipeline.approval.protection import Protection
from tests.pipeline.approving import PROTECTED, protect
from tests.pipeline.known_github import GitHub

SOUND = Protection(reviewers=("ann",), own_review_prevented=True, branches=("main",))


@pytest.mark.usefixtures("project")
def test_what_github_says_is_read(github_has: GitHub) -> None:
    """Reviewers, whether they may review their own, who may bypass them, and branches."""
    protect(github_has)
    found = protection.read("production")
    assert found == replace(SOUND, bypassed_by_administrators=False)


@pytest.mark.usefixtures("project")
def test_an_environment_that_is_not_there_is_none(github_has: GitHub) -> None:
    """And nothing has made it by asking."""
    assert protection.read("production") is None
    assert [one["method"] for one in github_has.state["calls"]] == ["GET"]


def test_a_team_is_named() -> None:
    """As it is written in a mention."""
    rule = {"type": "required_reviewers", "reviewers": [{"type": "Team", "reviewer": {"slug": "ops"}}]}
    assert protection.of({"protection_rules": [rule]}, []).reviewers == ("the team ops",)


def test_a_wait_is_no_reviewer() -> None:
    """A timer asks nobody."""
    assert protection.of({"protection_rules": [{"type": "wait_timer", "wait_timer": 30}]}, []).reviewers == ()


def test_protected_branches_are_not_main_alone() -> None:
    """A rule for another branch would let that one deploy."""
    limits = {"protected_branches": True, "custom_branch_policies": False}
    found = protection.of({**PROTECTED, "deployment_branch_policy": limits}, [])
    assert "every protected branch may deploy" in str(protection.refusal("production", found))


def test_a_tag_called_main_is_not_the_branch() -> None:
    """Who may push tags could deploy whatever they like."""
    found = protection.of(PROTECTED, [{"name": "main", "type": "tag"}])
    assert protection.refusal("production", found) is not None


def test_reviewers_and_main_alone_are_enough() -> None:
    """The one protection that lets a release go on."""
    assert protection.refusal("production", SOUND) is None


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (None, "GitHub has no environment production, and the first job that names it would make one"),
        (replace(SOUND, reviewers=()), "has no required reviewers"),
        (replace(SOUND, branches=None), "every branch may deploy"),
        (replace(SOUND, branches=()), "no branch may deploy"),
        (replace(SOUND, branches=("main", "release/*")), "main, release/* may deploy"),
    ],
    ids=["absent", "no reviewers", "every branch", "no branch", "another branch"],
)
def test_what_is_not_protected_is_refused(found: Protection | None, sentence: str) -> None:
    """With what to do about it."""
    told = protection.refusal("production", found)
    assert told is not None and sentence in told
    assert "pipeline bootstrap" in told or "Settings > Environments > production" in told


def test_what_weakens_a_protection_that_holds_is_told() -> None:
    """Nobody is stopped by it, but it should be known."""
    told = protection.words("production", replace(SOUND, own_review_prevented=False))
    assert "also by who started it" in told and "administrators may bypass it" in told
