"""The platform's settings: what is wrong is said before anything is made."""

import json
import re
from typing import Any

import pytest
from sandbox.stacks.program import SettingsError

from tests.infra.conftest import PROJECT, platform_with

JOB = {
    "instance_type": "ml.m5.large",
    "instance_count": 1,
    "volume_gb": 10,
    "max_runtime_seconds": 600,
    "volume_key": True,
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"volume_gb": 0}, "platform:train.volume_gb is 0: write a whole number from 1 to 16384"),
        ({"instance_count": 1.5}, "platform:train.instance_count is 1.5: write a whole number from 1 to 20"),
        ({"max_runtime_seconds": True}, "platform:train.max_runtime_seconds is True: write a whole number"),
        (
            {"instance_type": "m5.large"},
            "platform:train.instance_type is 'm5.large': write one such as ml.m5.large",
        ),
        ({"volume_key": "yes"}, "platform:train.volume_key is 'yes': write true or false"),
        ({"spot": True}, "platform:train must have exactly"),
    ],
)
def test_a_wrong_job_is_named_with_its_bound(change: dict[str, Any], sentence: str) -> None:
    """The key, what it is, what to write."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        platform_with({"platform:train": json.dumps({**JOB, **change})})


@pytest.mark.parametrize("region", ["", "mars-north-1"])
def test_a_region_other_than_the_projects_is_refused(region: str) -> None:
    """Names and policies are of project.toml's region."""
    with pytest.raises(SettingsError, match=f"write aws:region: {PROJECT.region} in Pulumi.platform.yaml"):
        platform_with({"aws:region": region})
