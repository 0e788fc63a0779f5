"""A release's four alarms: requests, arming, history, deletion.

SageMaker watches them while the new fleet bakes and returns to the old one when any is in ALARM
(https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html):

- `reject`: the judge, or a person, says no;
- `heartbeat`: nobody judges any more, because missing data are breaching;
- `errors` and `latency`: what no judge of ours is needed for, on the new configuration's own metrics.

Updating an alarm keeps its state (API PutMetricAlarm), so that names carry the release.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline import aws, fitness, names, pulse, runbook, tags
from pipeline.errors import InfrastructureError
from pipeline.ledger import Record
from pipeline.policy import Policy
from pipeline.settings import Service

REJECT, HEARTBEAT, ERRORS, LATENCY = SIGNALS = ("reject", "heartbeat", "errors", "latency")
MINUTE = 60
VERDICT_PERIOD = 10  # seconds, the shortest of an alarm (API PutMetricAlarm, Period)
REAL_SECONDS = 3  # the least that a window lasts here, however fast AWS's time runs
MOST = 0.99  # of the requests: a threshold above it could hardly be crossed by a share
ARMING_SECONDS = 300  # of AWS's time, until every alarm is OK


def name(record: Record, signal: str) -> str:
    """The alarm of a release on `signal`."""
    subject = record.release.removeprefix(f"{record.environment}-")
    return names.alarm(names.project(), record.environment, subject, signal)


def all_names(record: Record) -> list[str]:
    """The release's four alarms."""
    return [name(record, signal) for signal in SIGNALS]


def heartbeat_periods(seconds: int) -> int:
    """How many minutes without a beat mean that nobody judges."""
    return math.ceil(max(seconds, REAL_SECONDS * aws.SPEED) / MINUTE)


def requests(record: Record, service: Service, rules: Policy) -> dict[str, dict[str, Any]]:
    """PutMetricAlarm requests by signal. Pure but for names; the plan is the record's."""
    plan = record.details["plan"]
    asked = {
        REJECT: _judged(record, service, REJECT, "Verdict", "the judge rejects the candidate")
        | {
            "Statistic": "Maximum",
            "Period": VERDICT_PERIOD,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
        },
        HEARTBEAT: _judged(record, service, HEARTBEAT, "Heartbeat", "nobody judges the candidate any more")
        | {
            "Statistic": "SampleCount",
            "Period": MINUTE,
            "EvaluationPeriods": (periods := heartbeat_periods(rules.canary.heartbeat_seconds)),
            "DatapointsToAlarm": periods,
            "Threshold": 1.0,
            "ComparisonOperator": "LessThanThreshold",
            "TreatMissingData": "breaching",
        },
        ERRORS: _errors(record, service, rules, plan),
        LATENCY: _latency(record, service, rules, plan),
    }
    for signal, one in asked.items():
        said, kind = one["AlarmDescription"], f"release-{signal}"
        one["AlarmDescription"] = runbook.described(names.project(), rules.owners, kind, said)
    return asked


