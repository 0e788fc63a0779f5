"""What CloudWatch remembers of an environment's alarms."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline import aws
from pipeline.postmortem import sounded

NOW = datetime(2013, 7, 1, 10, tzinfo=UTC)
SINCE = NOW - timedelta(hours=6)
KINDS = ("slo-burn-fast", "slo-cpu", "release-errors", "model-log-loss")


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("slo-burn-fast", "slo-burn-fast"),
        ("model-log-loss", "model-log-loss"),
        ("v3-20130701t100000000-errors", "release-errors"),
        ("somebody-elses", None),
    ],
)
def test_a_kind_is_the_name_without_project_environment_and_release(subject: str, kind: str | None) -> None:
    """What has no kind has no owner, and is not this project's."""
    assert sounded.kind_of(subject, KINDS) == kind


def item(name: str, before: str = "OK", after: str = "ALARM") -> dict[str, Any]:
    """A line of an alarm's history as CloudWatch has it."""
    change = {
        "oldState": {"stateValue": before},
        "newState": {"stateValue": after, "stateReason": "it crossed"},
    }
    return {"AlarmName": name, "Timestamp": NOW, "HistoryData": json.dumps(change)}


@pytest.fixture
def cloudwatch(project: object, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked. The history has metric alarms of both environments, a composite and a stranger's."""
    asked: list[dict[str, Any]] = []
    history = {
        "MetricAlarm": [
            "flights-production-v3-x-errors",
            "flights-staging-slo-cpu",
            "flights-production-other",
        ],
        "CompositeAlarm": ["flights-production-slo-burn-fast"],
    }
    states = {
        "MetricAlarm": [("flights-production-model-log-loss", 9), ("flights-production-slo-cpu", 1)],
        "CompositeAlarm": [],
    }

    def pages(service: str, operation: str, key: str, **request: Any) -> list[dict[str, Any]]:
        asked.append({"operation": operation, **request})
        [type_] = request["AlarmTypes"]
        if operation == "describe_alarm_history":
            return [item(name) for name in history[type_]]
        return [
            {
                "AlarmName": name,
                "StateTransitionedTimestamp": NOW - timedelta(hours=hours),
                "StateReason": "long",
            }
            for name, hours in states[type_]
        ]

    monkeypatch.setattr(aws, "pages", pages)
    return asked


@pytest.mark.usefixtures("cloudwatch")
def test_alarms_of_the_environment_are_told_by_kind() -> None:
    """Composite ones as well, and nobody else's."""
    found = [one for one in sounded.changes("production", SINCE, NOW, KINDS) if one.before]
    assert [(one.kind, one.after, one.reason) for one in found] == [
        ("release-errors", "ALARM", "it crossed"),
        ("slo-burn-fast", "ALARM", "it crossed"),
    ]


@pytest.mark.usefixtures("cloudwatch")
def test_what_has_sounded_all_the_time_has_no_change_and_is_told() -> None:
    """What went off within the span is in its history already."""
    found = [one for one in sounded.changes("production", SINCE, NOW, KINDS) if one.before is None]
    assert [(one.kind, one.at[:13], one.sounded) for one in found] == [
        ("model-log-loss", "2013-07-01T01", True)
    ]


def test_the_history_is_asked_for_the_span_alone(cloudwatch: list[dict[str, Any]]) -> None:
    """One type of alarm at a time, as the API wants it without a name."""
    sounded.changes("production", SINCE, NOW, KINDS)
    asked = [one for one in cloudwatch if one["operation"] == "describe_alarm_history"]
    assert [(one["AlarmTypes"], one["StartDate"], one["EndDate"]) for one in asked] == [
        (["MetricAlarm"], SINCE, NOW),
        (["CompositeAlarm"], SINCE, NOW),
    ]
