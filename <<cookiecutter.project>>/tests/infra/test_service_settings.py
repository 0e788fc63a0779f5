"""The service's settings: what is wrong is said before anything is made."""

import re

import pytest
from sandbox.stacks.program import SettingsError

from tests.infra.conftest import service_with


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"service:instance_type": "m5"}, "service:instance_type is m5: write one such as ml.m5.large"),
        ({"service:instance_count": "1"}, "service:instance_count is 1: write a whole number from 2 to 100"),
        (
            {"service:instance_count": "two"},
            "service:instance_count is two: write a whole number from 2 to 100",
        ),
        (
            {"service:maximum_instances": "1"},
            "service:maximum_instances is 1: write a whole number from 2 to 100",
        ),
        ({"aws:region": "mars-north-1"}, "aws:region is mars-north-1, project.toml says"),
    ],
)
def test_a_wrong_setting_is_named_with_its_bound(change: dict[str, str], sentence: str) -> None:
    """The key, what it is, what to write; a canary of whole instances needs two."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        service_with("production", change)


def test_an_unknown_environment_is_refused() -> None:
    """The stack's name is the environment's."""
    with pytest.raises(SettingsError, match="the stack is qa: name it one of staging, production"):
        service_with("qa")
