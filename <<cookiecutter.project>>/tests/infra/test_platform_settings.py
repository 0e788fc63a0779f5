"""The platform's settings: what is wrong is said before anything is made."""

import json
import re
from typing import Any

import pytest
from sandbox.stacks.program import SettingsError
from sandbox.stacks.recording import record

from tests.infra.conftest import INFRA, PROJECT, platform_with, published

JOB = {
    "instance_type": "ml.m5.large",
    "instance_count": 1,
    "volume_gb": 10,
    "max_runtime_seconds": 600,
    "spot": False,
}


def test_a_project_has_one_platform() -> None:
    """Another stack of the program would make the same names again."""
    with pytest.raises(SettingsError, match="the stack is dev: name it platform, a project has one"):
        record(INFRA / "platform", "dev", PROJECT.region)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"volume_gb": 0}, "platform:train.volume_gb is 0: write a whole number from 1 to 16384"),
        ({"instance_count": 1.5}, "platform:train.instance_count is 1.5: write a whole number from 1 to 20"),
        ({"max_runtime_seconds": True}, "platform:train.max_runtime_seconds is True: write a whole number"),
        (
            {"instance_type": "m5.large"},
            "platform:train.instance_type is m5.large: write an instance type such as ml.m5.large",
        ),
        (
            {"instance_type": "ml.banana"},
            "platform:train.instance_type is ml.banana: write an instance type such as ml.m5.large",
        ),
        ({"spot": "yes"}, "platform:train.spot is 'yes': write true or false"),
        ({"volume_key": True}, "platform:train must have exactly"),
    ],
)
def test_a_wrong_job_is_named_with_its_bound(change: dict[str, Any], sentence: str) -> None:
    """The key, what it is, what to write."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        platform_with({"platform:train": json.dumps({**JOB, **change})})


@pytest.mark.parametrize(
    ("train", "evaluate", "longest"),
    [
        ({"max_runtime_seconds": 7201}, {"max_runtime_seconds": 3600}, 12601),
        ({"max_runtime_seconds": 3601, "spot": True}, {"max_runtime_seconds": 3600}, 12602),
    ],
)
def test_jobs_that_may_outlast_the_session_are_refused(
    train: dict[str, Any], evaluate: dict[str, Any], longest: int
) -> None:
    """Else the workflow that waits for them would lose its credentials half-way."""
    changed = {"train": {**JOB, **train}, "evaluate": {**JOB, **evaluate}}
    sentence = (
        f"platform:validate and platform:train and platform:evaluate may take {longest} seconds together"
    )
    with pytest.raises(SettingsError, match=sentence):
        platform_with({f"platform:{name}": json.dumps(job) for name, job in changed.items()})


def test_jobs_that_just_fit_are_taken() -> None:
    """The bound itself, spot capacity waited for."""
    train = {**JOB, "max_runtime_seconds": 3600, "spot": True}
    evaluate = {**JOB, "max_runtime_seconds": 3600}
    recording = platform_with(
        {"platform:train": json.dumps(train), "platform:evaluate": json.dumps(evaluate)}
    )
    assert published(recording, "platform", "jobs", "train")["max_wait_seconds"] == 7200


@pytest.mark.parametrize("region", ["", "mars-north-1"])
def test_a_region_other_than_the_projects_is_refused(region: str) -> None:
    """Names and policies are of project.toml's region."""
    with pytest.raises(SettingsError, match=f"write aws:region: {PROJECT.region} in Pulumi.platform.yaml"):
        platform_with({"aws:region": region})


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("capture_days", "0", "platform:capture_days is 0: write a whole number from 1 to 3650"),
        ("images_kept", "many", "platform:images_kept is many: write a whole number from 2 to 1000"),
        (
            "registry_mirror",
            "https://m.example.com",
            "write host and path alone, such as mirror.example.com/docker",
        ),
        ("evaluate", json.dumps({**JOB, "spot": True}), "AWS has spot capacity for training jobs alone"),
    ],
)
def test_a_wrong_setting_is_named_with_its_bound(setting: str, value: str, sentence: str) -> None:
    """The key, what it is, what to write."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        platform_with({f"platform:{setting}": value})
