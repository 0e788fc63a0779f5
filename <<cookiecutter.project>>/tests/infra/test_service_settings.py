"""The service's settings: what is wrong is said before anything is made."""

import re

import pytest
from sandbox.stacks.program import SettingsError

from tests.infra.conftest import service_with


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"service:instance_type": "m5"},
            "service:instance_type is m5: write an instance type such as ml.m5.large",
        ),
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
        (
            {"service:instance_type": "ml.m5"},
            "service:instance_type is ml.m5: write an instance type such as",
        ),
        (
            {"service:permitted_instance_types": '["ml.c5.large"]'},
            "service:instance_type is ml.m5.large, which is not permitted: write one of ml.c5.large",
        ),
        ({"service:monthly_budget_usd": "0"}, "service:monthly_budget_usd is 0: write a whole number from 1"),
        ({"service:log_retention_days": "31"}, "service:log_retention_days is 31: write one of 1, 3, 5"),
        ({"service:subnets": '["subnet-0a1b2c3d"]'}, "service:security_groups is missing: write both lists"),
        ({"service:boundary": "mine"}, "service:boundary is mine: write the ARN of a policy of this account"),
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
