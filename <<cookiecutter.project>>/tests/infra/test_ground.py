"""What a stack stands on: refused with a sentence before anything is made."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pulumi
import pulumi_aws as aws
import pytest
from sandbox.stacks.program import SettingsError
from sandbox.stacks.recording import Recording

from infra import ground
from infra.policies.documents import Place
from pipeline import names
from pipeline.errors import UserError
from tests.infra.conftest import PROJECT, platform_with, service_with

HERE = "111111111111"


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        (
            "boundary",
            "mlops",
            "platform:boundary is mlops: write the ARN of a policy of this account, arn:aws:iam::",
        ),
        ("subnets", '["subnet-0a"]', "platform:security_groups is missing: write both lists, or neither"),
        ("subnets", '"subnet-0a"', "platform:subnets is 'subnet-0a': write a list of at most 16"),
        ("security_groups", '["subnet-0a"]', "write a list of at most 5, such as [sg-0a1b2c3d]"),
        ("permitted_instance_types", '["m5.large"]', "write a list such as [ml.m5.large]"),
        ("permitted_instance_types", '["ml.banana"]', "write a list such as [ml.m5.large]"),
        (
            "permitted_instance_types",
            '["ml.m5.large"]',
            "platform:train.instance_type is ml.m5.xlarge, which is not permitted: write one of ml.m5.large",
        ),
        (
            "subnet",
            '"subnet-0a"',
            "platform:subnet is unknown: write one of boundary, capture_days, evaluate",
        ),
        ("monitors", "{}", "platform:monitors is unknown: write one of"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, value: str, sentence: str) -> None:
    """The key, what it is, what to write."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        platform_with({f"platform:{setting}": value})


@pytest.mark.parametrize("run", [platform_with, lambda: service_with("production")])
def test_a_project_that_is_wrong_stops_the_program(
    monkeypatch: pytest.MonkeyPatch, run: Callable[[], Recording]
) -> None:
    """In the project's own words."""

    def wrong() -> None:
        raise UserError("project.toml: unknown key reigon: write one of name, region")

    monkeypatch.setattr(names, "project", wrong)
    with pytest.raises(
        SettingsError, match=r"^project\.toml: unknown key reigon: write one of name, region$"
    ):
        run()


def test_what_other_programs_and_providers_are_told_is_theirs() -> None:
    """A key of another namespace is not looked at."""
    ground.known_keys("service", {"aws:region", "platform:monitors", "service:boundary"}, ground.KEYS)


def test_a_boundary_of_the_organisation_is_carried_by_every_role() -> None:
    """Instead of the foundation's."""
    arn = "arn:aws:iam::123456789012:policy/security/limits"
    recording = platform_with({"platform:boundary": arn})
    assert {one.inputs["permissionsBoundary"] for one in recording.all("Role")} == {arn}


def test_a_boundary_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS would make the roles, and let them do nothing."""

    def missing(arn: str) -> None:
        raise RuntimeError("NoSuchEntity")

    monkeypatch.setattr(aws.iam, "get_policy", missing)
    with pytest.raises(pulumi.RunError, match="apply the account's foundation first, or write the ARN"):
        ground.boundary(pulumi.Config("platform"), HERE)


def test_credentials_of_another_account_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both accounts are named."""
    accounts = {"registry": HERE, "staging": "222222222222", "production": "333333333333"}
    monkeypatch.setattr(aws, "get_caller_identity", lambda: SimpleNamespace(account_id=HERE))
    place = Place(project=PROJECT, accounts=accounts)
    assert ground.own_account(place, "registry") == HERE
    with pytest.raises(
        pulumi.RunError, match=f"reach account {HERE}, project.toml puts staging into 222222222222"
    ):
        ground.own_account(place, "staging")


def test_the_commit_of_what_exists_is_left_alone() -> None:
    """Of all that is tagged; the rest ignores nothing."""
    recording = platform_with()
    assert {one.ignored for one in recording.all("Role")} == {('tags["commit"]',)}
    assert {one.ignored for one in recording.all("RolePolicy")} == {()}
