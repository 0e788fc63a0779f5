"""The account's alarms, and the thread that evaluates them.

Each alarm is evaluated once a period (at most an AWS minute) on the periods that are complete. Guess: the
evaluation range, whose length AWS doesn't tell, is EvaluationPeriods + 2, as in the guide's examples
(AmazonCloudWatch/latest/monitoring/alarms-and-missing-data).

The range of a new alarm reaches back before it was put. What is missing there counts as everywhere: without a warm-up
period an alarm "can transition and run actions on missing data during startup"
(AmazonCloudWatch/latest/monitoring/alarm-warm-up; WarmUpConfiguration is not in the sandbox). So an alarm for which
missing data is breaching stays out of ALARM only if its metric has begun before it is put.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox import alarm_rule, events, metric_math, metrics
from sandbox.access import behalf
from sandbox.evaluation import evaluate
from sandbox.statistics import statistic
from sandbox.world import ApiError, World

EXTRA = 2  # periods that are looked at beyond EvaluationPeriods
TICK = 5.0  # AWS seconds between looks for alarms that are due
CHANGE = "CloudWatch Alarm State Change"
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


@dataclass(eq=False)
class Alarm:
    """An alarm on a metric, or on other alarms: its settings as put, and its state."""

    settings: dict[str, Any]
    arn: str
    configured: datetime
    state: str = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    updated: datetime = field(default_factory=lambda: now())
    tags: dict[str, str] = field(default_factory=dict)
    evaluated: int = -1  # the number of the last minute (or shorter period) evaluated
    # of a metric and a period's number: how many samples there were, and their statistic
    told: dict[tuple[metric_math.Metric, int], tuple[int, float | None]] = field(default_factory=dict)
    _read: tuple[dict[str, Any], metric_math.Math] | None = None  # the settings that were read, and what they watch

    @property
    def composite(self) -> bool:
        """Whether it watches other alarms."""
        return "AlarmRule" in self.settings

    @property
    def watched(self) -> metric_math.Math:
        """What it watches; each settings are read once, as they are looked at all the time."""
        if self._read is None or self._read[0] is not self.settings:
            self._read = self.settings, _watched(self.settings)
        return self._read[1]


def _watched(its: dict[str, Any]) -> metric_math.Math:
    """An expression over metrics, or one metric by itself."""
    if "Metrics" in its:
        return metric_math.queries(its)
    key = metrics.key(its["Namespace"], its["MetricName"], its.get("Dimensions", ()))
    metric = metric_math.Metric(key, its["Period"], its.get("Statistic") or its["ExtendedStatistic"])
    return metric_math.Math({"m": metric}, metric_math.parse("m", {"m": metric}), metric.period)


@dataclass(eq=False)
class Alarms:
    """The account's alarms by name, and their history, newest last."""

    by_name: dict[str, Alarm] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def named(self, name: str) -> Alarm:
        """The alarm of that name. Raises ApiError ResourceNotFound."""
        if name not in self.by_name:
            raise ApiError("ResourceNotFound", f"Unknown alarm {name}", 404)
        return self.by_name[name]

    def in_alarm(self, names: Sequence[str]) -> list[str]:
        """Those of `names` that exist and are in ALARM."""
        with self.lock:
            return [name for name in names if name in self.by_name and self.by_name[name].state == "ALARM"]

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those of `names` that don't exist."""
        with self.lock:
            return [name for name in names if name not in self.by_name]


def due(world: World, alarm: Alarm, now: float) -> bool:
    """Whether a new period (or AWS minute, when that is shorter) has begun since the last evaluation."""
    if alarm.composite:
        return False
    number = world.metrics.period(now, min(alarm.watched.period, 60))
    if number == alarm.evaluated:
        return False
    alarm.evaluated = number
    return True


def points(world: World, alarm: Alarm, now: float) -> list[float | None]:
    """The data points of the evaluation range, oldest first; the period under way is not part of it.

    Samples only come: a period with as many as before has the statistic that it had, except while metrics come late.
    """
    its, watched = alarm.settings, alarm.watched
    last = world.metrics.period(now, watched.period) - 1
    first = last - its["EvaluationPeriods"] - EXTRA + 1
    before, alarm.told = {} if world.metrics.lag() else alarm.told, {}
    inputs: dict[str, list[float | None]] = {}
    for id_, metric in watched.inputs.items():
        found = world.metrics.samples(metric.key, metric.period, first, last, its.get("Unit"))
        for number, (_, samples) in enumerate(found, first):
            size, value = before.get((metric, number), (-1, None))
            if size != len(samples):
                value = statistic(samples, metric.stat)
            alarm.told[metric, number] = len(samples), value
        inputs[id_] = [alarm.told[metric, number][1] for number in range(first, last + 1)]
    return metric_math.series(watched.expression, inputs)


