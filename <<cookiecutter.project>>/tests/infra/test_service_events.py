"""What becomes of an endpoint's updates reaches the alarm topic."""

import json
from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_the_rule_is_about_this_endpoint_alone(service: Service, environment: str) -> None:
    """Not about those of other projects in the account."""
    pattern = json.loads(service(environment).one("EventRule")["eventPattern"])
    assert pattern == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Endpoint Deployment State Change"],
        "detail": {"EndpointName": [names.endpoint(PROJECT, environment)]},
    }


def test_the_rules_target_is_the_alarm_topic(service: Service) -> None:
    """By its policy; a role is for targets of other kinds."""
    recording = service("production")
    target = recording.one("EventTarget")
    assert (target["rule"], target["arn"]) == (recording.one("EventRule")["name"], "arn:Topic-topic")
    assert "roleArn" not in target


def test_the_mail_is_a_sentence_of_what_the_event_has(service: Service) -> None:
    """A word without its path would be empty."""
    told = service("production").one("EventTarget")["inputTransformer"]
    template = str(told["inputTemplate"])
    assert template.startswith('"') and template.endswith('"')
    assert {f"<{one}>" for one in told["inputPaths"]} == {
        word.rstrip(".") for word in template.strip('"').split() if word.startswith("<")
    }
    assert "pipeline status production" in template


def test_there_is_a_rule_before_there_is_an_endpoint(service: Service) -> None:
    """The first update may be the first to go wrong."""
    assert service("production").all("Endpoint") == []
    assert len(service("production").all("EventRule")) == 1
