"""DescribeEndpoint and ListEndpoints.

What is described of a deployment is that of the example in dg/automating-sagemaker-with-eventbridge
(https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html): weights are whole on both
sides, and CurrentInstanceCount of the pending variant is how much of it has traffic. Guesses: FailureReason tells why
an update was rolled back, until the next one; the pending variant is Deleting while a rollback ends the new fleet, and
the old variant is while a promotion ends the old one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox import guardrails
from sandbox.endpoint import Endpoint, Update, find, shadows, variants
from sandbox.fleet import Fleet
from sandbox.guardrails import Phase
from sandbox.pages import page
from sandbox.world import World

Variant = Mapping[str, Any]


def describe_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DescribeEndpoint; PendingDeploymentSummary while it is creating or updating with a configuration."""
    endpoint = find(world, request["EndpointName"])
    with endpoint.lock:
        return describe(endpoint)


def describe(endpoint: Endpoint) -> dict[str, Any]:
    """The description of `endpoint`, whose lock the caller holds."""
    update, fleet = endpoint.update, endpoint.fleet
    answer = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": fleet.config["EndpointConfigName"],
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
        "ProductionVariants": [_serving(endpoint, variant) for variant in variants(fleet.config)],
    }
    if shadow := [_serving(endpoint, variant) for variant in shadows(fleet.config)]:
        answer["ShadowProductionVariants"] = shadow
    if endpoint.failure:
        answer["FailureReason"] = endpoint.failure
    if endpoint.deployment:
        answer["LastDeploymentConfig"] = endpoint.deployment
    if "DataCaptureConfig" in fleet.config:
        answer["DataCaptureConfig"] = _capturing(fleet.config["DataCaptureConfig"])
    if "MetricsConfig" in fleet.config:
        answer["MetricsConfig"] = fleet.config["MetricsConfig"]
    if update:
        answer["PendingDeploymentSummary"] = _pending(update)
    elif endpoint.status == "Creating":
        answer["PendingDeploymentSummary"] = _creating(fleet, endpoint.created)
    return answer


def _pending(update: Update) -> dict[str, Any]:
    def described(variant: Variant) -> dict[str, Any]:
        count = variant["InitialInstanceCount"]
        words = guardrails.message(update.plan, update.state, count)
        present = _status(update.state.phase.value, words, update.entered)
        current = guardrails.capacity(update.plan, update.state, count)
        return _summary(update.fleet, variant, current) | {
            "InstanceType": variant["InstanceType"],
            "VariantStatus": [] if update.state.phase is Phase.PROMOTED else [present],
        }

    return _deployment(update.fleet, update.since, described)


def _creating(fleet: Fleet, since: datetime) -> dict[str, Any]:
    def described(variant: Variant) -> dict[str, Any]:
        words = f"Launching {variant['InitialInstanceCount']} instance(s)."
        status = [_status(Phase.CREATING.value, words, since)]
        return _summary(fleet, variant, 0) | {"InstanceType": variant["InstanceType"], "VariantStatus": status}

    return _deployment(fleet, since, described)


def _deployment(fleet: Fleet, since: datetime, described: Any) -> dict[str, Any]:
    summary = {
        "EndpointConfigName": fleet.config["EndpointConfigName"],
        "ProductionVariants": [described(variant) for variant in variants(fleet.config)],
        "StartTime": since,
    }
    shadow = [described(variant) for variant in shadows(fleet.config)]
    return summary | ({"ShadowProductionVariants": shadow} if shadow else {})


def _serving(endpoint: Endpoint, variant: Variant) -> dict[str, Any]:
    """A variant of the configuration that the endpoint serves, or is leaving."""
    name, update = variant["VariantName"], endpoint.update
    summary = _summary(endpoint.fleet, variant, endpoint.fleet.running(name))
    if words := endpoint.changing.get(name):
        summary["VariantStatus"] = [_status("Updating", words, endpoint.modified)]
    elif update and update.state.phase is Phase.PROMOTED:
        words = f"Terminating {variant['InitialInstanceCount']} instance(s)."
        summary["VariantStatus"] = [_status("Deleting", words, update.entered)]
    return summary


def _status(status: str, words: str, since: datetime) -> dict[str, Any]:
    return {"Status": status, "StatusMessage": words, "StartTime": since}


def _summary(fleet: Fleet, variant: Variant, current: int) -> dict[str, Any]:
    weight = variant.get("InitialVariantWeight", 1.0)
    image = fleet.models[variant["ModelName"]]["PrimaryContainer"]["Image"]
    return {
        "VariantName": variant["VariantName"],
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image}],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": variant["InitialInstanceCount"],
    }


def _capturing(config: Mapping[str, Any]) -> dict[str, Any]:
    enabled = config.get("EnableCapture", True)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def list_endpoints(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API ListEndpoints."""
    summaries = [
        {
            "EndpointName": endpoint.name,
            "EndpointArn": endpoint.arn,
            "CreationTime": endpoint.created,
            "LastModifiedTime": endpoint.modified,
            "EndpointStatus": endpoint.status,
        }
        for endpoint in world.hosting.endpoints.all()
    ]
    listed = page(summaries, request, name="EndpointName", status="EndpointStatus", order="Descending")
    return {"Endpoints": listed.pop("rows"), **listed}
