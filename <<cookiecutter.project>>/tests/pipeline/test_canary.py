"""Requests for an update keep AWS's bounds, and split whole instances."""

import tomllib

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import canary, policy
from pipeline.errors import UserError

from .conftest import REPOSITORY

CANARY = policy.parse(tomllib.loads((REPOSITORY / "policy.toml").read_text())).canary
GUARDED = canary.update(
    "flights-production",
    "new",
    canary_instances=1,
    bake_seconds=CANARY.shortest_seconds,
    final_seconds=CANARY.final_seconds,
    alarms=["one", "two"],
)
AT_ONCE = canary.at_once("flights-production", "new")


@pytest.mark.parametrize("request_", [GUARDED, AT_ONCE])
def test_requests_have_the_shape_of_the_api(request_: dict[str, object]) -> None:
    """botocore's own service model finds nothing wrong."""
    shape = get_session().get_service_model("sagemaker").operation_model("UpdateEndpoint").input_shape
    assert ParamValidator().validate(request_, shape).generate_report() == ""


@pytest.mark.parametrize(
    ("instances", "share", "expected"),
    [(2, 0.5, 1), (2, 0.1, 1), (3, 0.5, 1), (5, 0.4, 2), (10, 0.3, 3), (100, 0.29, 29), (7, 0.5, 3)],
)
def test_a_canary_takes_whole_instances(instances: int, share: float, expected: int) -> None:
    """One at least, half of the fleet at most, and never more than policy's share unless that is none."""
    assert canary.taken("e", instances, share) == expected


def test_a_canary_needs_two_instances() -> None:
    """One instance cannot be split, so the release is refused before anything is changed."""
    with pytest.raises(UserError, match="a canary needs 2 or more"):
        canary.taken("e", 1, 0.5)


def test_the_rollback_alarms_are_part_of_the_update() -> None:
    """An update without alarms would never roll back."""
    rollback = GUARDED["DeploymentConfig"]["AutoRollbackConfiguration"]
    assert rollback == {"Alarms": [{"AlarmName": "one"}, {"AlarmName": "two"}]}


def test_both_bakes_are_as_planned() -> None:
    """Beside the old fleet, then alone."""
    policy = GUARDED["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    waits = (
        policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"],
        policy["TerminationWaitInSeconds"],
    )
    assert waits == (CANARY.shortest_seconds, CANARY.final_seconds)


@pytest.mark.parametrize("bake", [600, 3600])
def test_time_limit_exceeds_the_waits(bake: int) -> None:
    """SageMaker refuses a limit below 600 s, below the sum of the waits, or above eight hours."""
    limit = canary.longest(bake, 3600)
    assert bake + 3600 < limit <= 28_800
    assert limit >= 600


def test_data_capture_is_not_retained() -> None:
    """Each configuration captures to its own prefix, while the instance count stays what scaling made it."""
    for request in (GUARDED, AT_ONCE):
        excluded = request["ExcludeRetainedVariantProperties"]
        assert (request["RetainAllVariantProperties"], excluded) == (
            True,
            [{"VariantPropertyType": "DataCaptureConfig"}],
        )
