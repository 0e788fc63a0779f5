"""Room for an update of an endpoint that scales, and what is put back after it.

AWS does not scale an endpoint while it updates it, and refuses an update that changes the instance type of a
variant that it scales (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html). So the
least capacity is raised before, and around a change of type the scaling is taken away. What is to be put back
is known, and written down, before anything is changed; putting it back twice does no harm.
"""

import math
import time
from collections.abc import Mapping
from typing import Any

from pipeline import aws, canary, endpoint, names, tags
from pipeline.errors import InfrastructureError
from pipeline.ledger import Record
from pipeline.policy import Policy
from pipeline.progress import waiting
from pipeline.scaling import target, variant
from pipeline.settings import Service

BOUNDS = ("MinCapacity", "MaxCapacity", "SuspendedState")
POLICY = (
    "PolicyName",
    "PolicyType",
    "StepScalingPolicyConfiguration",
    "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScalingPolicyConfiguration",
)
SCHEDULE = ("ScheduledActionName", "Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")


def known(service: Service, environment: str) -> dict[str, Any]:
    """What is to be put back, details["capacity"]; empty where the endpoint does not scale.

    The tags of a target go with it and are not listed with it: a new one gets the present tree's. `instances`
    is what room is made from, so that a process that takes over makes no more of it.
    """
    found = scaling(service)
    if not found:
        return {}
    tagged = {one["Key"]: one["Value"] for one in tags.present(environment)}
    described = endpoint.describe(service.endpoint)
    return {**found, "tags": tagged, "instances": endpoint.instances(described) if described else 0}


def scaling(service: Service) -> dict[str, Any]:
    """How the endpoint scales now: target, policies, scheduled actions; empty where it does not."""
    subject, named, present = variant(service.endpoint), "application-autoscaling", target(service.endpoint)
    if present is None:
        return {}
    policies = aws.pages(named, "describe_scaling_policies", "ScalingPolicies", **subject)
    actions = aws.pages(named, "describe_scheduled_actions", "ScheduledActions", **subject)
    return {
        "target": kept(present, BOUNDS),
        "policies": [kept(one, POLICY) for one in policies],
        "scheduled": [kept(one, SCHEDULE) for one in actions],
    }


def kept(described: Mapping[str, Any], members: tuple[str, ...]) -> dict[str, Any]:
    """The members of a description that a request takes again, as JSON holds them. Pure."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in described.items()
        if name in members
    }


def needed(instances: int, most: int, headroom: float) -> int:
    """How many instances a bake begins with, of an endpoint that may have `most`. Pure."""
    return max(instances, min(most, math.ceil(instances * (1 + headroom) - 1e-9)))


def raised(service: Service, record: Record, rules: Policy) -> None:
    """Make room for the update of `record`, and wait until it is there.

    What is to be put back must be in its details["capacity"] already. Raises InfrastructureError when the
    instances do not come.
    """
    before = record.details.get("capacity")
    now = target(service.endpoint) if before else None
    if not before or not now:  # it does not scale, or does not any more: somebody came so far already
        return
    wanted = needed(before["instances"], before["target"]["MaxCapacity"], rules.canary.headroom)
    client, subject = aws.client("application-autoscaling"), variant(service.endpoint)
    if now["MinCapacity"] < wanted:
        client.register_scalable_target(**subject, MinCapacity=wanted)
    _wait(service, wanted)
    if changes_type(service, record):
        client.deregister_scalable_target(**subject)


def changes_type(service: Service, record: Record) -> bool:
    """Whether the update would run on another instance type than the endpoint does."""
    described = endpoint.describe(service.endpoint)
    live = described["EndpointConfigName"] if described else None
    before = endpoint.instance_type(live) if live else None
    return before is not None and before != endpoint.instance_type(record.config_asked)


def _wait(service: Service, wanted: int) -> None:
    since = time.monotonic()
    with waiting(f"{service.endpoint}: {wanted} instances to bake with") as show:
        while True:
            described = endpoint.describe(service.endpoint)
            come = running(described or {})
            settled = described is not None and described["EndpointStatus"] == "InService"
            if settled and come >= wanted:
                return
            show(f"{come} so far")
            if aws.elapsed(since) > canary.PROVISIONING_SECONDS:
                raise InfrastructureError(
                    f"{service.endpoint} got {come} of the {wanted} instances that it is to bake with: run "
                    "the verb again, or lower canary.headroom in policy.toml"
                )
            aws.poll()


def running(described: Mapping[str, Any]) -> int:
    """How many instances the live variant runs on now. Pure."""
    variants = described.get("ProductionVariants", [])
    return sum(one.get("CurrentInstanceCount", 0) for one in variants if one["VariantName"] == names.VARIANT)


def restore(service: Service, before: Mapping[str, Any]) -> None:
    """Let the endpoint scale again as it did; nothing is done where it does, or where it is gone.

    A step policy that is made anew has another ARN, which alarms of one's own would have to be told.
    """
    if not before or endpoint.describe(service.endpoint) is None:
        return
    client, subject, now = aws.client("application-autoscaling"), variant(service.endpoint), scaling(service)
    if now.get("target") != before["target"]:
        tagged = {} if now else {"Tags": before["tags"]}
        client.register_scalable_target(**subject, **before["target"], **tagged)
    for policy in before["policies"]:
        if policy not in now.get("policies", []):
            client.put_scaling_policy(**subject, **policy)
    for action in before["scheduled"]:
        if action not in now.get("scheduled", []):
            client.put_scheduled_action(**subject, **action)
