"""The role of the endpoint's containers."""

from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, statements

Service = Callable[..., Recording]


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_an_endpoint_writes_its_own_capture_only(service: Service, environment: str) -> None:
    """It puts objects below its environment's prefix."""
    document = statements(service(environment).one("RolePolicy", "endpoint")["policy"])
    writes = [one for one in document if "s3:PutObject" in one["Action"]]
    assert [one["Resource"][0].split("/", 1)[1] for one in writes] == [f"capture/{environment}/*"]


def test_the_role_is_sagemakers_within_the_boundary(service: Service) -> None:
    """Its name is the one that the release role may pass."""
    role = service("production").one("Role", "endpoint")
    assert role["name"] == names.role(PROJECT, "endpoint-production")
    assert role["permissionsBoundary"] == "arn:aws:iam::123456789012:policy/mlops-boundary"
    assert statements(role["assumeRolePolicy"])[0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}


def test_no_action_is_a_wildcard(service: Service) -> None:
    """Each action is named."""
    document = statements(service("production").one("RolePolicy", "endpoint")["policy"])
    assert [action for one in document for action in one["Action"] if "*" in action] == []
