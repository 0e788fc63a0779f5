"""The verdict is read off DescribeEndpoint."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline import ledger, verdict

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


@pytest.mark.parametrize("status", ["Failed", "OutOfService"])
def test_an_endpoint_out_of_service_is_a_failure(status: str) -> None:
    """Serving the asked configuration does not count when the endpoint is not in service."""
    assert verdict.derive(described(status, NEW), OLD, NEW) == "failed"


def test_a_rollback_that_failed_is_stuck() -> None:
    """AWS does not go on by itself."""
    assert verdict.derive(described("UpdateRollbackFailed", OLD), OLD, NEW) == "stuck"


def test_the_first_release_cannot_be_rolled_back() -> None:
    """Without a configuration before, another one than asked is a failure."""
    assert verdict.derive(described("InService", OLD), None, NEW) == "failed"


ONE = ledger.Record(
    release="production-v1",
    environment="production",
    kind="release",
    version=1,
    config_before=OLD,
    config_asked=NEW,
    model="model-1",
    details={"begun": "2026-03-01T12:00:00+00:00"},
)


def fired(signal: str, minute: int = 5, after: str = "ALARM") -> dict[str, str]:
    """One change of an alarm, some minutes after noon; the update began at noon."""
    at = f"2026-03-01T12:{minute:02}:00+00:00"
    return {"at": at, "signal": signal, "before": "OK", "after": after, "reason": f"{signal} crossed"}


def taken_back(*history: dict[str, str], record: ledger.Record = ONE, **more: str) -> verdict.Outcome:
    """The outcome of a rollback at a quarter past twelve."""
    answer = {
        **described("InService", OLD, **more),
        "LastModifiedTime": datetime(2026, 3, 1, 12, 15, tzinfo=UTC),
    }
    return verdict.explain(answer, "rolled_back", record, history)


@pytest.mark.parametrize(
    ("signal", "cause", "code"),
    [
        ("reject", "judge", 10),
        ("heartbeat", "heartbeat", 11),
        ("errors", "backstop", 12),
        ("latency", "backstop", 12),
    ],
)
def test_the_alarm_that_fired_is_the_cause(signal: str, cause: str, code: int) -> None:
    """Its own reason is the reason, and each cause has its exit code."""
    outcome = taken_back(fired(signal))
    assert (outcome.cause, outcome.reason, outcome.code) == (cause, f"{signal} crossed", code)


def test_the_first_alarm_is_the_cause() -> None:
    """What fires afterwards watches a fleet that is on its way out."""
    assert taken_back(fired("heartbeat", 9), fired("errors", 4)).cause == "backstop"


@pytest.mark.parametrize("history", [fired("heartbeat", 20), fired("errors", 5, after="OK")])
def test_an_alarm_after_the_update_is_no_cause(history: dict[str, str]) -> None:
    """A dead process's heartbeat also stops when machines were the trouble; a return to OK is no alarm."""
    assert taken_back(history, FailureReason="no capacity").cause == "provision"


def test_an_alarm_before_the_update_is_no_cause() -> None:
    """While it was armed there was nothing to take back."""
    later = ONE.having(begun="2026-03-01T12:06:00+00:00")
    assert taken_back(fired("heartbeat", 5), record=later).cause == "provision"


def test_a_person_who_aborts_is_the_cause() -> None:
    """The reject alarm is the lever, the ledger knows whose hand."""
    outcome = taken_back(fired("reject"), record=replace(ONE, aborted_by="somebody"))
    assert (outcome.cause, outcome.reason, outcome.code) == ("human", "aborted by somebody", 13)


def test_the_judges_own_sentence_is_the_reason() -> None:
    """An alarm says no more than that a threshold was crossed."""
    record = ONE.having(
        judged={"at": "2026-03-01T12:04:00+00:00", "sentence": "40 of 50 failures are its own"}
    )
    assert taken_back(fired("reject"), record=record).reason == "40 of 50 failures are its own"


def test_a_rollback_without_alarm_is_provisioning() -> None:
    """The endpoint's reason is the reason, and the exit code is 20."""
    outcome = taken_back(FailureReason="no capacity")
    assert (outcome.cause, outcome.reason, outcome.code) == ("provision", "no capacity", 20)


def test_thin_traffic_proves_nothing() -> None:
    """It is promoted, and the verdict says what that is worth."""
    outcome = verdict.explain(described("InService", NEW), "promoted", ONE.having(plan={"proves": False}), ())
    assert (outcome.verdict, outcome.state, outcome.code) == ("promoted_unproven", "promoted", 0)


def test_a_stuck_endpoint_is_infrastructure_whoever_took_it_back() -> None:
    """Old and new instances are mixed: a person must look."""
    outcome = verdict.explain(described("UpdateRollbackFailed", OLD), "stuck", ONE, [fired("reject")])
    assert (outcome.state, outcome.cause, outcome.code) == ("stuck", "judge", 20)


def test_an_endpoint_that_is_gone_has_failed() -> None:
    """Somebody deleted it meanwhile."""
    assert verdict.derive(None, OLD, NEW) == "failed"
    assert "is gone" in verdict.explain(None, "failed", ONE, ()).reason


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (verdict.Outcome("promoted", None, ""), 0),
        (verdict.Outcome("refused", "registry", ""), 1),
        (verdict.Outcome("prepared", None, ""), 3),
        (verdict.Outcome("rolled_back", "contract", ""), 10),
        (verdict.Outcome("failed", "provision", ""), 20),
        (verdict.Outcome("failed", "human", ""), 13),
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
