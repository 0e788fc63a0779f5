"""What holds for both programs."""

from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import tree
from tests.infra.conftest import INFRA, PROJECT

UNTAGGABLE = {
    "Alias",
    "BucketPolicy",
    "BucketPublicAccessBlock",
    "BucketServerSideEncryptionConfiguration",
    "BucketLifecycleConfiguration",
    "BucketVersioning",
    "LifecyclePolicy",
    "Dashboard",
    "EventApiDestination",
    "EventTarget",
    "Policy",
    "RolePolicy",
    "TopicSubscription",
}


@pytest.fixture(scope="module")
def both(platform: Recording, service: Callable[..., Recording]) -> list[tuple[str, Recording]]:
    """Platform and production, with the environment that each is tagged with."""
    return [("platform", platform), ("production", service("production", "prepared"))]


def test_everything_that_can_be_tagged_says_whose_it_is(both: list[tuple[str, Recording]]) -> None:
    """Project, environment, owner, and the commit that it was made from."""
    for environment, recording in both:
        expected = {
            "project": PROJECT.name,
            "environment": environment,
            "owner": PROJECT.owner_email,
            "commit": tree.read().commit or "none",
        }
        for resource in recording.resources:
            if resource.type.split(":")[-1] not in UNTAGGABLE:
                assert resource.inputs.get("tags") == expected, resource.urn


def test_everything_lies_within_a_component(both: list[tuple[str, Recording]]) -> None:
    """Every resource has one of ours as its parent."""
    outside = [
        one.urn for _, recording in both for one in recording.resources if "mlops:index:" not in one.urn
    ]
    assert outside == []


@pytest.mark.parametrize("program", ["platform", "service"])
def test_a_main_module_is_a_table_of_contents(program: str) -> None:
    """Under 60 lines."""
    assert len((INFRA / program / "__main__.py").read_text().splitlines()) < 60
