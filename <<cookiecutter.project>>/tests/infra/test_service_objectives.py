"""The alarms on the promises."""

from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names, policy
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_each_alarm_watches_the_environments_endpoint_and_variant(service: Service, environment: str) -> None:
    """SageMaker publishes both metrics by endpoint and variant."""
    dimensions = [one.inputs["dimensions"] for one in service(environment).all("MetricAlarm")]
    expected = {"EndpointName": names.endpoint(PROJECT, environment), "VariantName": names.VARIANT}
    assert dimensions == [expected] * 2


def test_availability_is_the_policys(service: Service) -> None:
    """The share of 5xx that the policy leaves."""
    alarm = service("production").one("MetricAlarm", "availability")
    assert alarm["metricName"] == "Invocation5XXErrors"
    assert alarm["threshold"] == pytest.approx(1 - policy.load().slo.availability)


def test_latency_is_the_policys_in_microseconds(service: Service) -> None:
    """ModelLatency is published in microseconds."""
    alarm = service("production").one("MetricAlarm", "latency")
    assert (alarm["metricName"], alarm["extendedStatistic"]) == ("ModelLatency", "p95")
    assert alarm["threshold"] == policy.load().slo.latency_p95_ms * 1000


def test_silence_breaks_no_promise_and_a_breach_is_told(service: Service) -> None:
    """Missing data is not a breach; the topic is told of both directions."""
    topic = "arn:Topic-topic"
    for alarm in service("production").all("MetricAlarm"):
        assert alarm.inputs["treatMissingData"] == "notBreaching"
        assert (alarm.inputs["alarmActions"], alarm.inputs["okActions"]) == ([topic], [topic])
