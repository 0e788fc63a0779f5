"""Endpoints: created, updated under deployment guardrails, deleted; describing.py describes them.

An update runs in a thread that asks `guardrails.advance` what comes next and does it. After a rollback
DescribeEndpoint says InService with the old EndpointConfigName (API EndpointStatus: "or to its previous
configuration").

A configuration may be deleted while an endpoint serves it, which keeps serving (API DeleteEndpointConfig: "does not
delete endpoints created using the configuration"; one "must not", and AWS lets it happen). DescribeEndpoint still names
it, and UpdateEndpoint then finds that the old one is gone
(https://github.com/hashicorp/terraform-provider-aws/issues/48997 and 40048). Guesses: one of the same name, made again,
heals that; an update under way, and its rollback, don't need either configuration any more.

Another guess: a role that may not describe the alarms of an update fails the new fleet before it starts.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox import guardrails, scaling
from sandbox.capture import Capture
from sandbox.endpoint import MEMBERS, Endpoint, Update, counts, find, invalid, seconds, shadows, variants
from sandbox.fleet import Fleet
from sandbox.guardrails import Green, Phase, State
from sandbox.records import Record, arn, made
from sandbox.routing import Table
from sandbox.telling import DEPLOYMENT, STATE, tell
from sandbox.world import World

TICK = 5.0  # AWS seconds between two looks at alarms and waits
RETAINED = ("DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig")  # API VariantProperty


def create_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API CreateEndpoint; the endpoint is Failed when a container does not pass its health check."""
    config = _config(world, request["EndpointConfigName"])
    if "DeploymentConfig" in request:
        guardrails.plan(request["DeploymentConfig"], counts(config))
    endpoint = Endpoint(
        **made(world, "endpoint", request["EndpointName"], request),
        fleet=_fleet(world, request["EndpointName"], config),
        deployment=request.get("DeploymentConfig"),
    )
    world.hosting.endpoints.add(endpoint)
    tell(world, endpoint, STATE)
    threading.Thread(target=_create, args=(world, endpoint), daemon=True).start()
    return {"EndpointArn": endpoint.arn}


def _create(world: World, endpoint: Endpoint) -> None:
    endpoint.fleet.start()
    with endpoint.lock:
        if endpoint.fleet.stage is Green.READY:
            endpoint.table = Table([(1.0, endpoint.fleet.variants)])
            endpoint.settle("InService")
    if endpoint.fleet.stage is Green.FAILED:
        endpoint.fleet.stop()
        endpoint.settle("Failed", endpoint.fleet.failure)
    tell(world, endpoint, STATE)


