"""An alarm on the model starts a retrain, where GitHub can be reached."""

import json
from typing import Any

import pytest
from sandbox.events import matches, text
from sandbox.stacks.program import SettingsError
from sandbox.stacks.recording import Recording

from pipeline import github, names, policy
from tests.infra.conftest import CONNECTED, CONNECTION, PROJECT, service_with, statements

NAME = names.retraining(PROJECT, "production")
ALARMS = [names.alarm(PROJECT, "production", "model", one) for one in ("log-loss", "calibration")]


@pytest.fixture(scope="module")
def connected() -> Recording:
    """Production, with a connection."""
    return service_with("production", CONNECTED, "prepared")


def target(recording: Recording) -> dict[str, Any]:
    """The rule's target."""
    (found,) = (one.inputs for one in recording.all("EventTarget") if one.inputs["targetId"] == "github")
    return found


def event(alarm: str, state: str) -> dict[str, Any]:
    """What CloudWatch says of an alarm."""
    detail = {"alarmName": alarm, "state": {"value": state}, "previousState": {"value": "OK"}}
    return {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "detail": detail}


def test_github_starts_the_workflow_on_main(connected: Recording) -> None:
    """By the connection that a person made."""
    destination = connected.one("EventApiDestination")
    place = f"{PROJECT.github_owner}/{PROJECT.name}/actions/workflows/retrain.yml"
    assert destination["invocationEndpoint"] == f"https://api.github.com/repos/{place}/dispatches"
    assert (destination["httpMethod"], destination["connectionArn"]) == ("POST", CONNECTION)
    assert (names.root() / ".github/workflows/retrain.yml").is_file()


def test_the_request_says_which_alarm_it_was(connected: Recording) -> None:
    """As JSON, whatever the alarm is called."""
    found = target(connected)["inputTransformer"]
    named = {"InputPathsMap": found["inputPaths"], "InputTemplate": found["inputTemplate"]}
    body = json.loads(text({"InputTransformer": named}, event(ALARMS[0], "ALARM")))
    assert body == {"ref": "main", "inputs": {"because": ALARMS[0]}}


def test_github_is_asked_in_the_version_that_the_verbs_speak(connected: Recording) -> None:
    """By the target's headers; EventBridge says itself who it is."""
    found = target(connected)["httpTarget"]["headerParameters"]
    assert found == {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": github.VERSION}


@pytest.mark.parametrize(
    ("alarm", "state", "starts"),
    [
        (ALARMS[0], "ALARM", True),
        (ALARMS[1], "ALARM", True),
        (ALARMS[0], "OK", False),
        (ALARMS[0], "INSUFFICIENT_DATA", False),
        (names.alarm(PROJECT, "production", "model", "inputs"), "ALARM", False),
        (names.alarm(PROJECT, "production", "slo", "cpu"), "ALARM", False),
    ],
)
def test_what_the_policy_names_starts_one(connected: Recording, alarm: str, state: str, starts: bool) -> None:
    """When it begins to sound; drift without loss is a diagnosis."""
    (rule,) = (one.inputs for one in connected.all("EventRule") if one.inputs["name"] == NAME)
    assert {"log_loss", "calibration"} <= set(policy.load().retrain.on)
    assert matches(json.loads(rule["eventPattern"]), event(alarm, state)) is starts


def test_eventbridge_may_post_there_and_nothing_else(connected: Recording) -> None:
    """In a role of its own, which it takes for this rule alone."""
    (allowed,) = statements(connected.one("RolePolicy", "dispatch")["policy"])
    own = f"arn:aws:events:{PROJECT.region}:123456789012"
    assert (allowed["Action"], allowed["Resource"]) == (
        ["events:InvokeApiDestination"],
        [f"{own}:api-destination/{NAME}/*"],
    )
    role = connected.one("Role", "dispatch")
    (trusted,) = statements(role["assumeRolePolicy"])
    assert trusted["Principal"] == {"Service": "events.amazonaws.com"}
    assert trusted["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnEquals": {"aws:SourceArn": f"{own}:rule/{NAME}"},
    }
    assert role["permissionsBoundary"].endswith(":policy/mlops-boundary")
    assert target(connected)["roleArn"] == "arn:Role-dispatch"


@pytest.mark.parametrize(
    ("environment", "config", "first"),
    [("production", None, "prepared"), ("production", CONNECTED, None), ("staging", None, "prepared")],
)
def test_without_a_connection_or_a_model_nothing_is_made(
    environment: str, config: dict[str, str] | None, first: str | None
) -> None:
    """No destination, no rule, no role."""
    recording = service_with(environment, config, first)
    assert recording.all("EventApiDestination") == []
    assert [one.inputs["name"] for one in recording.all("EventRule")] == [
        names.deployments(PROJECT, environment)
    ]
    assert [one for one in recording.all("Role") if "dispatch" in one.inputs["name"]] == []


def test_staging_starts_nothing() -> None:
    """It is said, rather than kept to oneself."""
    with pytest.raises(SettingsError, match="github_connection is set, and no alarm of staging starts"):
        service_with("staging", CONNECTED)
