"""Tests of sandbox.alarms and sandbox.watching."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import alarms, metrics, watching
from sandbox.clock import Clock
from sandbox.evaluation import evaluate
from sandbox.metrics import Metrics, key
from sandbox.statistics import Sample
from sandbox.world import ApiError

TOPIC = "arn:aws:sns:eu-west-1:123456789012:pager"
ALARM = {
    "AlarmName": "errors", "Namespace": "N", "MetricName": "M", "Statistic": "Average", "Period": 60,
    "EvaluationPeriods": 2, "Threshold": 0.05, "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}  # fmt: skip


class Topics:
    """Takes the place of SNS."""

    def __init__(self) -> None:
        """Nothing published yet."""
        self.published: list[dict[str, str]] = []

    def publish(self, **message: str) -> None:
        """Keep the message."""
        if not message["TopicArn"].endswith("pager"):
            raise ValueError("no such topic")
        self.published.append(message)


class Admitting:
    """Takes the place of the guard."""

    def require(self, *_: Any, **__: Any) -> None:
        """Let everything pass."""


@pytest.fixture
def world() -> Iterator[Any]:
    """An account of metrics and alarms on which a minute takes a tenth of a second."""
    clock, topics = Clock(600), Topics()
    account = SimpleNamespace(
        clock=clock, metrics=Metrics(clock), stopping=threading.Event(), topics=topics, region="eu-west-1",
        account="123456789012", client=lambda _: topics, accounts=SimpleNamespace(guard=Admitting()),
        arn=lambda service, name: f"arn:aws:{service}:{name}",
    )  # fmt: skip
    alarms.attach(account)  # type: ignore[arg-type]
    yield account
    account.stopping.set()


def put(world: Any, **settings: Any) -> None:
    """Put ALARM with other settings."""
    alarms.put_metric_alarm(world, ALARM | settings)


def described(world: Any) -> dict[str, Any]:
    """The one alarm there is."""
    [alarm] = alarms.describe_alarms(world, {})["MetricAlarms"]
    found: dict[str, Any] = alarm
    return found


def until(world: Any, state: str, value: float | None = None, seconds: float = 3.0) -> bool:
    """Whether the alarm gets into `state` while `value` is recorded all the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value is not None:
            world.metrics.record(world.metrics.series(key("N", "M", ())), value)
        if described(world)["StateValue"] == state:
            return True
        time.sleep(0.01)
    return False


def test_a_new_alarm_has_insufficient_data(world: Any) -> None:
    """The state before the first evaluation is INSUFFICIENT_DATA."""
    world.stopping.set()
    time.sleep(0.1)  # nothing evaluates any more
    put(world)
    assert described(world)["StateValue"] == "INSUFFICIENT_DATA"


def test_it_alarms_and_recovers(world: Any) -> None:
    """Two bad minutes are ALARM, good ones are OK again."""
    put(world)
    assert until(world, "OK", 0.0)
    assert until(world, "ALARM", 1.0)
    assert until(world, "OK", 0.0)


def test_one_bad_minute_of_two_is_not_enough(world: Any) -> None:
    """A single bad value among missing data stays OK when missing data doesn't breach."""
    put(world)
    world.metrics.record(world.metrics.series(key("N", "M", ())), 1.0)
    assert not until(world, "ALARM", seconds=0.6)


@pytest.mark.parametrize(
    ("treat", "expected"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "INSUFFICIENT_DATA"),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
    ],
)
def test_no_data(world: Any, treat: str, expected: str) -> None:
    """An alarm whose metric is never put ends where TreatMissingData says."""
    put(world, TreatMissingData=treat)
    time.sleep(0.4)
    assert until(world, expected)


HEARTBEAT = {
    "Statistic": "SampleCount", "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold",
    "TreatMissingData": "breaching",
}  # fmt: skip


def beat(world: Any, minutes: int) -> None:
    """Put a value into M so many minutes before the present one."""
    at = (world.metrics.period(time.time(), 60) - minutes + 0.5) * world.clock.real(60)
    world.metrics.series(key("N", "M", ())).insert(Sample(at, 1.0, 1.0, 1.0, 1.0))