def turn(world: World, alarm: Alarm, state: str, reason: str) -> None:
    """Put `alarm` into `state`; a change is written to the history and its actions are run."""
    with world.alarms.lock:
        before, was, alarm.state, alarm.reason = alarm.state, alarm.reason, state, reason
        if state == before:
            return
        alarm.updated = now()
        name = alarm.settings["AlarmName"]
        change = {
            "version": "1.0",
            "oldState": {"stateValue": before, "stateReason": was},
            "newState": {"stateValue": state, "stateReason": reason},
        }
        remember(world, name, "StateUpdate", f"Alarm updated from {before} to {state}", change, alarm.updated)
    events.emit(world, CHANGE, alarm.arn, _detail(alarm, before, was), "aws.cloudwatch")
    if alarm.settings.get("ActionsEnabled", True):
        for topic in alarm.settings.get(ACTIONS[state], ()):
            _notify(world, alarm, topic, before)


def _detail(alarm: Alarm, before: str, was: str) -> dict[str, Any]:
    """What EventBridge hears of a change, less times and the data behind it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    return {
        "alarmName": alarm.settings["AlarmName"],
        "configuration": {"description": alarm.settings.get("AlarmDescription", "")},
        "previousState": {"value": before, "reason": was},
        "state": {"value": alarm.state, "reason": alarm.reason},
    }


def _notify(world: World, alarm: Alarm, topic: str, before: str) -> None:
    """Publish what an alarm's email holds (AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes)."""
    its, name = alarm.settings, alarm.settings["AlarmName"]
    message = {
        "AlarmName": name, "AlarmDescription": its.get("AlarmDescription"), "AlarmArn": alarm.arn,
        "AWSAccountId": world.account, "Region": world.region, "OldStateValue": before,
        "NewStateValue": alarm.state, "NewStateReason": alarm.reason,
        "StateChangeTime": alarm.updated.isoformat(timespec="milliseconds"),
        "Trigger": {setting: its[setting] for setting in sorted(its) if setting not in ACTIONS.values()},
    }  # fmt: skip
    summary = f"Successfully executed action {topic}"
    try:
        behalf.publish(world.accounts, topic, alarm.arn)
        world.client("sns").publish(
            TopicArn=topic,
            Subject=f'{alarm.state}: "{name}" in {world.region}'[:100],
            Message=json.dumps(message),
        )
    except Exception as error:  # CloudWatch doesn't test actions either: the history tells
        summary = f"Failed to execute action {topic}: {error}"
    remember(world, name, "Action", summary, {"actionState": summary.split()[0], "notificationResource": topic})


def remember(
    world: World, name: str, item_type: str, summary: str, data: Mapping[str, Any], at: datetime | None = None
) -> None:
    """Add an item to the history of alarm `name`, of now unless told when."""
    alarm = world.alarms.by_name.get(name)
    kind = "CompositeAlarm" if alarm and alarm.composite else "MetricAlarm"
    item = {"AlarmName": name, "AlarmType": kind, "Timestamp": at or now(), "HistoryItemType": item_type}
    with world.alarms.lock:
        world.alarms.history.append(item | {"HistorySummary": summary, "HistoryData": json.dumps(data)})


def now() -> datetime:
    """The wall clock in UTC."""
    return datetime.now(UTC)


def watch(world: World) -> None:
    """Evaluate alarms as they are due, until the sandbox stops."""
    while not world.clock.wait(world.stopping, TICK):
        stamp = time.time()
        with world.alarms.lock:
            waiting = [alarm for alarm in world.alarms.by_name.values() if due(world, alarm, stamp)]
        for alarm in waiting:
            turn(world, alarm, *evaluate(alarm.settings, points(world, alarm, stamp), alarm.state))
        combine(world)


def combine(world: World) -> None:
    """Turn the composite alarms whose rules the other alarms' states now mean something else for."""
    with world.alarms.lock:
        states = {name: alarm.state for name, alarm in world.alarms.by_name.items()}
        composite = [alarm for alarm in world.alarms.by_name.values() if alarm.composite]
    for alarm in composite:
        rule = alarm_rule.parse(alarm.settings["AlarmRule"])
        state = "ALARM" if rule.holds(states) else "OK"
        told = ", ".join(f"{name} is {states.get(name, 'gone')}" for name in rule.names)
        turn(world, alarm, state, f"{alarm.settings['AlarmRule']}: {told}")
