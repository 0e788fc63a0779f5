"""SageMaker hosting: models and endpoint configurations, which are records; endpoints.py has what lives."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import capacity, describing, endpoints, scaling
from sandbox.access import behalf
from sandbox.endpoint import Endpoint
from sandbox.invocation import invoke
from sandbox.pages import page
from sandbox.records import Record, Records, arn, made
from sandbox.world import ApiError, World

__all__ = ["AFTER", "OPERATIONS", "Hosting", "attach", "invoke"]

_MODEL = {"ModelName", "PrimaryContainer", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation", "Tags"}
_CONTAINER = {"Image", "ModelDataUrl", "Environment", "Mode", "ContainerHostname"}
_CONFIG = {
    "EndpointConfigName", "ProductionVariants", "DataCaptureConfig", "KmsKeyId", "Tags", "ExecutionRoleArn",
    "VpcConfig", "EnableNetworkIsolation", "MetricsConfig", "ShadowProductionVariants",
}  # fmt: skip
_VARIANT = {
    "VariantName", "ModelName", "InitialInstanceCount", "InstanceType", "InitialVariantWeight",
    "VolumeSizeInGB", "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds", "EnableSSMAccess",
    "InferenceAmiVersion",
}  # fmt: skip
_FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)  # seconds (API MetricsConfig)


@dataclass(eq=False)
class Hosting:
    """What the account hosts. `draws` decides on routes and samples; seed it for a repeatable run."""

    models: Records[Record] = field(default_factory=lambda: Records("model"))
    configs: Records[Record] = field(default_factory=lambda: Records("endpoint configuration"))
    endpoints: Records[Endpoint] = field(default_factory=lambda: Records("endpoint"))
    draws: random.Random = field(default_factory=random.Random)


def create_model(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API CreateModel; of the image only the manifest's type is looked at before an endpoint needs it.

    Raises ApiError ValidationException when SageMaker cannot take the model's role, or the manifest (images.py).
    """
    _only(request, _MODEL, "of a model")
    container = request.get("PrimaryContainer", {})
    _only(container, _CONTAINER, "of a model's container")
    needed = {"PrimaryContainer.Image": "Image" in container, "ExecutionRoleArn": "ExecutionRoleArn" in request}
    for member, given in needed.items():
        if not given:
            raise ApiError("ValidationException", f"{member} must be given.")
    model = Record(**made(world, "model", request["ModelName"], request))
    behalf.take(world, model.request["ExecutionRoleArn"], model.arn)
    world.images.require_manifest(container["Image"])
    world.hosting.models.add(model)
    return {"ModelArn": model.arn}


def describe_model(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DescribeModel."""
    model = _model(world, request)
    isolated = model.request.get("EnableNetworkIsolation", False)
    its = {"ModelArn": model.arn, "CreationTime": model.created, "EnableNetworkIsolation": isolated}
    return model.request | its


def list_models(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API ListModels."""
    summaries = [
        {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": model.created}
        for model in world.hosting.models.all()
    ]
    listed = page(summaries, request, name="ModelName", order="Descending")
    return {"Models": listed.pop("rows"), **listed}


def delete_model(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DeleteModel; a fleet that runs keeps running."""
    world.hosting.models.remove(_model(world, request))
    return {}


def create_endpoint_config(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API CreateEndpointConfig: instances (not serverless), models that exist, variant names once each.

    With a shadow variant there is one of it and one production variant (same API, ShadowProductionVariants).
    """
    _only(request, _CONFIG, "of an endpoint configuration")
    production, shadow = request["ProductionVariants"], request.get("ShadowProductionVariants", [])
    variants = [*production, *shadow]
    for variant in variants:
        _only(variant, _VARIANT, "of a production variant")
        for member in ("ModelName", "InstanceType", "InitialInstanceCount"):
            if member not in variant:
                raise ApiError("ValidationException", f"{member} of {variant['VariantName']} must be given.")
        _model(world, variant)
    if len({variant["VariantName"] for variant in variants}) < len(variants):
        raise ApiError("ValidationException", "Two production variants have the same VariantName.")
    frequency = request.get("MetricsConfig", {}).get("MetricPublishFrequencyInSeconds", 60)
    if frequency not in _FREQUENCIES:
        known = ", ".join(map(str, _FREQUENCIES))
        raise ApiError("ValidationException", f"MetricPublishFrequencyInSeconds is {frequency}, it must be of {known}.")
    if shadow and len(variants) != 2:
        raise ApiError(
            "ValidationException", "With a shadow variant there must be one of it and one production variant."
        )
    config = Record(**made(world, "endpoint-config", request["EndpointConfigName"], request))
    world.hosting.configs.add(config)
    return {"EndpointConfigArn": config.arn}


def describe_endpoint_config(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DescribeEndpointConfig."""
    config = _config(world, request)
    kinds = [kind for kind in ("ProductionVariants", "ShadowProductionVariants") if kind in config.request]
    weighed = {kind: [{"InitialVariantWeight": 1.0} | each for each in config.request[kind]] for kind in kinds}
    its: dict[str, Any] = {"EndpointConfigArn": config.arn, "CreationTime": config.created}
    return config.request | its | weighed


def list_endpoint_configs(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API ListEndpointConfigs."""
    summaries = [
        {"EndpointConfigName": config.name, "EndpointConfigArn": config.arn, "CreationTime": config.created}
        for config in world.hosting.configs.all()
    ]
    listed = page(summaries, request, name="EndpointConfigName", order="Descending")
    return {"EndpointConfigs": listed.pop("rows"), **listed}


def delete_endpoint_config(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DeleteEndpointConfig; AWS does not look whether an endpoint uses it (endpoints.py)."""
    world.hosting.configs.remove(_config(world, request))
    return {}


def _model(world: World, request: Mapping[str, Any]) -> Record:
    found: Record = world.hosting.models.get(request["ModelName"], arn(world, "model", request["ModelName"]))
    return found


def _config(world: World, request: Mapping[str, Any]) -> Record:
    name = request["EndpointConfigName"]
    found: Record = world.hosting.configs.get(name, arn(world, "endpoint-config", name))
    return found


def _only(request: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse what would be accepted and not done. Raises ApiError NotInSandbox."""
    if further := set(request) - known:
        raise ApiError("NotInSandbox", f"{', '.join(sorted(further))} {where} is not in the sandbox.")


def attach(world: World) -> None:
    """Hang `world.hosting`."""
    world.hosting = Hosting()


OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "sagemaker.CreateModel": create_model,
    "sagemaker.DescribeModel": describe_model,
    "sagemaker.ListModels": list_models,
    "sagemaker.DeleteModel": delete_model,
    "sagemaker.CreateEndpointConfig": create_endpoint_config,
    "sagemaker.DescribeEndpointConfig": describe_endpoint_config,
    "sagemaker.ListEndpointConfigs": list_endpoint_configs,
    "sagemaker.DeleteEndpointConfig": delete_endpoint_config,
    "sagemaker.CreateEndpoint": endpoints.create_endpoint,
    "sagemaker.DescribeEndpoint": describing.describe_endpoint,
    "sagemaker.ListEndpoints": describing.list_endpoints,
    "sagemaker.UpdateEndpoint": endpoints.update_endpoint,
    "sagemaker.DeleteEndpoint": endpoints.delete_endpoint,
    **capacity.OPERATIONS,
}
AFTER = scaling.AFTER