@pytest.mark.parametrize(("minutes", "expected"), [((), "ALARM"), ((1,), "OK"), ((4,), "OK"), ((9,), "ALARM")])
def test_a_new_heartbeat_alarm_looks_back(world: Any, minutes: tuple[int, ...], expected: str) -> None:
    """Missing data from before it was put makes it ALARM at once, unless there was a beat in its range."""
    world.stopping.set()  # evaluated by hand
    for each in minutes:
        beat(world, each)
    put(world, **HEARTBEAT)
    alarm = world.alarms.named("errors")
    state, _ = evaluate(alarm.settings, watching.points(world, alarm, time.time()), alarm.state)
    assert state == expected


def test_a_value_that_comes_late_counts(world: Any) -> None:
    """A period that was looked at before is looked at again when there is more in it."""
    world.stopping.set()
    put(world, Statistic="Sum")
    alarm, stamp, seen = world.alarms.named("errors"), time.time(), []
    for _ in range(2):
        beat(world, 1)
        seen.append([watching.points(world, alarm, stamp)[-1] for _ in range(2)])
    assert seen == [[1.0, 1.0], [2.0, 2.0]]


def test_a_high_resolution_alarm_is_due_every_ten_seconds(world: Any) -> None:
    """A period of 10 is evaluated six times a minute, one of a minute or an hour once."""
    world.stopping.set()
    start = world.metrics.period(1e9, 60) * world.clock.real(60)
    counts = {}
    for period in (10, 60, 3600):
        put(world, AlarmName=str(period), Period=period)
        alarm = world.alarms.named(str(period))
        counts[period] = sum(watching.due(world, alarm, start + world.clock.real(s)) for s in range(1, 60, 2))
    assert counts == {10: 6, 60: 1, 3600: 1}


def test_a_period_of_ten_seconds_misses_a_metric_by_the_minute(world: Any) -> None:
    """It has data in one of six periods, as PutMetricAlarm warns, and in all with StorageResolution 1."""
    world.stopping.set()
    put(world, Period=10, EvaluationPeriods=60, Statistic="SampleCount")
    alarm, now = world.alarms.named("errors"), time.time()
    minute = (world.metrics.period(now, 60) - 2) * world.clock.real(60)
    for resolution, expected in ((60, 1), (1, 6)):
        for second in range(5, 60, 10):
            at = datetime.fromtimestamp(minute + world.clock.real(second), UTC)
            datum = {"MetricName": "M", "Value": 1.0, "Timestamp": at, "StorageResolution": resolution}
            metrics.put_metric_data(world, {"Namespace": "N", "MetricData": [datum]})
        points = watching.points(world, alarm, minute + 2 * world.clock.real(60))
        assert sum(point is not None for point in points) == expected


@pytest.mark.parametrize("name", ["PR(:1)", "TC(1:)", "p90"])
def test_an_alarm_on_an_extended_statistic(world: Any, name: str) -> None:
    """Ranks and counts alarm as percentiles do."""
    settings = {k: v for k, v in ALARM.items() if k != "Statistic"}
    alarms.put_metric_alarm(world, settings | {"ExtendedStatistic": name, "Threshold": 0.5})
    assert until(world, "ALARM", 2.0 if name != "PR(:1)" else 1.0)


def test_updating_keeps_the_state(world: Any) -> None:
    """A release that puts the last one's alarm again inherits its ALARM."""
    put(world)
    assert until(world, "ALARM", 1.0)
    put(world, Threshold=0.5, Period=3600)
    assert (described(world)["StateValue"], described(world)["Threshold"]) == ("ALARM", 0.5)


