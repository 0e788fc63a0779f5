"""The alarms on the promises."""

from collections.abc import Callable
from typing import Any

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names, policy
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]
SLO = policy.load().slo
TOPIC = ["arn:Topic-topic"]
SERVED, MACHINE = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
WINDOWS = [
    ("burn-fast-long", 3600, 0.072),
    ("burn-fast-short", 300, 0.072),
    ("burn-slow-long", 21600, 0.03),
    ("burn-slow-short", 1800, 0.03),
]
PLAIN = [
    ("latency-p50", SERVED, "ModelLatency", "p50", SLO.latency_p50_ms * 1000),
    ("latency-p95", SERVED, "ModelLatency", "p95", SLO.latency_p95_ms * 1000),
    ("cpu", MACHINE, "CPUUtilization", "Average", SLO.cpu_percent * 2),
    ("memory", MACHINE, "MemoryUtilization", "Average", SLO.memory_percent),
]


def watched(environment: str) -> dict[str, str]:
    """The dimensions that SageMaker publishes an endpoint's metrics by."""
    return {"EndpointName": names.endpoint(PROJECT, environment), "VariantName": names.VARIANT}


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics of an alarm's queries."""
    return [one["metric"] for one in alarm["metricQueries"] if "metric" in one]


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_every_alarm_watches_the_environments_endpoint_and_variant(
    service: Service, environment: str
) -> None:
    """Directly, or by its queries: four windows of two metrics, and four alarms of one."""
    alarms = [one.inputs for one in service(environment).all("MetricAlarm")]
    direct = [one["dimensions"] for one in alarms if "dimensions" in one]
    queried = [metric["dimensions"] for one in alarms if "metricQueries" in one for metric in metrics(one)]
    assert (direct, queried) == ([watched(environment)] * 4, [watched(environment)] * 8)


@pytest.mark.parametrize(("name", "seconds", "errors"), WINDOWS)
def test_a_window_is_one_period_of_failed_over_all_requests(
    service: Service, name: str, seconds: int, errors: float
) -> None:
    """Its threshold is the share of errors at which the budget burns that fast."""
    alarm = service("production").one("MetricAlarm", name)
    (share,) = (one for one in alarm["metricQueries"] if one.get("returnData"))
    assert "failed / requests" in share["expression"]
    assert [one["metricName"] for one in metrics(alarm)] == ["Invocations", "Invocation5XXErrors"]
    assert {one["period"] for one in metrics(alarm)} == {seconds}
    assert (alarm["evaluationPeriods"], alarm["threshold"]) == (1, pytest.approx(errors))


def test_few_requests_prove_nothing(service: Service) -> None:
    """The long windows ask for the policy's least number of requests."""
    found = service("production")
    for name in ("burn-fast-long", "burn-slow-long"):
        expressions = [one.get("expression", "") for one in found.one("MetricAlarm", name)["metricQueries"]]
        assert f"IF(requests >= {SLO.minimum_requests}, failed / requests, 0)" in expressions


@pytest.mark.parametrize("speed", ["fast", "slow"])
def test_both_windows_together_tell(service: Service, speed: str) -> None:
    """The composite's rule names them, and only it tells the topic."""
    found = service("production")
    composite = found.one("CompositeAlarm", f"burn-{speed}")
    parts = [found.one("MetricAlarm", f"burn-{speed}-{window}") for window in ("long", "short")]
    assert composite["alarmRule"] == " AND ".join(f'ALARM("{one["name"]}")' for one in parts)
    assert (composite["alarmActions"], composite["okActions"]) == (TOPIC, TOPIC)
    assert [one.get("alarmActions") for one in parts] == [None, None]


@pytest.mark.parametrize(("name", "namespace", "metric", "statistic", "threshold"), PLAIN)
def test_latency_and_saturation_are_the_policys(
    service: Service, name: str, namespace: str, metric: str, statistic: str, threshold: float
) -> None:
    """Latency is published in microseconds, CPU as the sum over the two cores of ml.m5.large."""
    alarm = service("production").one("MetricAlarm", name)
    assert (alarm["namespace"], alarm["metricName"], alarm["threshold"]) == (namespace, metric, threshold)
    assert alarm.get("statistic", alarm.get("extendedStatistic")) == statistic
    assert (alarm["alarmActions"], alarm["okActions"]) == (TOPIC, TOPIC)


def test_no_alarm_looks_back_further_than_cloudwatch_does(service: Service) -> None:
    """A day, or a week where the period is an hour or more (API PutMetricAlarm, Period)."""
    for one in service("production").all("MetricAlarm"):
        periods = (
            {metric["period"] for metric in metrics(one.inputs)} if "metricQueries" in one.inputs else set()
        )
        (period,) = periods or {one.inputs["period"]}
        assert period * one.inputs["evaluationPeriods"] <= (86_400 if period < 3600 else 604_800)


def test_silence_breaks_no_promise(service: Service) -> None:
    """Missing data is not a breach."""
    treated = {one.inputs["treatMissingData"] for one in service("production").all("MetricAlarm")}
    assert treated == {"notBreaching"}
