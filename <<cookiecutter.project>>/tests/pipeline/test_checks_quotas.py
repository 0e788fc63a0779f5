"""Whether the account may have enough instances at once."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, names
from pipeline.checks import quotas
from pipeline.errors import UserError

JOB = {"instance_type": "ml.m5.xlarge", "instance_count": 1, "spot": False}
SERVICE = {
    "service:instance_type": "ml.m5.large",
    "service:instance_count": 2,
    "service:maximum_instances": 4,
}
ENDPOINT = "ml.m5.large for endpoint usage"


def test_a_release_needs_both_fleets_at_their_largest() -> None:
    """Two environments in one account share the quota."""
    staging = {**SERVICE, "service:instance_count": 1, "service:maximum_instances": 1}
    assert quotas.wanted({"staging": staging, "production": SERVICE}) == {ENDPOINT: 2 * 1 + 2 * 4}


def test_jobs_count_by_their_kind() -> None:
    """Training, processing, and spot capacity have quotas of their own."""
    platform = {"aws:region": "eu-west-1", "platform:train": {**JOB, "spot": True}, "platform:evaluate": JOB}
    assert quotas.wanted({names.REGISTRY: platform}) == {
        "ml.m5.xlarge for spot training job usage": 1,
        "ml.m5.xlarge for processing job usage": 1,
    }


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"staging": {**SERVICE, "service:maximum_instances": "four"}},
            "service:maximum_instances is four: write",
        ),
        ({"staging": {"service:instance_type": "ml.m5.large"}}, "service:instance_count is missing: write"),
        (
            {names.REGISTRY: {"platform:train": {"instance_type": "ml.m5.large"}}},
            "platform:train.instance_count is missing: write a whole number",
        ),
    ],
)
def test_a_count_that_is_none_is_named(settings: dict[str, dict[str, Any]], sentence: str) -> None:
    """As `make up` would name it."""
    with pytest.raises(UserError, match=sentence):
        quotas.wanted(settings)


def test_a_quota_that_is_too_low_says_what_to_ask_for() -> None:
    """A new account has none of many types."""
    (found,) = quotas.judge({ENDPOINT: 10}, {ENDPOINT: 4})
    assert (found.level, found.found) == ("fail", f"{ENDPOINT}: 10 needed at once, 4 allowed")
    assert "ask for 10" in found.todo


def test_a_quota_that_just_fits_is_well() -> None:
    """The bound itself."""
    (found,) = quotas.judge({ENDPOINT: 4}, {ENDPOINT: 4.0})
    assert found.level == "ok"


def test_where_aws_tells_no_quota_what_is_needed_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody who may look can see whether the account has it."""

    def refused(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "ListServiceQuotas")

    monkeypatch.setattr(aws, "pages", refused)
    file = tmp_path / "infra/service/Pulumi.staging.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("config: {service:instance_type: ml.m5.large, service:instance_count: 1}")
    (found,) = quotas.look(tmp_path, ["staging"])
    assert found.level == "warn"
    assert found.todo == f"see in Service Quotas, Amazon SageMaker that the account has 2 of `{ENDPOINT}`"


def test_a_quota_that_aws_does_not_list_is_a_warning() -> None:
    """It may exist all the same."""
    (found,) = quotas.judge({ENDPOINT: 4}, {})
    assert found.level == "warn"