def test_a_change_is_published(world: Any) -> None:
    """SNS gets one message per change, with the names of AWS's own."""
    put(world, AlarmActions=[TOPIC])
    assert until(world, "ALARM", 1.0)
    end = time.monotonic() + 3.0
    while not world.topics.published and time.monotonic() < end:  # the state is there before the message
        time.sleep(0.01)
    [message] = world.topics.published
    body = json.loads(message["Message"])
    assert (message["TopicArn"], body["AlarmName"], body["NewStateValue"]) == (TOPIC, "errors", "ALARM")


def test_disabled_actions_are_not_run(world: Any) -> None:
    """ActionsEnabled=False publishes nothing."""
    put(world, AlarmActions=[TOPIC], ActionsEnabled=False)
    assert until(world, "ALARM", 1.0)
    time.sleep(0.1)
    assert world.topics.published == []


def test_a_failing_action_is_in_the_history(world: Any) -> None:
    """An action that can't be run is told by the history and doesn't stop the evaluation."""
    put(world, AlarmActions=[TOPIC + "-gone"])
    assert until(world, "ALARM", 1.0)
    assert until(world, "OK", 0.0)
    [item] = alarms.describe_alarm_history(world, {"HistoryItemType": "Action"})["AlarmHistoryItems"]
    assert item["HistorySummary"].startswith("Failed to execute action")


def test_the_history_has_every_change(world: Any) -> None:
    """State updates are listed oldest first when asked so."""
    put(world)
    assert until(world, "OK", 0.0)
    assert until(world, "ALARM", 1.0)
    request = {"HistoryItemType": "StateUpdate", "ScanBy": "TimestampAscending"}
    items = alarms.describe_alarm_history(world, request)["AlarmHistoryItems"]
    assert [json.loads(item["HistoryData"])["newState"]["stateValue"] for item in items] == ["OK", "ALARM"]
    first, second = (item["Timestamp"] for item in items)
    assert (first < second, second) == (True, described(world)["StateUpdatedTimestamp"])
    later = alarms.describe_alarm_history(world, request | {"StartDate": second})["AlarmHistoryItems"]
    assert later == items[1:]
    assert alarms.describe_alarm_history(world, request | {"AlarmTypes": ["CompositeAlarm"]})["AlarmHistoryItems"] == []


def test_the_history_outlives_the_alarm(world: Any) -> None:
    """That somebody deleted an alarm stands in its history."""
    put(world)
    alarms.delete_alarms(world, {"AlarmNames": ["errors"]})
    newest = alarms.describe_alarm_history(world, {"AlarmName": "errors"})["AlarmHistoryItems"][0]
    assert (newest["HistoryItemType"], newest["HistorySummary"]) == ("ConfigurationUpdate", 'Alarm "errors" deleted')


def test_set_alarm_state_is_undone(world: Any) -> None:
    """SetAlarmState holds until the next evaluation."""
    put(world)
    assert until(world, "OK", 0.0)
    alarms.set_alarm_state(world, {"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "a test"})
    assert until(world, "OK", 0.0)


def test_delete_alarms(world: Any) -> None:
    """An unknown name doesn't keep the other alarm from being deleted."""
    put(world)
    alarms.delete_alarms(world, {"AlarmNames": ["other", "errors"]})
    assert alarms.describe_alarms(world, {"AlarmNames": ["errors"]})["MetricAlarms"] == []


def test_tags(world: Any) -> None:
    """Tags given with the alarm are listed by its ARN."""
    put(world, Tags=[{"Key": "team", "Value": "flights"}])
    listed = alarms.list_tags(world, {"ResourceARN": described(world)["AlarmArn"]})
    assert listed == {"Tags": [{"Key": "team", "Value": "flights"}]}


def test_tags_of_an_update_are_ignored(world: Any) -> None:
    """What the alarm was made with stays."""
    put(world, Tags=[{"Key": "commit", "Value": "a"}])
    put(world, Tags=[{"Key": "commit", "Value": "b"}])
    listed = alarms.list_tags(world, {"ResourceARN": described(world)["AlarmArn"]})
    assert listed == {"Tags": [{"Key": "commit", "Value": "a"}]}


def test_an_unknown_alarm_has_no_state_to_set(world: Any) -> None:
    """SetAlarmState of an alarm that doesn't exist is ResourceNotFound."""
    request = {"AlarmName": "nobody", "StateValue": "OK", "StateReason": "a test"}
    with pytest.raises(ApiError, match="Unknown alarm nobody"):
        alarms.set_alarm_state(world, request)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"Metrics": []}, "ValidationError"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "NotInSandbox"),
        ({"AlarmActions": ["arn:aws:lambda:eu-west-1:123456789012:function:f"]}, "NotInSandbox"),
        ({"ExtendedStatistic": "p99"}, "ValidationError"),
        ({"TreatMissingData": "notbreaching"}, "ValidationError"),
        ({"DatapointsToAlarm": 3}, "ValidationError"),
        ({"Period": 90}, "InvalidParameterValue"),
        ({"Period": 5}, "ValidationError"),
        ({"Period": 600, "EvaluationPeriods": 145}, "ValidationError"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "ValidationError"),
        ({"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}}, "NotInSandbox"),
    ],
)
def test_refused_settings(world: Any, settings: dict[str, Any], code: str) -> None:
    """What CloudWatch refuses, and what can't be evaluated here, makes no alarm."""
    with pytest.raises(ApiError) as refused:
        put(world, **settings)
    assert (refused.value.code, alarms.describe_alarms(world, {})["MetricAlarms"]) == (code, [])