def update_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API UpdateEndpoint: a blue/green deployment (guardrails.py).

    Refused: another update under way, other variant names (dg/deployment-guardrails-exclusions), another instance
    type of a variant that scales (scaling.py), alarms that do not exist (a guess), a live configuration that is gone.
    A shadow variant may come and go with the configuration: AWS names no limit.
    """
    endpoint = find(world, request["EndpointName"])
    endpoint.check_settled()
    live = endpoint.fleet.config
    config = _retained(_config(world, request["EndpointConfigName"]), live, request)
    _config(world, live["EndpointConfigName"])
    if counts(config).keys() != counts(live).keys():
        raise invalid(
            f"The variants of {request['EndpointConfigName']} are {', '.join(counts(config))}; they must be "
            f"those of the endpoint: {', '.join(counts(live))}."
        )
    scaling.check(world, endpoint.name, live, config)
    kept = endpoint.deployment if request.get("RetainDeploymentConfig") else None
    deployment = request.get("DeploymentConfig") or kept or {}
    plan = guardrails.plan(deployment, counts(config))
    if missing := world.alarms.missing(plan.alarms):
        raise invalid(f"The alarm(s) {', '.join(missing)} do not exist.")
    green, now = _fleet(world, endpoint.name, config, plan.alarms), seconds(world)
    with endpoint.lock:
        endpoint.begin()
        update = Update(fleet=green, plan=plan, state=State(started=now, entered=now))
        endpoint.update, endpoint.deployment = update, deployment or None
    tell(world, endpoint, STATE, DEPLOYMENT)
    threading.Thread(target=_deploy, args=(world, endpoint, update), daemon=True).start()
    return {"EndpointArn": endpoint.arn}


def _deploy(world: World, endpoint: Endpoint, update: Update) -> None:
    threading.Thread(target=update.fleet.start, daemon=True).start()
    while update.state.pending and not world.clock.wait(world.stopping, TICK):
        _step(world, endpoint, update)
    if update.state.phase is Phase.PROMOTED:
        endpoint.fleet.stop()
        with endpoint.lock:
            endpoint.fleet = update.fleet
            endpoint.settle("InService")
        tell(world, endpoint, STATE, DEPLOYMENT)
    elif update.state.phase is Phase.ROLLED_BACK:
        update.fleet.stop()
        with endpoint.lock:
            endpoint.settle("InService", update.fleet.failure or f"The update was rolled back: {update.state.reason}.")
        tell(world, endpoint, STATE, DEPLOYMENT)


def _step(world: World, endpoint: Endpoint, update: Update) -> None:
    before = update.state
    tripped = world.alarms.in_alarm(update.plan.alarms)
    after = guardrails.advance(update.plan, before, now=seconds(world), green=update.fleet.stage, tripped=tripped)
    share = guardrails.share(update.plan, after)
    with endpoint.lock:
        update.state = after
        if after.entered != before.entered:
            update.entered = datetime.now(UTC)
        if share != guardrails.share(update.plan, before):
            endpoint.table = Table([(1 - share, endpoint.fleet.variants), (share, update.fleet.variants)])
    if (after.phase, after.step) != (before.phase, before.step):
        tell(world, endpoint, DEPLOYMENT)


def delete_endpoint(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API DeleteEndpoint: ends traffic and processes before it answers."""
    endpoint = find(world, request["EndpointName"])
    with endpoint.lock:
        endpoint.check_settled()
        endpoint.status, endpoint.table = "Deleting", Table([])
    tell(world, endpoint, STATE)
    endpoint.fleet.stop()
    world.hosting.endpoints.remove(endpoint)
    return {}


def _retained(new: Mapping[str, Any], old: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """`new` with the properties that RetainAllVariantProperties keeps from `old` (API UpdateEndpoint)."""
    if not request.get("RetainAllVariantProperties"):
        return dict(new)
    excluded = {each["VariantPropertyType"] for each in request.get("ExcludeRetainedVariantProperties", ())}
    kept = [name for name in RETAINED if name not in excluded]
    before = {variant["VariantName"]: variant for variant in variants(old)}
    mixed = []
    for variant in variants(new):
        its = before.get(variant["VariantName"], {})
        mixed.append(variant | {MEMBERS[k]: its[MEMBERS[k]] for k in kept if MEMBERS.get(k) in its})
    capture = {k: old[k] for k in kept if k == "DataCaptureConfig" and k in old}
    return {**new, "ProductionVariants": mixed, **capture}


def _fleet(world: World, endpoint: str, config: Mapping[str, Any], watched: Sequence[str] = ()) -> Fleet:
    """A fleet that has not started. Raises ApiError ValidationException when a model does not exist."""
    names = [variant["ModelName"] for variant in (*variants(config), *shadows(config))]
    models = {name: world.hosting.models.get(name, arn(world, "model", name)).request for name in names}
    fleet = Fleet(world, endpoint, config, models, watched)
    capturing = config.get("DataCaptureConfig")
    if capturing and capturing.get("EnableCapture", True):
        fleet.capture = Capture(world, endpoint, capturing, world.hosting.draws.random)
    return fleet


def _config(world: World, name: str) -> dict[str, Any]:
    found: Record = world.hosting.configs.get(name, arn(world, "endpoint-config", name))
    return found.request
