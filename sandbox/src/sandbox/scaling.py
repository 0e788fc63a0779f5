"""Automatic scaling, as far as it binds an endpoint's updates and they bind it.

- A registration "changes the resource's current capacity to a value that is inside of this range", unless the resource
  is not active: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html.
- It "is blocked while the update operation is in progress", and UpdateEndpoint fails when it would change the instance
  type of a variant that is a scalable target; another model is allowed:
  https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html.

Guesses: the text of that error; a registration during an update is kept and changes no capacity, not even later.
Policies are kept by moto, and nothing scales by them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox import capacity
from sandbox.endpoint import counts
from sandbox.world import ApiError, World

_DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def check(world: World, endpoint: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Let `endpoint` change from one configuration to the other. Raises ApiError ValidationException."""
    before, after = _types(old), _types(new)
    changed = {f"endpoint/{endpoint}/variant/{name}": name for name in before if before[name] != after.get(name)}
    if not changed:
        return
    scaled = sorted(changed[target["ResourceId"]] for target in _targets(world, sorted(changed)))
    if scaled:
        raise ApiError(
            "ValidationException",
            f"The variant(s) {', '.join(scaled)} are registered as scalable targets: call DeregisterScalableTarget "
            "before an update that changes their instance type.",
        )


def registered(world: World, request: dict[str, Any]) -> None:
    """Bring the variant of a registration into its range, if its endpoint is InService."""
    kind, _, rest = request["ResourceId"].partition("/")
    name, _, variant = rest.partition("/variant/")
    endpoint = world.hosting.endpoints.find(name) if kind == "endpoint" else None
    if request["ScalableDimension"] != _DIMENSION or endpoint is None or endpoint.status != "InService":
        return
    present = counts(endpoint.fleet.config).get(variant)
    for target in _targets(world, [request["ResourceId"]]):
        wanted = min(max(present or 0, target["MinCapacity"]), target["MaxCapacity"])
        if present not in (None, wanted):
            capacity.begin(world, endpoint, [{"VariantName": variant, "DesiredInstanceCount": wanted}])


def _targets(world: World, resources: list[str]) -> list[dict[str, Any]]:
    answer = world.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker", ScalableDimension=_DIMENSION, ResourceIds=resources
    )
    found: list[dict[str, Any]] = answer["ScalableTargets"]
    return found


def _types(config: Mapping[str, Any]) -> dict[str, str]:
    return {variant["VariantName"]: variant["InstanceType"] for variant in config["ProductionVariants"]}


AFTER: dict[str, Callable[[World, dict[str, Any]], None]] = {
    "application-autoscaling.RegisterScalableTarget": registered,
}