def test_a_composite_alarm_follows_the_alarms_of_its_rule(world: Any) -> None:
    """It publishes as they do, and is described apart from them."""
    put(world)
    composite = {"AlarmName": "all", "AlarmRule": "ALARM(errors)", "AlarmActions": [TOPIC]}
    alarms.put_composite_alarm(world, composite)
    state = {"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "test"}
    alarms.set_alarm_state(world, state)
    watching.combine(world)
    (found,) = alarms.describe_alarms(world, {"AlarmTypes": ["CompositeAlarm"]})["CompositeAlarms"]
    assert (found["AlarmName"], found["StateValue"]) == ("all", "ALARM")
    assert [message["Subject"].split(":")[0] for message in world.topics.published] == ["ALARM"]
    assert described(world)["AlarmName"] == "errors"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"AlarmRule": "ALARM(errors)"}, "errors in the alarm rule: no such alarm"),
        ({"AlarmRule": "ALARM(errors"}, "AlarmRule is not valid"),
        ({"AlarmRule": "TRUE", "ActionsSuppressor": "errors"}, "ActionsSuppressor of an alarm is not in the sandbox"),
    ],
)
def test_a_composite_alarm_that_cannot_be_evaluated_is_refused(world: Any, settings: dict[str, str], why: str) -> None:
    """The sentence says why."""
    with pytest.raises(ApiError, match=why):
        alarms.put_composite_alarm(world, {"AlarmName": "all", **settings})


def test_an_expression_over_metrics_sounds(world: Any) -> None:
    """The share of failed requests, where there are enough of them."""

    def query(id_: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "N", "MetricName": id_}, "Period": 60, "Stat": "Sum"}
        return {"Id": id_, "MetricStat": stat, "ReturnData": False}

    share = {"Id": "share", "Expression": "IF(requests >= 2, failed / requests, 0)", "ReturnData": True}
    rest = ("AlarmName", "EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData")
    settings = {name: ALARM[name] for name in rest} | {"Metrics": [share, query("requests"), query("failed")]}
    alarms.put_metric_alarm(world, settings)
    alarm = world.alarms.named("errors")
    ago = world.clock.real(60)
    for minutes, requests, failed in ((3, 4.0, 1.0), (2, 1.0, 1.0), (1, 4.0, 2.0)):
        for name, value in (("requests", requests), ("failed", failed)):
            stamp = (world.metrics.period(1e9, 60) - minutes + 0.5) * ago
            world.metrics.series(key("N", name, ())).insert(Sample(stamp, 1.0, value, value, value))
    assert watching.points(world, alarm, 1e9)[-3:] == [0.25, 0.0, 0.5]
