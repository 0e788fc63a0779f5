"""The image repositories."""

import json

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, platform_with, published


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
    """The images parameter holds a URI per target, and no mirror where none is set."""
    known = published(platform, "platform", "images")
    assert set(known) == {"train", "serve", "mirror"}
    assert known["mirror"] is None


def test_the_verbs_learn_the_mirror_of_base_images() -> None:
    """The setting is published as it is."""
    recording = platform_with({"platform:registry_mirror": "mirror.example.com/docker"})
    assert published(recording, "platform", "images")["mirror"] == "mirror.example.com/docker"


@pytest.mark.parametrize("target", ["train", "serve"])
def test_images_of_registered_models_never_expire(platform: Recording, target: str) -> None:
    """The first rule holds them, and its count is out of reach; a later rule cannot expire them."""
    rules = json.loads(platform.one("LifecyclePolicy", target)["policy"])["rules"]
    first = min(rules, key=lambda rule: rule["rulePriority"])["selection"]
    assert (first["tagStatus"], first["tagPrefixList"]) == ("tagged", ["registered-"])
    assert first["countNumber"] > 10_000


def test_one_account_has_no_policy_on_its_repositories(platform: Recording) -> None:
    """IAM decides."""
    assert platform.all("RepositoryPolicy") == []
