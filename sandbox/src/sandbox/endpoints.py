"""Endpoints: created, described, updated under deployment guardrails, deleted.

An update runs in a thread that asks `guardrails.advance` what comes next and does it. After a rollback
DescribeEndpoint says InService with the old EndpointConfigName (API EndpointStatus: "or to its previous
configuration"). Guesses: FailureReason then tells why, until the next update; only an endpoint that is
InService can be updated; a role that may not describe the alarms of an update fails the new fleet before it starts;
an update or deletion while another is under way is refused in the same words.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox import guardrails, scaling
from sandbox.capture import Capture
from sandbox.fleet import Fleet, Instance
from sandbox.guardrails import Green, Phase, Plan, State
from sandbox.pages import page
from sandbox.records import Record, arn, made
from sandbox.routing import Table
from sandbox.world import ApiError, World

TICK = 5.0  # AWS seconds between two looks at alarms and waits
RETAINED = ("DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig")  # API VariantProperty


@dataclass(eq=False, kw_only=True)
class Update:
    """An update under way."""

    fleet: Fleet
    plan: Plan
    state: State
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(eq=False, kw_only=True)
class Endpoint(Record):
    """An endpoint: the fleet that serves, the one that may replace it, and the routing table."""

    fleet: Fleet
    status: str = "Creating"
    failure: str = ""
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    deployment: dict[str, Any] | None = None
    update: Update | None = None
    table: Table[Instance] = field(default_factory=lambda: Table([]))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def settle(self, status: str, failure: str = "") -> None:
        """Nothing is under way any more."""
        self.update, self.status, self.failure, self.modified = None, status, failure, datetime.now(UTC)

    def configs(self) -> set[str]:
        """The configurations that DescribeEndpoint names."""
        fleets = [self.fleet, *([self.update.fleet] if self.update else [])]
        return {fleet.config["EndpointConfigName"] for fleet in fleets}


def create_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API CreateEndpoint; the endpoint is Failed when a container does not pass its health check."""
    config = _config(world, request["EndpointConfigName"])
    if "DeploymentConfig" in request:
        guardrails.plan(request["DeploymentConfig"], _counts(config))
    endpoint = Endpoint(
        **made(world, "endpoint", request["EndpointName"], request),
        fleet=_fleet(world, request["EndpointName"], config),
        deployment=request.get("DeploymentConfig"),
    )
    world.hosting.endpoints.add(endpoint)
    threading.Thread(target=_create, args=(endpoint,), daemon=True).start()
    return {"EndpointArn": endpoint.arn}


def _create(endpoint: Endpoint) -> None:
    endpoint.fleet.start()
    with endpoint.lock:
        if endpoint.fleet.stage is Green.READY:
            endpoint.table = Table([(1.0, endpoint.fleet.variants)])
            endpoint.settle("InService")
    if endpoint.fleet.stage is Green.FAILED:
        endpoint.fleet.stop()
        endpoint.settle("Failed", endpoint.fleet.failure)


def update_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API UpdateEndpoint: a blue/green deployment (guardrails.py).

    Refused: another update under way, other variant names (dg/deployment-guardrails-exclusions), another instance
    type of a variant that scales (scaling.py), alarms that do not exist.
    """
    endpoint = _endpoint(world, request["EndpointName"])
    config = _retained(_config(world, request["EndpointConfigName"]), endpoint.fleet.config, request)
    if _counts(config).keys() != _counts(endpoint.fleet.config).keys():
        raise _invalid(
            f"The variants of {request['EndpointConfigName']} are {', '.join(_counts(config))}; they must be "
            f"those of the endpoint: {', '.join(_counts(endpoint.fleet.config))}."
        )
    scaling.check(world, endpoint.name, endpoint.fleet.config, config)
    kept = endpoint.deployment if request.get("RetainDeploymentConfig") else None
    deployment = request.get("DeploymentConfig") or kept or {}
    plan = guardrails.plan(deployment, _counts(config))
    if missing := world.alarms.missing(plan.alarms):
        raise _invalid(f"The alarm(s) {', '.join(missing)} do not exist.")
    with endpoint.lock:
        if endpoint.status in ("Creating", "Updating", "Deleting"):
            raise _invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        if endpoint.status != "InService":
            raise _invalid(f'Cannot update endpoint "{endpoint.arn}", its status is {endpoint.status}.')
        now = _seconds(world)
        update = Update(
            fleet=_fleet(world, endpoint.name, config, plan.alarms), plan=plan, state=State(started=now, entered=now)
        )
        endpoint.update, endpoint.deployment = update, deployment or None
        endpoint.status, endpoint.failure, endpoint.modified = "Updating", "", update.since
    threading.Thread(target=_deploy, args=(world, endpoint, update), daemon=True).start()
    return {"EndpointArn": endpoint.arn}


def _deploy(world: World, endpoint: Endpoint, update: Update) -> None:
    blue, green = endpoint.fleet, update.fleet
    threading.Thread(target=green.start, daemon=True).start()
    while not world.clock.wait(world.stopping, TICK):
        before = guardrails.share(update.plan, update.state)
        tripped = world.alarms.in_alarm(update.plan.alarms)
        update.state = guardrails.advance(
            update.plan, update.state, now=_seconds(world), green=green.stage, tripped=tripped
        )
        share = guardrails.share(update.plan, update.state)
        if share != before:
            with endpoint.lock:
                endpoint.table = Table([(1 - share, blue.variants), (share, green.variants)])
        if not update.state.pending:
            break
    if update.state.phase is Phase.PROMOTED:
        blue.stop()
        with endpoint.lock:
            endpoint.fleet = green
            endpoint.settle("InService")
    elif update.state.phase is Phase.ROLLED_BACK:
        reason = green.failure or f"The update was rolled back: {update.state.reason}."
        green.stop()
        with endpoint.lock:
            endpoint.settle("InService", reason)


def delete_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DeleteEndpoint: ends traffic and processes before it answers."""
    endpoint = _endpoint(world, request["EndpointName"])
    with endpoint.lock:
        if endpoint.status in ("Creating", "Updating", "Deleting"):
            raise _invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        endpoint.status, endpoint.table = "Deleting", Table([])
    endpoint.fleet.stop()
    world.hosting.endpoints.remove(endpoint)
    return {}


