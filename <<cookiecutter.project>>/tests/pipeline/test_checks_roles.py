"""Whether GitHub is known, and every role is there, bounded and opened as its stack says."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.policies.documents import around, boundary
from pipeline import names
from pipeline.checks import roles
from pipeline.checks.roles import Role

from .test_checks_identity import HERE, PROJECT

PLACE = around(PROJECT, HERE)
ISSUER = "token.actions.githubusercontent.com"
RELEASE = "flights-eu-west-1-ci-release-production"
WANTED = roles.expected(PLACE, "production", boundary(HERE))


def opened(principal: dict[str, Any], operator: str, **claims: str) -> dict[str, Any]:
    """A trust policy of one statement, whose conditions are on claims of GitHub's token."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {operator: {f"{ISSUER}:{claim}": value for claim, value in claims.items()}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


GITHUB = {"Federated": f"arn:aws:iam::{HERE}:oidc-provider/{ISSUER}"}
CLAIMS = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:somebody/flights:environment:production",
    "ref": "refs/heads/main",
}


def judged(role: Role) -> list[roles.Finding]:
    """What is found where the release's role is `role` and all others are as they should be."""
    return roles.judge("production", WANTED, {**WANTED, RELEASE: role})


@pytest.mark.parametrize(
    ("audiences", "level"), [(None, "fail"), (["other"], "fail"), (["sts.amazonaws.com"], "ok")]
)
def test_the_issuer_must_be_known_for_our_audience(audiences: list[str] | None, level: str) -> None:
    """A token for somebody else opens nothing."""
    assert roles.provider(audiences).level == level


def test_good_roles_are_one_line() -> None:
    """A screen of good news would hide the bad."""
    (found,) = judged(Role(boundary(HERE), opened(GITHUB, "StringEquals", **CLAIMS)))
    assert found.level == "ok"
    assert found.found == "7 roles of production are there, bounded and opened as it says"


def test_a_missing_role_is_named() -> None:
    """With the stack that makes it."""
    (found,) = roles.judge("production", WANTED, {name: WANTED[name] for name in WANTED if name != RELEASE})
    assert (found.level, found.todo) == ("fail", "make up STACK=production")
    assert found.found == f"1 of production are missing: {RELEASE}"


@pytest.mark.parametrize("bound", [None, "arn:aws:iam::aws:policy/AdministratorAccess"])
def test_another_boundary_is_none(bound: str | None) -> None:
    """One that permits everything bounds nothing."""
    (found,) = judged(replace(WANTED[RELEASE], boundary=bound))
    assert found.level == "fail"
    assert found.found == f"{RELEASE} is bounded by {bound or 'nothing'}, not by {boundary(HERE)}"


@pytest.mark.parametrize(
    ("principal", "operator", "claims", "sentence"),
    [
        (
            GITHUB,
            "StringEquals",
            {"aud": "sts.amazonaws.com"},
            f"{ISSUER}:sub is missing, not repo:somebody/flights:environment:production",
        ),
        ({"AWS": "*"}, "StringEquals", CLAIMS, "Statement.Principal.AWS is *, not left out"),
        (
            GITHUB,
            "StringLike",
            {**CLAIMS, "sub": "repo:somebody/flights:*"},
            f"Condition.StringLike.{ISSUER}:sub is repo:somebody/flights:*, not left out",
        ),
        (
            {"Federated": f"arn:aws:iam::{HERE}:oidc-provider/example.com"},
            "StringEquals",
            CLAIMS,
            f"Federated is arn:aws:iam::{HERE}:oidc-provider/example.com, not {GITHUB['Federated']}",
        ),
        (
            GITHUB,
            "StringEquals",
            {**CLAIMS, "aud": "everybody"},
            f"{ISSUER}:aud is everybody, not sts.amazonaws.com",
        ),
        (
            GITHUB,
            "StringEquals",
            {"aud": CLAIMS["aud"], "sub": CLAIMS["sub"]},
            f"{ISSUER}:ref is missing, not refs/heads/main",
        ),
        (
            GITHUB,
            "StringEquals",
            {**CLAIMS, "sub": "repo:somebody/flights:environment:staging"},
            "is repo:somebody/flights:environment:staging, not repo:somebody/flights:environment:production",
        ),
    ],
    ids=["no subject", "everybody", "any subject", "provider", "audience", "no branch", "environment"],
)
def test_a_role_that_is_opened_otherwise_is_named(
    principal: dict[str, Any], operator: str, claims: dict[str, str], sentence: str
) -> None:
    """And what of its trust policy is not what the stack writes."""
    (found,) = judged(Role(boundary(HERE), opened(principal, operator, **claims)))
    assert (found.level, found.found.startswith(f"{RELEASE} is opened otherwise: ")) == ("fail", True)
    assert sentence in found.found


def test_one_more_way_in_is_one_too_many() -> None:
    """A second statement beside the right one."""
    trust = copy.deepcopy(WANTED[RELEASE].trust)
    trust["Statement"].append({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    (found,) = judged(Role(boundary(HERE), trust))
    assert "Statement.1.Principal.AWS is *, not left out" in found.found


def test_a_list_of_one_is_the_one() -> None:
    """As it is to IAM."""
    trust = copy.deepcopy(WANTED[RELEASE].trust)
    trust["Statement"] = {**trust["Statement"][0], "Action": ["sts:AssumeRoleWithWebIdentity"]}
    assert judged(Role(boundary(HERE), trust))[0].level == "ok"


def test_a_repository_with_numbers_has_them_in_its_roles() -> None:
    """Whoever takes over its name does not take over its roles."""
    numbered = replace(PROJECT, github_owner_id=7, github_repository_id=8)
    wanted = roles.expected(around(numbered, HERE), "production", boundary(HERE))
    wrong = [one.found for one in roles.judge("production", wanted, WANTED)]
    assert len(wrong) == 5  # of GitHub's; SageMaker and the registry's account open the other two
    assert all("not repo:somebody@7/flights@8:" in one for one in wrong)


def test_the_boundary_that_a_stack_names_is_the_one(cloud: Callable[[str], Any], project: Path) -> None:
    """Instead of the foundation's."""
    ours = "arn:aws:iam::123456789012:policy/ours"
    file = project / "infra/service/Pulumi.staging.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"config: {{service:boundary: '{ours}'}}")
    iam, place = cloud("iam"), around(names.project(), "123456789012")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.create_policy(PolicyName="ours", PolicyDocument=document)
    for name, role in roles.expected(place, "staging", ours).items():
        trust = json.dumps(role.trust)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, PermissionsBoundary=ours)
    (found,) = roles.look(project, place, "staging")
    assert found.level == "ok"


def test_an_empty_account_lacks_everything(cloud: Callable[[str], Any], project: Path) -> None:
    """The foundation, and every role of the stack."""
    (issuer,) = roles.look_provider()
    (line,) = roles.look(project, around(names.project(), "123456789012"), "staging")
    assert (issuer.level, line.found.count("flights-eu-west-1-")) == ("fail", 7)
