"""The roles of an environment."""

from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, statements

Service = Callable[..., Recording]
GITHUB = "token.actions.githubusercontent.com"
PURPOSES = ("observe", "ci-preview", "ci-release", "ci-rollback", "ci-infra", "ci-monitor")


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_each_purpose_has_its_role(service: Service, environment: str) -> None:
    """With the name that workflows and verbs derive."""
    named = {one.inputs["name"] for one in service(environment).all("Role")}
    assert {names.role(PROJECT, f"{one}-{environment}") for one in PURPOSES} <= named


@pytest.mark.parametrize(
    ("purpose", "claim"),
    [
        ("ci-release", "environment:production"),
        ("ci-rollback", "environment:rollback"),
        ("ci-infra", "environment:infra-production"),
        ("ci-monitor", "ref:refs/heads/main"),
    ],
)
def test_a_role_is_opened_by_its_own_job(service: Service, purpose: str, claim: str) -> None:
    """The subject ends in the job's environment, branch or event."""
    (trusted,) = statements(service("production").one("Role", purpose)["assumeRolePolicy"])
    assert trusted["Condition"]["StringEquals"][f"{GITHUB}:sub"].endswith(f":{claim}")


def test_the_registry_looks_through_a_role_of_its_own(service: Service) -> None:
    """The registry's account says who may."""
    (trusted,) = statements(service("production").one("Role", "observe")["assumeRolePolicy"])
    assert trusted["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_a_release_may_take_as_long_as_its_policy_allows(service: Service) -> None:
    """Two bakes of an hour each, and the start of instances."""
    assert service("production").one("Role", "ci-release")["maxSessionDuration"] == 4 * 3600
    assert service("production").one("Role", "ci-preview")["maxSessionDuration"] == 3600


def test_every_role_carries_the_accounts_boundary(service: Service) -> None:
    """Each of them."""
    boundaries = {one.inputs["permissionsBoundary"] for one in service("staging").all("Role")}
    assert boundaries == {"arn:aws:iam::123456789012:policy/mlops-boundary"}
