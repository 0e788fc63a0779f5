"""The verdict is read off DescribeEndpoint."""

import pytest

from pipeline import verdict

OLD, NEW = "config-old", "config-new"


def described(status: str, config: str, pending: str | None = None, **more: str) -> dict[str, object]:
    """A DescribeEndpoint answer."""
    summary = {"PendingDeploymentSummary": {"EndpointConfigName": pending}} if pending else {}
    return {"EndpointStatus": status, "EndpointConfigName": config, **summary, **more}


def test_serving_what_was_asked_is_promoted() -> None:
    """InService with the configuration asked for is the one success."""
    assert verdict.derive(described("InService", NEW), OLD, NEW) == "promoted"


def test_in_service_alone_is_no_success() -> None:
    """An endpoint that rolled back is InService too, with the old configuration."""
    assert verdict.derive(described("InService", OLD), OLD, NEW) == "rolled_back"


def test_a_third_configuration_is_a_failure() -> None:
    """Somebody else's configuration is neither promotion nor rollback."""
    assert verdict.derive(described("InService", "config-other"), OLD, NEW) == "failed"


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_a_busy_endpoint_has_no_verdict(status: str) -> None:
    """While SageMaker works there is nothing to say, even when the configuration is already the new one."""
    assert verdict.derive(described(status, NEW), OLD, NEW) is None


def test_a_pending_deployment_has_no_verdict() -> None:
    """InService with an update pending is not over."""
    assert verdict.derive(described("InService", OLD, pending=NEW), OLD, NEW) is None


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_an_endpoint_out_of_service_is_a_failure(status: str) -> None:
    """Serving the asked configuration does not count when the endpoint is not in service."""
    assert verdict.derive(described(status, NEW), OLD, NEW) == "failed"


def test_the_first_release_cannot_be_rolled_back() -> None:
    """Without a configuration before, another one than asked is a failure."""
    assert verdict.derive(described("InService", OLD), None, NEW) == "failed"


def test_an_alarm_makes_a_rollback_the_backstops() -> None:
    """The alarm's own reason is the reason, and the exit code is 12."""
    outcome = verdict.explain(described("InService", OLD), "rolled_back", NEW, "Threshold Crossed")
    assert (outcome.cause, outcome.reason, outcome.code) == ("backstop", "Threshold Crossed", 12)


def test_a_rollback_without_alarm_is_provisioning() -> None:
    """The endpoint's reason is the reason, and the exit code is 20."""
    outcome = verdict.explain(
        described("InService", OLD, FailureReason="no capacity"), "rolled_back", NEW, None
    )
    assert (outcome.cause, outcome.reason, outcome.code) == ("provision", "no capacity", 20)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (verdict.Outcome("promoted", None, ""), 0),
        (verdict.Outcome("refused", "registry", ""), 1),
        (verdict.Outcome("prepared", None, ""), 3),
        (verdict.Outcome("rolled_back", "contract", ""), 10),
        (verdict.Outcome("failed", "provision", ""), 20),
    ],
)
def test_exit_codes(outcome: verdict.Outcome, code: int) -> None:
    """Each outcome has the exit code that the workflows rely on."""
    assert outcome.code == code


def test_the_stage_names_what_the_new_fleet_does() -> None:
    """The progress line shows the pending deployment's variant status."""
    pending = {"EndpointConfigName": NEW, "ProductionVariants": [{"VariantStatus": [{"Status": "Baking"}]}]}
    answer = {"EndpointStatus": "Updating", "PendingDeploymentSummary": pending}
    assert verdict.stage(answer) == "Updating, Baking"
