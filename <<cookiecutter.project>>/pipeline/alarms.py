"""A release's own alarm: made, proved able to fire, asked whether it fired, deleted."""

import json
from typing import Any

from pipeline import aws, canary
from pipeline.errors import InfrastructureError


def put(request: dict[str, Any]) -> None:
    """Create the alarm and check that it can guard an update. Raises InfrastructureError when it cannot.

    One that an interrupted release has made keeps its tags: AWS ignores an update's (API PutMetricAlarm).
    """
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(**request)
    found = cloudwatch.describe_alarms(AlarmNames=[request["AlarmName"]], AlarmTypes=["MetricAlarm"])
    why = canary.unfit(found["MetricAlarms"], request)
    if why:
        raise InfrastructureError(f"the alarm {request['AlarmName']} cannot guard a release: {why}")


def sounding(name: str) -> str | None:
    """The alarm's reason while it is in ALARM, else None."""
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    return next(
        (str(one["StateReason"]) for one in found["MetricAlarms"] if one["StateValue"] == "ALARM"), None
    )


def fired(name: str) -> str | None:
    """The reason of the alarm's last change to ALARM, or None when it never went off.

    After a rollback the new configuration has no traffic and the alarm may be OK again: the history decides.
    """
    if now := sounding(name):
        return now
    history = aws.client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate")
    return reason(history["AlarmHistoryItems"])


def reason(items: list[dict[str, Any]]) -> str | None:
    """The reason of the newest change to ALARM in DescribeAlarmHistory's items, or None."""
    for item in sorted(items, key=lambda one: str(one.get("Timestamp", "")), reverse=True):
        state = json.loads(item.get("HistoryData") or "{}").get("newState", {})
        if state.get("stateValue") == "ALARM":
            return str(state.get("stateReason", item.get("HistorySummary", "")))
    return None


def delete(name: str) -> None:
    """Delete the alarm; it is no error when it is gone."""
    aws.find(aws.client("cloudwatch").delete_alarms, AlarmNames=[name])
