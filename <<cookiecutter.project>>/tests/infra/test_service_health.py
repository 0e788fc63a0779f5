"""The alarms on what the monitor says, and on its silence."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from sandbox.evaluation import evaluate
from sandbox.stacks.recording import Recording

from pipeline import names, policy, runbook
from pipeline.sections import Monitor
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]
MONITOR = policy.load().monitor
TOPIC = ["arn:Topic-topic"]
SAID = [one for one in runbook.promises(MONITOR.worsening) if one != "sight"]
FIRST = "prepared"
MINUTES = MONITOR.blind_hours * 60


def alarm(service: Service, promise: str) -> dict[str, Any]:
    """The alarm of a promise, or a part of it."""
    return service("production", FIRST).one("MetricAlarm", f"model-{runbook.signal(promise)}")


@pytest.mark.parametrize("promise", [*SAID, "sight-said"])
def test_a_verdict_that_a_promise_is_broken_sounds(service: Service, promise: str) -> None:
    """At once, and the alarm stays as it is until the next verdict."""
    found = alarm(service, promise)
    assert (found["metricName"], found["statistic"], found["threshold"]) == ("Broken", "Maximum", 1)
    assert found["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert (found["period"], found["evaluationPeriods"], found["treatMissingData"]) == (60, 1, "ignore")


@pytest.mark.parametrize("promise", [*SAID, "sight-said", "sight-silent"])
def test_an_alarm_watches_what_is_said_of_its_own_promise(service: Service, promise: str) -> None:
    """As the policy spells it, of this endpoint."""
    found = alarm(service, promise)
    assert found["namespace"] == names.metrics(PROJECT, "production")
    endpoint = names.endpoint(PROJECT, "production")
    assert found["dimensions"] == {"EndpointName": endpoint, "Promise": promise.partition("-")[0]}


@pytest.mark.parametrize("promise", SAID)
def test_each_is_told_and_has_a_name_of_its_own(service: Service, promise: str) -> None:
    """In both directions."""
    found = alarm(service, promise)
    assert found["name"] == names.alarm(PROJECT, "production", "model", runbook.signal(promise))
    assert (found["alarmActions"], found["okActions"]) == (TOPIC, TOPIC)


def test_silence_is_as_long_as_the_policy_says(service: Service) -> None:
    """Minute by minute, without one verdict: a single one ends it."""
    found = alarm(service, "sight-silent")
    assert found["period"] * found["evaluationPeriods"] == MONITOR.blind_hours * 3600
    assert (found["statistic"], found["comparisonOperator"]) == ("SampleCount", "LessThanThreshold")
    assert (found["treatMissingData"], found.get("datapointsToAlarm")) == ("breaching", None)


def test_sight_is_lost_by_what_is_said_or_by_silence(service: Service) -> None:
    """The composite alone tells."""
    recording = service("production", FIRST)
    composite = recording.one("CompositeAlarm", "model-sight")
    parts = [alarm(service, f"sight-{one}") for one in ("said", "silent")]
    assert composite["alarmRule"] == " OR ".join(f'ALARM("{one["name"]}")' for one in parts)
    assert composite["alarmName"] == names.alarm(PROJECT, "production", "model", "sight")
    assert (composite["alarmActions"], composite["okActions"]) == (TOPIC, TOPIC)
    assert [one.get("alarmActions") for one in parts] == [None, None]


@pytest.mark.parametrize(("environment", "first"), [("staging", FIRST), ("production", None)])
def test_there_is_nothing_to_look_after(service: Service, environment: str, first: str | None) -> None:
    """Staging has no traffic, and before its first release production has no model."""
    alarms = [one.inputs["name"] for one in service(environment, first).all("MetricAlarm")]
    assert [one for one in alarms if "-model-" in one] == []


def test_the_longest_silence_that_the_policy_allows_is_one_that_cloudwatch_takes() -> None:
    """A day, where a period is less than an hour."""
    (bound,) = (item.metadata["bound"] for item in fields(Monitor) if item.name == "blind_hours")
    assert bound[1] * 3600 <= 86_400


@pytest.mark.parametrize("promise", runbook.promises(MONITOR.worsening))
def test_each_has_its_words_page_and_owner(service: Service, promise: str) -> None:
    """In what the mail shows, parts included."""
    recording, kind = service("production", FIRST), f"model-{runbook.signal(promise)}"
    every = [one.inputs for kind in ("MetricAlarm", "CompositeAlarm") for one in recording.all(kind)]
    own = [one for one in every if str(one.get("name", one.get("alarmName"))).find(f"-{kind}") > 0]
    assert own != []
    for one in own:
        assert f"docs/runbook/{kind}.md" in one["alarmDescription"]
        assert len(one["alarmDescription"]) <= 1024  # API PutMetricAlarm, AlarmDescription


@pytest.mark.parametrize(
    ("part", "said", "state"),
    [
        ("sight-silent", [1.0, *[None] * (MINUTES - 1)], "OK"),
        ("sight-silent", [1.0, *[None] * MINUTES, None, None], "OK"),
        ("sight-silent", [None] * (MINUTES + 2), "ALARM"),
        ("sight-said", [None, None, None], "as before"),
        ("sight-said", [None, 1.0, None], "ALARM"),
        ("sight-said", [1.0, None, 0.0], "OK"),
    ],
)
def test_what_the_minutes_mean(service: Service, part: str, said: list[float | None], state: str) -> None:
    """By CloudWatch's rules, the oldest first: a verdict is told at once, and holds until the next."""
    found = alarm(service, part)
    named = {name[0].upper() + name[1:]: value for name, value in found.items()}
    named["EvaluationPeriods"] = int(named["EvaluationPeriods"])
    assert evaluate(named, said, "as before")[0] == state
