"""Requests for a guarded update keep AWS's bounds and watch the new configuration alone."""

import tomllib

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import canary, policy
from pipeline.errors import UserError

from .conftest import REPOSITORY

CANARY = policy.parse(tomllib.loads((REPOSITORY / "policy.toml").read_text())).canary
ALARM = canary.alarm("name", "flights-production", "new", policy=CANARY, topic=None, model="m")


def update(guarded: bool = True, instances: int = 2) -> dict[str, object]:
    """An UpdateEndpoint request."""
    return canary.update(
        "flights-production", "new", policy=CANARY, guarded=guarded, instances=instances, alarms=["name"]
    )


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("sagemaker", "UpdateEndpoint", update()),
        ("sagemaker", "UpdateEndpoint", update(guarded=False)),
        ("cloudwatch", "PutMetricAlarm", ALARM),
    ],
)
def test_requests_have_the_shape_of_the_api(
    service: str, operation: str, request_: dict[str, object]
) -> None:
    """botocore's own service model finds nothing wrong."""
    shape = get_session().get_service_model(service).operation_model(operation).input_shape
    assert ParamValidator().validate(request_, shape).generate_report() == ""


def test_a_canary_needs_two_instances() -> None:
    """One instance cannot be split, so the release is refused before anything is changed."""
    with pytest.raises(UserError, match="a canary needs 2 or more"):
        update(instances=1)


def test_the_rollback_alarm_is_part_of_the_update() -> None:
    """An update without alarms would never roll back."""
    assert update()["DeploymentConfig"]["AutoRollbackConfiguration"] == {  # type: ignore[index]
        "Alarms": [{"AlarmName": "name"}]
    }


def test_time_limit_exceeds_the_waits() -> None:
    """SageMaker refuses a limit below 600 s or below the sum of the waits."""
    assert canary.longest(CANARY) > max(599, CANARY.bake_seconds + CANARY.final_seconds)


def test_data_capture_is_not_retained() -> None:
    """Each configuration captures to its own prefix, while the instance count stays what scaling made it."""
    excluded = update()["ExcludeRetainedVariantProperties"]
    assert (update()["RetainAllVariantProperties"], excluded) == (
        True,
        [{"VariantPropertyType": "DataCaptureConfig"}],
    )


def test_the_alarm_can_be_reached() -> None:
    """The average of a metric that is 0 or 1 never exceeds 1."""
    assert (ALARM["Statistic"], ALARM["Threshold"] < 1) == ("Average", True)


def test_the_alarm_sees_the_new_fleet_alone() -> None:
    """Without EndpointConfigName the alarm would blend both fleets."""
    assert {"Name": "EndpointConfigName", "Value": "new"} in ALARM["Dimensions"]


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ([], "does not list it"),
        ([{**ALARM, "StateValue": "ALARM"}], "in ALARM before"),
        ([{**ALARM, "StateValue": "OK", "Dimensions": ALARM["Dimensions"][:2]}], "other dimensions"),
    ],
)
def test_an_alarm_that_cannot_guard_is_unfit(described: list[dict[str, object]], why: str) -> None:
    """The update is not begun with an alarm that is missing, ringing, or looking elsewhere."""
    assert why in str(canary.unfit(described, ALARM))


def test_a_new_alarm_is_fit() -> None:
    """A new alarm has no data yet, which is what it should look like."""
    assert canary.unfit([{**ALARM, "StateValue": "INSUFFICIENT_DATA"}], ALARM) is None
