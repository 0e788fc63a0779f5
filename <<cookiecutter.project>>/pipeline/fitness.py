"""Whether an alarm can guard a bake: CloudWatch has it as it was asked for, it can fire, and in time. Pure.

An update is taken back by an alarm that trips while the new fleet bakes; one that cannot trip guards nothing
(https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

ORDERLESS = ("Dimensions", "AlarmActions", "Metrics")


def unfit(described: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any], bake_seconds: int) -> str | None:
    """Why the alarm `wanted`, as DescribeAlarms has it, cannot guard a bake; None when it can."""
    found = next((one for one in described if one["AlarmName"] == wanted["AlarmName"]), None)
    if found is None:
        return "CloudWatch does not list it"
    if different := _different(found, wanted):
        return different
    period = wanted.get("Period") or next(
        one["MetricStat"]["Period"] for one in wanted["Metrics"] if "MetricStat" in one
    )
    if (window := period * wanted["EvaluationPeriods"]) >= bake_seconds:
        return f"the {bake_seconds} seconds of the bake are over before the {window} that it looks at"
    if not reachable(wanted):
        return f"nothing it watches can cross its threshold of {wanted['Threshold']:g}"
    if found["StateValue"] != "OK":
        return f"it is in {found['StateValue']} before the update has begun: {found.get('StateReason', '')}"
    return None


def reachable(request: Mapping[str, Any]) -> bool:
    """Whether what an alarm watches can cross its threshold: a verdict is at most 1, and so is a share."""
    threshold = request["Threshold"]
    if request["ComparisonOperator"] == "LessThanThreshold":
        return bool(threshold > 0)
    if request.get("MetricName") == "Verdict":
        return bool(threshold <= 1)
    share = any("/" in one.get("Expression", "") for one in request.get("Metrics", ()))
    return not share or bool(threshold < 1)


def _different(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    """The first setting of `wanted` that `found` has otherwise."""
    for key, value in wanted.items():
        has = found.get(key, [] if isinstance(value, list) else None)
        if key == "Tags" or (_plain(key, has) == _plain(key, value)):
            continue
        if key in ("Dimensions", "Metrics"):
            return "it watches something else than this release's own metrics"
        return f"its {key} is {has}, not {value}"
    return None


def _plain(key: str, value: Any) -> Any:
    """A setting in a form that can be compared, whatever order CloudWatch lists it in."""
    if key == "Metrics":
        ordered = [
            {**one, **({"MetricStat": _ordered(one["MetricStat"])} if "MetricStat" in one else {})}
            for one in value
        ]
        return sorted(json.dumps(one, sort_keys=True) for one in ordered)
    if key in ORDERLESS:
        return sorted(json.dumps(one, sort_keys=True) for one in value)
    return value


def _ordered(stat: Mapping[str, Any]) -> dict[str, Any]:
    metric = stat["Metric"]
    dimensions = sorted(metric["Dimensions"], key=lambda one: str(one["Name"]))
    return {**stat, "Metric": {**metric, "Dimensions": dimensions}}
