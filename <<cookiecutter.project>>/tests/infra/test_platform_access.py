"""The roles of the workflows' jobs."""

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, statements

GITHUB = "token.actions.githubusercontent.com"
CLAIMS = {
    "preview": "pull_request",
    "retrain": "ref:refs/heads/main",
    "release-staging": "environment:staging",
    "release-production": "environment:production",
    "rollback": "environment:rollback",
    "infra": "environment:infra",
}


@pytest.mark.parametrize(("purpose", "claim"), CLAIMS.items())
def test_one_repository_and_one_claim_open_a_role(platform: Recording, purpose: str, claim: str) -> None:
    """Audience and subject are compared whole: no pattern, no other repository, branch or environment."""
    (trust,) = statements(platform.one("Role", purpose)["assumeRolePolicy"])
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"}
    assert trust["Condition"] == {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": f"repo:{PROJECT.github_owner}/{PROJECT.name}:{claim}",
        }
    }


def test_every_role_carries_the_accounts_boundary(platform: Recording) -> None:
    """Jobs and workflows alike."""
    boundaries = {one.inputs["permissionsBoundary"] for one in platform.all("Role")}
    assert boundaries == {"arn:aws:iam::123456789012:policy/mlops-boundary"}


def test_every_role_has_the_name_that_the_verbs_derive(platform: Recording) -> None:
    """One name per purpose."""
    purposes = [*CLAIMS, "train", "evaluate"]
    assert {one.inputs["name"] for one in platform.all("Role")} == {
        names.role(PROJECT, one) for one in purposes
    }
