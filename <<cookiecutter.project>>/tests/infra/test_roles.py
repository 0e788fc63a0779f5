"""The roles that the stacks make."""

from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

BOUNDARY = "arn:aws:iam::123456789012:policy/mlops-boundary"


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_every_role_of_an_environment_is_bounded(service: Callable[..., Recording], environment: str) -> None:
    """None is without the account's boundary."""
    roles = service(environment).all("Role")
    assert {one.inputs["permissionsBoundary"] for one in roles} == {BOUNDARY}


def test_every_role_of_the_platform_is_bounded(platform: Recording) -> None:
    """None is without the account's boundary."""
    assert {one.inputs["permissionsBoundary"] for one in platform.all("Role")} == {BOUNDARY}


def test_a_role_has_one_policy(platform: Recording) -> None:
    """Of its own name in the stack."""
    named = [sorted(one.name for one in platform.all(kind)) for kind in ("Role", "RolePolicy")]
    assert named[0] == named[1]
