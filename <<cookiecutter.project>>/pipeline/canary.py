"""How an update is guarded. Pure: the requests for UpdateEndpoint.

Rules of AWS: WaitIntervalInSeconds and TerminationWaitInSeconds 0-3600, MaximumExecutionTimeoutInSeconds
600-28800 and longer than all waits, a canary at most half of the green fleet's instances (API shapes
TrafficRoutingConfig, BlueGreenUpdatePolicy, CapacitySize).
"""

import math
from collections.abc import Sequence
from typing import Any

from pipeline.errors import UserError

GUARDED = "production"
PROVISIONING_SECONDS = 1800  # for new instances to start, beside the waits
LONGEST = 28_800


def taken(endpoint: str, instances: int, share: float) -> int:
    """How many of the green fleet's instances a canary of about `share` takes: whole ones, one or more.

    Raises UserError when the fleet is too small to be split.
    """
    if instances < 2:
        raise UserError(
            f"{endpoint} has {instances} instance: a canary needs 2 or more, raise the service stack's count"
        )
    return min(max(1, math.floor(instances * share + 1e-9)), instances // 2)


def update(
    endpoint: str,
    config: str,
    *,
    canary_instances: int,
    bake_seconds: int,
    final_seconds: int,
    alarms: Sequence[str],
) -> dict[str, Any]:
    """An UpdateEndpoint request that `alarms` can take back, first on some instances, then on all.

    The canary's size is a count, not a per cent, so that nobody has to know how AWS rounds.
    """
    return _request(
        endpoint,
        config,
        {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {
                    "Type": "CANARY",
                    "WaitIntervalInSeconds": bake_seconds,
                    "CanarySize": {"Type": "INSTANCE_COUNT", "Value": canary_instances},
                },
                "TerminationWaitInSeconds": final_seconds,
                "MaximumExecutionTimeoutInSeconds": longest(bake_seconds, final_seconds),
            },
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm} for alarm in alarms]},
        },
    )


def at_once(endpoint: str, config: str) -> dict[str, Any]:
    """An UpdateEndpoint request for all traffic at once, as soon as the new fleet is up, unwatched."""
    return _request(
        endpoint,
        config,
        {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                "TerminationWaitInSeconds": 0,
                "MaximumExecutionTimeoutInSeconds": PROVISIONING_SECONDS,
            }
        },
    )


def longest(bake_seconds: int, final_seconds: int) -> int:
    """MaximumExecutionTimeoutInSeconds: the waits and time to start instances."""
    return min(LONGEST, bake_seconds + final_seconds + PROVISIONING_SECONDS)


def _request(endpoint: str, config: str, deployment: dict[str, Any]) -> dict[str, Any]:
    """The request of every update.

    RetainAllVariantProperties keeps the instance count that scaling arrived at, where the configuration's
    would reset it; data capture is excluded from that, so that each captures to a prefix of its own.
    """
    return {
        "EndpointName": endpoint,
        "EndpointConfigName": config,
        "RetainAllVariantProperties": True,
        "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}],
        "DeploymentConfig": deployment,
    }
