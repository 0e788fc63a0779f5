"""Whether there are images."""

from collections.abc import Callable
from typing import Any

from pipeline import names
from pipeline.checks import images


def test_before_the_first_model_there_are_repositories(cloud: Callable[[str], Any]) -> None:
    """That no model is registered is a warning only."""
    assert [one.level for one in images.look(names.project())] == ["ok", "ok", "warn"]


def test_a_missing_repository_is_named(cloud: Callable[[str], Any]) -> None:
    """The platform stack makes it."""
    cloud("ecr").delete_repository(repositoryName="flights/serve")
    found = images.look(names.project())[1]
    assert (found.level, found.found) == ("fail", "there is no repository flights/serve")


def test_a_model_without_its_image_cannot_be_released(
    cloud: Callable[[str], Any], register: Callable[..., int]
) -> None:
    """The newest registered model names an image that ECR does not have."""
    register()
    found = images.look(names.project())[-1]
    assert (found.level, "version 1 (Approved), is served by repository@sha256:1" in found.found) == (
        "fail",
        True,
    )


def test_a_model_with_its_image_is_well() -> None:
    """Its version is told."""
    newest = {"ModelPackageVersion": 3, "ModelApprovalStatus": "Approved"}
    assert images.registered(newest, "host/flights/serve@sha256:1", True).level == "ok"
