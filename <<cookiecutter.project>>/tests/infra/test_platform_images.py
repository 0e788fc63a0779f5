"""The image repositories."""

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, published


@pytest.mark.parametrize("target", ["train", "serve"])
def test_a_tag_is_final_and_an_image_is_scanned(platform: Recording, target: str) -> None:
    """A tag stands for one image for ever."""
    repository = platform.one("Repository", target)
    assert repository["name"] == names.repository(PROJECT, target)
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}


def test_images_are_encrypted_with_the_projects_key(platform: Recording) -> None:
    """Both repositories name it."""
    keys = [one.inputs["encryptionConfigurations"][0]["kmsKey"] for one in platform.all("Repository")]
    assert keys == ["arn:Key-key"] * 2


def test_the_verbs_learn_both_repositories(platform: Recording) -> None:
    """The images parameter holds a URI per target."""
    assert set(published(platform, "platform", "images")) == {"train", "serve"}
