"""What an environment serves: Models and EndpointConfigs named by content, and the endpoint itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import aws, digest, names, policy, tags
from pipeline.errors import InfrastructureError, UserError
from pipeline.registry import Version
from pipeline.settings import Service

LEAST_METRICS_SECONDS = 0.5
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}


@dataclass(frozen=True)
class Target:
    """A configuration that an endpoint can serve."""

    version: int
    model: str
    config: str


@dataclass(frozen=True)
class Served:
    """The model that an endpoint serves."""

    name: str
    model_data: str
    image: str


def model_request(environment: str, version: Version, service: Service) -> dict[str, Any]:
    """A CreateModel request; the name is the digest of everything else in it.

    The container prints its scores once a minute of AWS's time, but no faster than it can.
    """
    environs = {
        "METRICS_NAMESPACE": names.metrics(names.project(), environment),
        "METRICS_SECONDS": f"{max(60 / aws.SPEED, LEAST_METRICS_SECONDS):g}",
    }
    container = {"Image": version.image, "ModelDataUrl": version.model_data, "Environment": environs}
    request = {
        "ExecutionRoleArn": service.execution_role_arn,
        "EnableNetworkIsolation": True,
        **service.vpc,
    }
    name = names.release(names.project(), environment, digest.of("model", container, request))
    return {
        "ModelName": name,
        "PrimaryContainer": {**container, "Environment": {"MODEL_ID": name, **environs}},
        **request,
    }


def config_request(environment: str, model: str, service: Service) -> dict[str, Any]:
    """A CreateEndpointConfig request; the name is the digest of everything else in it.

    Each configuration captures to a prefix of its own, so that fleets do not mix. Its requests are counted as
    often as policy says (enhanced metrics, API shape MetricsConfig); detailed observability, which AWS turns
    on unless it is told otherwise, would ask the container for a page of metrics that it does not have.
    """
    rules = policy.load().canary
    volume = {"KmsKeyId": service.volume_key_arn} if service.volume_key_arn else {}
    captured = {"KmsKeyId": service.capture_key_arn} if service.capture_key_arn else {}
    variant = {
        "VariantName": names.VARIANT,
        "ModelName": model,
        "InstanceType": service.instance_type,
        "InitialInstanceCount": service.instance_count,
        "InitialVariantWeight": 1.0,
        "ContainerStartupHealthCheckTimeoutInSeconds": rules.startup_seconds,
    }
    counting = {
        "EnableEnhancedMetrics": True,
        "EnableDetailedObservability": False,
        "MetricPublishFrequencyInSeconds": rules.metric_seconds,
    }
    capture = CAPTURE | captured
    content = digest.of("config", variant, counting, capture, service.capture_s3_uri, volume)
    name = names.release(names.project(), environment, content)
    destination = f"{service.capture_s3_uri.rstrip('/')}/{name}"
    return {
        "EndpointConfigName": name,
        "ProductionVariants": [variant],
        "MetricsConfig": counting,
        "DataCaptureConfig": {**capture, "DestinationS3Uri": destination},
        **volume,
    }


def target(environment: str, version: Version, service: Service) -> Target:
    """What releasing `version` in `environment` would serve."""
    model = model_request(environment, version, service)["ModelName"]
    config = config_request(environment, model, service)["EndpointConfigName"]
    return Target(version.number, model, config)


def make(environment: str, version: Version, service: Service) -> None:
    """Create the Model and the EndpointConfig of a version, unless they exist; what exists keeps its tags."""
    sagemaker, tagged = aws.client("sagemaker"), tags.present(environment)
    model = model_request(environment, version, service)
    if aws.find(sagemaker.describe_model, ModelName=model["ModelName"]) is None:
        sagemaker.create_model(**model, Tags=tagged)
    config = config_request(environment, model["ModelName"], service)
    if not has_config(config["EndpointConfigName"]):
        sagemaker.create_endpoint_config(**config, Tags=tagged)


def restore(environment: str, version: Version, service: Service) -> bool:
    """Make a promoted version's configuration again, if it is gone, and see to its tag; whether it was gone.

    Without the configuration that it serves, an endpoint takes no update; without its tag nothing returns to
    it, and the release that promoted it may not have been able to give it.
    """
    name = target(environment, version, service).config
    gone = not has_config(name)
    if gone:
        make(environment, version, service)
    mark_promoted(name)
    return gone


def has_config(name: str) -> bool:
    """Whether an EndpointConfig exists."""
    return _config(name) is not None


def instance_type(config: str) -> str | None:
    """What an EndpointConfig runs on; None when it does not exist."""
    found = _config(config)
    return str(found["ProductionVariants"][0]["InstanceType"]) if found else None


def mark_promoted(config: str) -> None:
    """Tag a configuration as one that a rollback may return to; its role's condition reads the tag."""
    found = _config(config)
    if found is None:
        raise InfrastructureError(f"{config} is gone: somebody deleted it during the release")
    promoted = tags.pairs({"promoted": "true"})
    aws.client("sagemaker").add_tags(ResourceArn=found["EndpointConfigArn"], Tags=promoted)


def _config(name: str) -> dict[str, Any] | None:
    return aws.find(aws.client("sagemaker").describe_endpoint_config, EndpointConfigName=name)


def describe(name: str, clients: aws.Clients | None = None) -> dict[str, Any] | None:
    """DescribeEndpoint, or None when there is no such endpoint; `clients` default to the verb's own."""
    return aws.find((clients or aws.client)("sagemaker").describe_endpoint, EndpointName=name)


def there(name: str) -> dict[str, Any]:
    """DescribeEndpoint. Raises InfrastructureError when there is no such endpoint."""
    found = describe(name)
    if found is None:
        raise InfrastructureError(f"the endpoint {name} is gone: somebody deleted it")
    return found


def served(name: str, clients: aws.Clients) -> Served | None:
    """The model behind an endpoint's configuration, or None when there is no such endpoint.

    Raises UserError when the configuration is gone.
    """
    live = describe(name, clients)
    if live is None:
        return None
    config = serving(live, clients)
    model = clients("sagemaker").describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    container = model["PrimaryContainer"]
    return Served(model["ModelName"], container["ModelDataUrl"], container["Image"])


def serving(live: Mapping[str, Any], clients: aws.Clients | None = None) -> dict[str, Any]:
    """The configuration that an endpoint serves; `live` is DescribeEndpoint's answer. Raises UserError."""
    name = live["EndpointConfigName"]
    describe_config = (clients or aws.client)("sagemaker").describe_endpoint_config
    found = aws.find(describe_config, EndpointConfigName=name)
    if found is None:
        raise UserError(
            f"somebody deleted {name}, which {live['EndpointName']} serves: `pipeline release` of the "
            "version that is live makes it again"
        )
    return found


def instances(described: dict[str, Any]) -> int:
    """How many instances the live variant is meant to have."""
    variants = described.get("ProductionVariants", [])
    return sum(one.get("DesiredInstanceCount", 0) for one in variants if one["VariantName"] == names.VARIANT)