def describe_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DescribeEndpoint; PendingDeploymentSummary while it is creating or updating."""
    endpoint = _endpoint(world, request["EndpointName"])
    with endpoint.lock:
        update, fleet = endpoint.update, endpoint.fleet
        share = guardrails.share(update.plan, update.state) if update else 0.0
        answer = {
            "EndpointName": endpoint.name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": fleet.config["EndpointConfigName"],
            "EndpointStatus": endpoint.status,
            "CreationTime": endpoint.created,
            "LastModifiedTime": endpoint.modified,
            "ProductionVariants": [_summary(fleet, variant, 1 - share) for variant in _variants(fleet.config)],
        }
        if endpoint.failure:
            answer["FailureReason"] = endpoint.failure
        if endpoint.deployment:
            answer["LastDeploymentConfig"] = endpoint.deployment
        if "DataCaptureConfig" in fleet.config:
            answer["DataCaptureConfig"] = _capturing(fleet.config["DataCaptureConfig"])
        if update:
            answer["PendingDeploymentSummary"] = _pending(update.fleet, update.state.phase.value, update.since, share)
        elif endpoint.status == "Creating":
            answer["PendingDeploymentSummary"] = _pending(fleet, "Creating", endpoint.created, 0.0)
    return answer


def _pending(fleet: Fleet, stage: str, since: datetime, share: float) -> dict[str, Any]:
    status = [{"Status": stage, "StartTime": since}] if stage in ("Creating", "Baking") else []
    variants = [_summary(fleet, variant, share) | {"VariantStatus": status} for variant in _variants(fleet.config)]
    return {
        "EndpointConfigName": fleet.config["EndpointConfigName"],
        "ProductionVariants": variants,
        "StartTime": since,
    }


def _summary(fleet: Fleet, variant: Mapping[str, Any], share: float) -> dict[str, Any]:
    weight = variant.get("InitialVariantWeight", 1.0)
    image = fleet.models[variant["ModelName"]]["PrimaryContainer"]["Image"]
    running = variant["VariantName"] in fleet.variants
    return {
        "VariantName": variant["VariantName"],
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image}],
        "CurrentWeight": weight * share,
        "DesiredWeight": weight,
        "CurrentInstanceCount": variant["InitialInstanceCount"] if running else 0,
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


def _retained(new: Mapping[str, Any], old: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """`new` with the properties that RetainAllVariantProperties keeps from `old` (API UpdateEndpoint)."""
    if not request.get("RetainAllVariantProperties"):
        return dict(new)
    excluded = {each["VariantPropertyType"] for each in request.get("ExcludeRetainedVariantProperties", ())}
    kept = [name for name in RETAINED if name not in excluded]
    members = {"DesiredInstanceCount": "InitialInstanceCount", "DesiredWeight": "InitialVariantWeight"}
    before = {variant["VariantName"]: variant for variant in _variants(old)}
    variants = []
    for variant in _variants(new):
        its = before.get(variant["VariantName"], {})
        variants.append(variant | {members[k]: its[members[k]] for k in kept if members.get(k) in its})
    capture = {k: old[k] for k in kept if k == "DataCaptureConfig" and k in old}
    return {**new, "ProductionVariants": variants, **capture}


def _fleet(world: World, endpoint: str, config: Mapping[str, Any], watched: Sequence[str] = ()) -> Fleet:
    """A fleet that has not started. Raises ApiError ValidationException when a model does not exist."""
    names = [variant["ModelName"] for variant in _variants(config)]
    models = {name: world.hosting.models.get(name, arn(world, "model", name)).request for name in names}
    fleet = Fleet(world, endpoint, config, models, watched)
    capturing = config.get("DataCaptureConfig")
    if capturing and capturing.get("EnableCapture", True):
        fleet.capture = Capture(world, endpoint, capturing, world.hosting.draws.random)
    return fleet


def _config(world: World, name: str) -> dict[str, Any]:
    found: Record = world.hosting.configs.get(name, arn(world, "endpoint-config", name))
    return found.request


def _endpoint(world: World, name: str) -> Endpoint:
    found: Endpoint = world.hosting.endpoints.get(name, arn(world, "endpoint", name))
    return found


def _variants(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(config["ProductionVariants"])


def _counts(config: Mapping[str, Any]) -> dict[str, int]:
    return {variant["VariantName"]: variant["InitialInstanceCount"] for variant in _variants(config)}


def _seconds(world: World) -> float:
    return world.clock.aws(time.monotonic())


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