def _errors(record: Record, service: Service, rules: Policy, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Invocation5XXErrors is 1 or 0 for a request, so its sum counts those (dg/monitoring-cloudwatch)."""
    rule, base = rules.backstop, plan["base"].get("errors", 0.0)
    threshold = min(MOST, max(rule.max_error_rate, rule.base_times * base))
    metrics = {"all": ("Invocations", "Sum"), "bad": ("Invocation5XXErrors", "Sum")}
    expression = f"IF(all >= {rule.minimum_requests}, bad / all, 0)"
    said = f"{record.model} answers more than {threshold:.1%} of its requests with 5xx"
    return _watching(record, service, rule.period_seconds, ERRORS, said, metrics, expression) | {
        "EvaluationPeriods": rule.periods,
        "DatapointsToAlarm": rule.periods,
        "Threshold": threshold,
    }


def _latency(record: Record, service: Service, rules: Policy, plan: Mapping[str, Any]) -> dict[str, Any]:
    """ModelLatency is in microseconds. What keeps the objective is not slow, however fast the other is."""
    rule, objective = rules.backstop, rules.slo.latency_p95_ms * 1000
    threshold = max(objective, rule.latency_times * plan["latency_us"].get("p90", 0.0))
    metrics = {"all": ("ModelLatency", "SampleCount"), "slow": ("ModelLatency", "p90")}
    expression = f"IF(all >= {rule.minimum_requests}, slow, 0)"
    said = f"a tenth of the requests to {record.model} takes more than {threshold / 1000:.3g} ms"
    return _watching(record, service, rule.period_seconds, LATENCY, said, metrics, expression) | {
        "EvaluationPeriods": rule.latency_periods,
        "DatapointsToAlarm": rule.latency_periods,
        "Threshold": threshold,
    }


def _judged(record: Record, service: Service, signal: str, metric: str, said: str) -> dict[str, Any]:
    """An alarm on a metric that the judge publishes."""
    return _alarm(record, service, signal, said) | {
        "Namespace": pulse.namespace(record),
        "MetricName": metric,
        "Dimensions": pulse.dimensions(record, service),
    }


def _watching(
    record: Record,
    service: Service,
    period: int,
    signal: str,
    said: str,
    metrics: Mapping[str, tuple[str, str]],
    expression: str,
) -> dict[str, Any]:
    """An alarm on an expression over the new configuration's own metrics: the blend of both would hide it.

    No traffic is no evidence: notBreaching.
    """
    own = watched(service.endpoint, record.config_asked)
    queries: list[dict[str, Any]] = [
        {
            "Id": id_,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": own},
                "Period": period,
                "Stat": stat,
            },
            "ReturnData": False,
        }
        for id_, (metric, stat) in metrics.items()
    ]
    return _alarm(record, service, signal, said) | {
        "Metrics": [*queries, {"Id": signal, "Expression": expression, "Label": signal, "ReturnData": True}],
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }


def _alarm(record: Record, service: Service, signal: str, said: str) -> dict[str, Any]:
    topic = service.alarm_topic_arn
    return {
        "AlarmName": name(record, signal),
        "AlarmDescription": f"{record.release}: {said}",
        "ActionsEnabled": True,
        "AlarmActions": [topic] if topic else [],
    }


def watched(endpoint: str, config: str) -> list[dict[str, str]]:
    """The dimensions of one configuration's metrics, which separate the new fleet's from the old one's."""
    own = {"EndpointName": endpoint, "VariantName": names.VARIANT, "EndpointConfigName": config}
    return [{"Name": key, "Value": value} for key, value in own.items()]


def arm(record: Record, service: Service, rules: Policy) -> list[dict[str, Any]]:
    """Put the four alarms and beat until every one is OK: details["alarms"].

    The heartbeat alarm comes a minute after the first beat, so that its first look finds one. What an
    interrupted release has armed keeps its tags: AWS ignores an update's (API PutMetricAlarm, Tags). Raises
    InfrastructureError, before anything was updated, saying which alarm cannot guard and why.
    """
    cloudwatch, wanted = aws.client("cloudwatch"), requests(record, service, rules)
    tagged = {"Tags": tags.present(record.environment)}
    since = time.monotonic()
    pulse.publish(record, service, verdict=0)
    for signal in (REJECT, ERRORS, LATENCY):
        cloudwatch.put_metric_alarm(**wanted[signal], **tagged)
    aws.sleep(MINUTE)
    pulse.publish(record, service, verdict=0)
    cloudwatch.put_metric_alarm(**wanted[HEARTBEAT], **tagged)
    while why := _unfit(record, wanted):
        if aws.elapsed(since) > ARMING_SECONDS + MINUTE:
            signal, said = next(iter(why.items()))
            raise InfrastructureError(f"the alarm {name(record, signal)} cannot guard a release: {said}")
        aws.poll()
        pulse.publish(record, service, verdict=0)
    return [{"name": one["AlarmName"], "signal": signal, "rule": rule(one)} for signal, one in wanted.items()]


def _unfit(record: Record, wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Why alarms cannot guard, by signal."""
    described, bake = listed(record), record.details["plan"]["bake_seconds"]
    found = {signal: fitness.unfit(described, one, bake) for signal, one in wanted.items()}
    return {signal: why for signal, why in found.items() if why}


def listed(record: Record) -> list[dict[str, Any]]:
    """The release's alarms as CloudWatch describes them; what was deleted is absent."""
    answer = aws.client("cloudwatch").describe_alarms(
        AlarmNames=all_names(record), AlarmTypes=["MetricAlarm"]
    )
    found: list[dict[str, Any]] = answer["MetricAlarms"]
    return found


def rule(request: Mapping[str, Any]) -> str:
    """What an alarm fires on, in a line. Pure."""
    signs = {
        "GreaterThanThreshold": ">",
        "GreaterThanOrEqualToThreshold": ">=",
        "LessThanThreshold": "<",
    }
    watched = next(
        (one["Expression"] for one in request.get("Metrics", ()) if "Expression" in one),
        f"{request.get('Statistic')} of {request.get('MetricName')}",
    )
    inner = [one["MetricStat"]["Period"] for one in request.get("Metrics", ()) if "MetricStat" in one]
    period, times = request.get("Period") or inner[0], request["EvaluationPeriods"]
    sign, missing = signs[request["ComparisonOperator"]], request["TreatMissingData"]
    return f"{watched} {sign} {request['Threshold']:g}, {times} x {period} s, missing is {missing}"


def fired(record: Record) -> list[dict[str, Any]]:
    """The changes of state of the release's alarms, oldest first: details["alarm_history"].

    The history outlives the alarms (API DescribeAlarmHistory).
    """
    items = [
        {**item, "signal": signal}
        for signal in SIGNALS
        for item in aws.pages(
            "cloudwatch",
            "describe_alarm_history",
            "AlarmHistoryItems",
            AlarmName=name(record, signal),
            HistoryItemType="StateUpdate",
        )
    ]
    return history(items)


def history(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """DescribeAlarmHistory's items, each with its signal, as lines of a record, oldest first. Pure."""
    lines = []
    for item in sorted(items, key=lambda one: str(one["Timestamp"])):
        change = json.loads(item.get("HistoryData") or "{}")
        after = change.get("newState", {})
        lines.append(
            {
                "at": aws.stamp(item["Timestamp"]),
                "signal": item["signal"],
                "before": change.get("oldState", {}).get("stateValue"),
                "after": after.get("stateValue"),
                "reason": after.get("stateReason", item.get("HistorySummary", "")),
            }
        )
    return lines


def sounding(record: Record) -> dict[str, str]:
    """The reasons of those of the release's alarms that are in ALARM, by signal."""
    signals = {name(record, signal): signal for signal in SIGNALS}
    return {
        signals[one["AlarmName"]]: str(one.get("StateReason", ""))
        for one in listed(record)
        if one["StateValue"] == "ALARM"
    }


def disarm(record: Record) -> None:
    """Delete the release's alarms; it is no error when they are gone (API DeleteAlarms)."""
    aws.find(aws.client("cloudwatch").delete_alarms, AlarmNames=all_names(record))
