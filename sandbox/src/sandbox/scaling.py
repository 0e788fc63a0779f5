"""Automatic scaling, as far as it binds an endpoint's updates.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html: UpdateEndpoint fails when it would change
the instance type of a variant that is a scalable target; another model is allowed. The text of the error is a guess.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.world import ApiError, World

_DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def check(world: World, endpoint: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Let `endpoint` change from one configuration to the other. Raises ApiError ValidationException."""
    before, after = _types(old), _types(new)
    changed = {f"endpoint/{endpoint}/variant/{name}": name for name in before if before[name] != after.get(name)}
    if not changed:
        return
    answer = world.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker", ScalableDimension=_DIMENSION, ResourceIds=sorted(changed)
    )
    scaled = sorted(changed[target["ResourceId"]] for target in answer["ScalableTargets"])
    if scaled:
        raise ApiError(
            "ValidationException",
            f"The variant(s) {', '.join(scaled)} are registered as scalable targets: call DeregisterScalableTarget "
            "before an update that changes their instance type.",
        )


def _types(config: Mapping[str, Any]) -> dict[str, str]:
    return {variant["VariantName"]: variant["InstanceType"] for variant in config["ProductionVariants"]}
