"""Tags of everything that SageMaker has: one table for all, filled from the Create operations.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html: a key that exists gets the new
value.
"""

from typing import Any

from sandbox.world import World


def note(world: World, operation: str, request: dict[str, Any], result: dict[str, Any]) -> None:
    """Keep the `Tags` of a successful Create under the one ARN of its result; a name that was used has no others."""
    arns = [value for name, value in result.items() if name.endswith("Arn")]
    if operation.startswith("Create") and arns:
        world.tags[arns[0]] = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}


def _of(world: World, arn: str) -> dict[str, str]:
    return world.tags.setdefault(arn, {})


def _listed(tags: dict[str, str]) -> dict[str, Any]:
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _add(world: World, request: dict[str, Any]) -> dict[str, Any]:
    tags = _of(world, request["ResourceArn"])
    tags.update({tag["Key"]: tag["Value"] for tag in request["Tags"]})
    return _listed(tags)


def _delete(world: World, request: dict[str, Any]) -> dict[str, Any]:
    for key in request["TagKeys"]:
        _of(world, request["ResourceArn"]).pop(key, None)
    return {}


def _list(world: World, request: dict[str, Any]) -> dict[str, Any]:
    return _listed(world.tags.get(request["ResourceArn"], {}))


OPERATIONS = {"sagemaker.AddTags": _add, "sagemaker.DeleteTags": _delete, "sagemaker.ListTags": _list}


def attach(world: World) -> None:
    """Hang `world.tags`."""
    world.tags = {}
