"""The service's settings: what is wrong is said before anything is made."""

import re
import tomllib

import pytest
from sandbox.stacks.program import SettingsError

from pipeline import names, policy
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
            {"service:instance_type": "ml.banana"},
            "service:instance_type is ml.banana: write an instance type such as",
        ),
        (
            {"service:permitted_instance_types": '["ml.c5.large"]'},
            "service:instance_type is ml.m5.large, which is not permitted: write one of ml.c5.large",
        ),
        ({"service:monthly_budget_usd": "0"}, "service:monthly_budget_usd is 0: write a whole number from 1"),
        ({"service:log_retention_days": "31"}, "service:log_retention_days is 31: write one of 1, 3, 5"),
        ({"service:subnets": '["subnet-0a1b2c3d"]'}, "service:security_groups is missing: write both lists"),
        (
            {"service:permitted_instance_type": "ml.m5.large"},
            "service:permitted_instance_type is unknown: write one of boundary, github_connection, ins",
        ),
        (
            {"service:github_connection": "arn:aws:events:us-east-1:1:connection/github/0a"},
            "service:github_connection is arn:aws:events:us-east-1:1:connection/github/0a: write the ARN",
        ),
        ({"service:boundary": "mine"}, "service:boundary is mine: write the ARN of a policy of this account"),
    ],
)
def test_a_wrong_setting_is_named_with_its_bound(change: dict[str, str], sentence: str) -> None:
    """The key, what it is, what to write; a canary of whole instances needs two."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        service_with("production", change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"availability": 1.2},
            "slo.availability = 1.2 is out of bounds: write a number from 0.5 to 0.99999",
        ),
        ({"availabilty": 0.99}, "unknown key slo.availabilty: write one of availability"),
    ],
)
def test_a_policy_that_is_wrong_stops_the_program(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, float], sentence: str
) -> None:
    """In the policy's own words."""
    document = tomllib.loads((names.root() / "policy.toml").read_text())
    document["slo"] |= change
    monkeypatch.setattr(policy, "load", lambda: policy.parse(document))
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        service_with("production")


@pytest.mark.parametrize(
    "key", ["instance_type", "instance_count", "monthly_budget_usd", "log_retention_days"]
)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """It is not guessed."""
    with pytest.raises(SettingsError, match=f"service:{key} is missing: write"):
        service_with("production", {f"service:{key}": ""})


def test_an_unknown_environment_is_refused() -> None:
    """The stack's name is the environment's."""
    with pytest.raises(SettingsError, match="the stack is qa: name it one of staging, production"):
        service_with("qa")
