"""CloudWatch alarms: the operations on them. watching.py evaluates them, evaluation.py has the rules."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import alarm_rule, metric_math, metrics, statistics
from sandbox.evaluation import COMPARE, MISSING
from sandbox.watching import ACTIONS, Alarm, Alarms, now, remember, turn, watch
from sandbox.world import ApiError, World

ALWAYS = ("EvaluationPeriods", "Threshold", "ComparisonOperator")
NEEDED = ("MetricName", "Namespace", "Period")  # where there is no Metrics
COMPOSITE = {*ACTIONS.values(), "AlarmName", "AlarmDescription", "ActionsEnabled", "AlarmRule"}
SETTINGS = {
    *ALWAYS, *NEEDED, "Metrics", *ACTIONS.values(), "AlarmName", "AlarmDescription", "ActionsEnabled",
    "Dimensions", "Statistic", "ExtendedStatistic", "Unit", "DatapointsToAlarm", "TreatMissingData",
}  # fmt: skip


def put_metric_alarm(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API PutMetricAlarm: a new alarm starts INSUFFICIENT_DATA, "updating leaves the state unchanged"."""
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
    settings = {name: value for name, value in request.items() if name != "Tags"}
    check(settings)
    _put(world, settings, tags)
    return {}


def put_composite_alarm(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API PutCompositeAlarm: an alarm on alarms that exist, evaluated as soon as one of them turns.

    Raises ApiError: ValidationError, or NotInSandbox (such as a suppressor).
    """
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
    settings = {name: value for name, value in request.items() if name != "Tags"}
    _check_names(settings, COMPOSITE)
    asked = alarm_rule.parse(settings["AlarmRule"]).names
    if absent := world.alarms.missing(asked):
        raise ApiError("ValidationError", f"{', '.join(absent)} in the alarm rule: no such alarm.")
    _put(world, settings, tags)
    return {}


def _put(world: World, settings: dict[str, Any], tags: dict[str, str]) -> None:
    name = settings["AlarmName"]
    with world.alarms.lock:
        alarm = world.alarms.by_name.get(name)
        if alarm is None:  # tags of an update are ignored (API PutMetricAlarm, Tags)
            alarm = Alarm(settings, world.arn("cloudwatch", f"alarm:{name}"), now(), tags=tags)
            world.alarms.by_name[name] = alarm
        else:
            alarm.settings, alarm.configured, alarm.evaluated = settings, now(), -1
        remember(world, name, "ConfigurationUpdate", f'Alarm "{name}" put', {"type": "Put"})


def check(settings: Mapping[str, Any]) -> None:
    """Refuse an alarm that CloudWatch refuses, or that the sandbox can't evaluate.

    Raises ApiError: ValidationError, or NotInSandbox (such as an action other than SNS).
    """
    _check_names(settings, SETTINGS)
    needed = ALWAYS if "Metrics" in settings else (*NEEDED, *ALWAYS)
    if absent := [name for name in needed if name not in settings]:
        raise ApiError("ValidationError", f"{', '.join(absent)} must be given.")
    if settings["ComparisonOperator"] not in COMPARE:
        raise ApiError("NotInSandbox", "Anomaly detection is not in the sandbox.")
    if settings.get("TreatMissingData", "missing") not in MISSING:
        raise ApiError("ValidationError", f"TreatMissingData must be one of {', '.join(MISSING)}.")
    if settings.get("DatapointsToAlarm", 1) > settings["EvaluationPeriods"]:
        raise ApiError("ValidationError", "DatapointsToAlarm must be at most EvaluationPeriods.")
    if "Metrics" in settings:
        _check_period(metric_math.queries(settings).period, settings)
    else:
        _check_metric(settings)


def _check_metric(settings: Mapping[str, Any]) -> None:
    if ("Statistic" in settings) == ("ExtendedStatistic" in settings):
        raise ApiError("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be given.")
    if "ExtendedStatistic" in settings:
        statistics.check(settings["ExtendedStatistic"])
    _check_period(settings["Period"], settings)


def _check_period(period: int, settings: Mapping[str, Any]) -> None:
    """Refuse periods as API PutMetricAlarm does (Period); that it does so inside Metrics too is a guess."""
    metrics.check_period(period)
    if period in (1, 5):
        raise ApiError("ValidationError", f"Period is {period}, of an alarm it must be 10, 20, 30 or a multiple of 60.")
    longest = 604_800 if period >= 3600 else 86_400
    if period * settings["EvaluationPeriods"] > longest:
        raise ApiError("ValidationError", f"Period times EvaluationPeriods must be at most {longest} seconds.")


def _check_names(settings: Mapping[str, Any], known: set[str]) -> None:
    if further := set(settings) - known:
        raise ApiError("NotInSandbox", f"{', '.join(sorted(further))} of an alarm is not in the sandbox.")
    for topic in (topic for member in ACTIONS.values() for topic in settings.get(member, ())):
        if not topic.startswith("arn:aws:sns:"):
            raise ApiError("NotInSandbox", f"The alarm action {topic} is not in the sandbox; use an SNS topic.")


def describe_alarms(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DescribeAlarms, by name, prefix or state; metric alarms unless AlarmTypes says otherwise."""
    names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix", "")
    with world.alarms.lock:
        found = [
            alarm
            for name, alarm in sorted(world.alarms.by_name.items())
            if (names is None or name in names)
            and name.startswith(prefix)
            and request.get("StateValue", alarm.state) == alarm.state
            and ("CompositeAlarm" if alarm.composite else "MetricAlarm") in request.get("AlarmTypes", ["MetricAlarm"])
        ]
        page = _page(found, "Alarms", request)
        described = [(alarm.composite, _described(alarm)) for alarm in page.pop("Alarms")]
    return {
        "MetricAlarms": [one for composite, one in described if not composite],
        "CompositeAlarms": [one for composite, one in described if composite],
        **page,
    }


def _described(alarm: Alarm) -> dict[str, Any]:
    dimensions: dict[str, Any] = {} if alarm.composite else {"Dimensions": []}
    defaults = {"ActionsEnabled": True, **dimensions, **{member: [] for member in ACTIONS.values()}}
    return defaults | alarm.settings | {
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured,
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": alarm.updated,
        "StateTransitionedTimestamp": alarm.updated,
    }  # fmt: skip


def describe_alarm_history(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DescribeAlarmHistory, the newest first unless ScanBy says otherwise; metric alarms unless AlarmTypes does."""
    with world.alarms.lock:
        found = [
            item
            for item in world.alarms.history
            if request.get("AlarmName", item["AlarmName"]) == item["AlarmName"]
            and item["AlarmType"] in request.get("AlarmTypes", ["MetricAlarm"])
            and request.get("HistoryItemType", item["HistoryItemType"]) == item["HistoryItemType"]
            and request.get("StartDate", item["Timestamp"]) <= item["Timestamp"]
            and request.get("EndDate", item["Timestamp"]) >= item["Timestamp"]
        ]
    if request.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        found.reverse()
    return _page(found, "AlarmHistoryItems", request)


def _page(found: list[Any], member: str, request: Mapping[str, Any]) -> dict[str, Any]:
    start, size = int(request.get("NextToken", 0)), request.get("MaxRecords", 50)
    further = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return {member: found[start : start + size], **further}


def delete_alarms(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DeleteAlarms: incorrect names don't keep the others from being deleted, and are no error.

    The history stays (API DescribeAlarmHistory).
    """
    with world.alarms.lock:
        for name in request["AlarmNames"]:
            if name in world.alarms.by_name:
                remember(world, name, "ConfigurationUpdate", f'Alarm "{name}" deleted', {"type": "Delete"})
            world.alarms.by_name.pop(name, None)
    return {}


def set_alarm_state(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API SetAlarmState: lasts until the next evaluation."""
    with world.alarms.lock:
        alarm = world.alarms.named(request["AlarmName"])
    turn(world, alarm, request["StateValue"], request["StateReason"])
    return {}


def list_tags(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API ListTagsForResource, of alarms."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(world, request).tags.items()]}


def tag(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API TagResource, of alarms."""
    _tagged(world, request).tags.update({tag["Key"]: tag["Value"] for tag in request["Tags"]})
    return {}


def untag(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API UntagResource, of alarms."""
    for key in request["TagKeys"]:
        _tagged(world, request).tags.pop(key, None)
    return {}


def _tagged(world: World, request: Mapping[str, Any]) -> Alarm:
    with world.alarms.lock:
        alarms: list[Alarm] = list(world.alarms.by_name.values())
    found = [alarm for alarm in alarms if alarm.arn == request["ResourceARN"]]
    if not found:
        raise ApiError("ResourceNotFoundException", f"No alarm is {request['ResourceARN']}.", 404)
    return found[0]


def attach(world: World) -> None:
    """Hang `world.alarms` and start to evaluate."""
    world.alarms = Alarms()
    threading.Thread(target=watch, args=(world,), daemon=True).start()


OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "cloudwatch.PutMetricAlarm": put_metric_alarm,
    "cloudwatch.PutCompositeAlarm": put_composite_alarm,
    "cloudwatch.DescribeAlarms": describe_alarms,
    "cloudwatch.DescribeAlarmHistory": describe_alarm_history,
    "cloudwatch.DeleteAlarms": delete_alarms,
    "cloudwatch.SetAlarmState": set_alarm_state,
    "cloudwatch.ListTagsForResource": list_tags,
    "cloudwatch.TagResource": tag,
    "cloudwatch.UntagResource": untag,
}
