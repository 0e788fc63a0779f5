"""The model registry."""

from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, published


def test_the_verbs_learn_the_group_that_is_made(platform: Recording) -> None:
    """The registry parameter names the model package group."""
    group = platform.one("ModelPackageGroup")["modelPackageGroupName"]
    assert group == names.model_package_group(PROJECT)
    assert published(platform, "platform", "registry") == {
        "repository": f"{PROJECT.github_owner}/{PROJECT.name}",
        "model_package_group": group,
    }
