"""How an update is guarded. Pure: the requests for UpdateEndpoint and for the release's alarm.

Rules of AWS: WaitIntervalInSeconds 0-3600, MaximumExecutionTimeoutInSeconds 600-28800 and longer than all
waits (API shapes TrafficRoutingConfig, BlueGreenUpdatePolicy); a canary is at most half of the instances.
"""

from typing import Any

from pipeline import names
from pipeline.errors import UserError
from pipeline.policy import Canary

GUARDED = "production"
PROVISIONING_SECONDS = 1800  # for new instances to start, beside the waits
LONGEST = 28_800


def update(
    endpoint: str, config: str, *, policy: Canary, guarded: bool, instances: int, alarms: list[str]
) -> dict[str, Any]:
    """An UpdateEndpoint request. Raises UserError when the fleet is too small for a canary.

    RetainAllVariantProperties keeps the instance count that scaling arrived at, where the configuration's
    would reset it; data capture is excluded from that, so that each configuration captures to its own prefix.
    """
    if guarded and instances < 2:
        raise UserError(
            f"{endpoint} has {instances} instance: a canary needs 2 or more, raise the service stack's count"
        )
    return {
        "EndpointName": endpoint,
        "EndpointConfigName": config,
        "RetainAllVariantProperties": True,
        "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}],
        "DeploymentConfig": _canary(policy, alarms) if guarded else _at_once(),
    }


def longest(policy: Canary) -> int:
    """MaximumExecutionTimeoutInSeconds: the waits and time to start instances."""
    return min(LONGEST, policy.bake_seconds + policy.final_seconds + PROVISIONING_SECONDS)


def alarm(
    name: str, endpoint: str, config: str, *, policy: Canary, topic: str | None, model: str
) -> dict[str, Any]:
    """A PutMetricAlarm request that sees the new configuration alone.

    Invocation5XXErrors is 1 or 0 for each request, so its average is the failed share, from 0 to 1. The
    dimension EndpointConfigName separates the new fleet from the old. No traffic, no evidence: notBreaching.
    """
    dimensions = {"EndpointName": endpoint, "VariantName": names.VARIANT, "EndpointConfigName": config}
    return {
        "AlarmName": name,
        "AlarmDescription": f"{model} answers more than {policy.max_error_rate:.1%} of its requests with 5xx",
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Statistic": "Average",
        "Period": policy.period_seconds,
        "EvaluationPeriods": policy.periods,
        "DatapointsToAlarm": policy.periods,
        "Threshold": policy.max_error_rate,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic] if topic else [],
    }


def unfit(described: list[dict[str, Any]], wanted: dict[str, Any]) -> str | None:
    """Why the alarm `wanted`, as CloudWatch describes it, cannot guard an update; None when it can."""
    found = next((one for one in described if one["AlarmName"] == wanted["AlarmName"]), None)
    if found is None:
        return "CloudWatch does not list it"
    if _pairs(found["Dimensions"]) != _pairs(wanted["Dimensions"]):
        return "it watches other dimensions than the new configuration"
    if found["StateValue"] == "ALARM":
        return "it is in ALARM before the update has begun"
    return None


def _pairs(dimensions: list[dict[str, str]]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in dimensions}


def _canary(policy: Canary, alarms: list[str]) -> dict[str, Any]:
    share = {"Type": "CAPACITY_PERCENT", "Value": round(policy.share * 100)}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "WaitIntervalInSeconds": policy.bake_seconds,
                "CanarySize": share,
            },
            "TerminationWaitInSeconds": policy.final_seconds,
            "MaximumExecutionTimeoutInSeconds": longest(policy),
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm} for alarm in alarms]},
    }


def _at_once() -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
            "TerminationWaitInSeconds": 0,
            "MaximumExecutionTimeoutInSeconds": PROVISIONING_SECONDS,
        }
    }
