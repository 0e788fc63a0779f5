"""Whether GitHub is known, and every role is there, bounded, and opened by this repository."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipeline import names
from pipeline.checks import roles
from pipeline.checks.roles import Role

from .test_checks_identity import PROJECT

BOUND = "arn:aws:iam::111111111111:policy/mlops-boundary"


def trust(subject: str) -> dict[str, Any]:
    """A trust policy for tokens of `subject`."""
    return {"Statement": [{"Condition": {"StringEquals": {roles.CLAIM: subject}}}]}


OURS = Role(BOUND, trust("repo:somebody/flights:environment:staging"))


@pytest.mark.parametrize(
    ("audiences", "level"), [(None, "fail"), (["other"], "fail"), (["sts.amazonaws.com"], "ok")]
)
def test_the_issuer_must_be_known_for_our_audience(audiences: list[str] | None, level: str) -> None:
    """A token for somebody else opens nothing."""
    assert roles.provider(audiences).level == level


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        (None, "1 of staging are missing: r"),
        (Role(None, OURS.trust), "r has no permission boundary"),
        (
            Role(BOUND, trust("repo:other/flights:pull_request")),
            "r is opened by repo:other/flights:pull_request",
        ),
    ],
)
def test_what_is_wrong_with_a_role_is_said(role: Role | None, sentence: str) -> None:
    """Missing, unbounded, or another repository's."""
    (found,) = roles.judge(PROJECT, "staging", {"r": role})
    assert (found.level, found.found.startswith(sentence)) == ("fail", True)


def test_good_roles_are_one_line() -> None:
    """A screen of good news would hide the bad."""
    execution = Role(BOUND, {"Statement": [{"Principal": {"Service": "sagemaker.amazonaws.com"}}]})
    (found,) = roles.judge(PROJECT, "staging", {"r": OURS, "e": execution})
    assert (found.level, found.found) == ("ok", "2 roles of staging are there, each within a boundary")


def test_a_repository_with_numbers_has_them_in_its_subject() -> None:
    """Whoever takes over its name does not take over its roles."""
    numbered = replace(PROJECT, github_owner_id=7, github_repository_id=8)
    assert roles.repository(numbered) == "repo:somebody@7/flights@8:"
    (found,) = roles.judge(numbered, "staging", {"r": OURS})
    assert found.level == "fail"


def test_an_empty_account_lacks_everything(cloud: Callable[[str], Any]) -> None:
    """The foundation, and every role of the stack."""
    (issuer,) = roles.look_provider()
    missing = roles.look(names.project(), "staging")
    (line,) = missing
    assert (issuer.level, line.found.count("flights-eu-west-1-")) == ("fail", len(roles.ENVIRONMENT))
