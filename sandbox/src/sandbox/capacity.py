"""UpdateEndpointWeightsAndCapacities: more or fewer instances of a variant, or another share of the traffic.

The endpoint is Updating meanwhile, then InService (API UpdateEndpointWeightsAndCapacities); its variant's status and
words are those of https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html. AWS
documents RollingBack for a change that fails on an endpoint that scales; guess: it fails into InService at once, with
the capacity that was, and FailureReason says why.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.endpoint import MEMBERS, Endpoint, counts, find, invalid, variants
from sandbox.fleet import Instance
from sandbox.routing import Table, Variant
from sandbox.telling import DEPLOYMENT, STATE, tell
from sandbox.world import World

Change = Mapping[str, Any]  # API DesiredWeightAndCapacity


def update_weights_and_capacities(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """API UpdateEndpointWeightsAndCapacities, of production variants.

    Raises ApiError ValidationException: an unknown variant, no instance at all, or something else under way.
    """
    endpoint, changes = find(world, request["EndpointName"]), request["DesiredWeightsAndCapacities"]
    present = counts(endpoint.fleet.config)
    for change in changes:
        if change["VariantName"] not in present:
            raise invalid(f"{endpoint.name} has no variant {change['VariantName']}.")
        if change.get("DesiredInstanceCount", 1) < 1:
            raise invalid(f"DesiredInstanceCount of {change['VariantName']} must be at least 1.")
    begin(world, endpoint, changes)
    return {"EndpointArn": endpoint.arn}


def begin(world: World, endpoint: Endpoint, changes: Sequence[Change]) -> None:
    """Start to carry `changes` out. Raises ApiError ValidationException when something is under way."""
    with endpoint.lock:
        endpoint.begin()
        endpoint.changing = {change["VariantName"]: _words(endpoint, change) for change in changes}
    tell(world, endpoint, STATE, DEPLOYMENT)
    threading.Thread(target=_carry_out, args=(world, endpoint, changes), daemon=True).start()


def _words(endpoint: Endpoint, change: Change) -> str:
    before = counts(endpoint.fleet.config)[change["VariantName"]]
    wanted = change.get("DesiredInstanceCount", before)
    if wanted == before:
        return "Updating weight."
    return f"Scaling {'out' if wanted > before else 'in'} desired instance count to {wanted}."


def _carry_out(world: World, endpoint: Endpoint, changes: Sequence[Change]) -> None:
    _change(endpoint, changes)
    tell(world, endpoint, STATE, DEPLOYMENT)


def _change(endpoint: Endpoint, changes: Sequence[Change]) -> None:
    fleet, more = endpoint.fleet, dict[str, list[Instance]]()
    try:
        for name, number in _additional(endpoint, changes).items():
            more[name] = fleet.grow(name, number)
    except RuntimeError as error:
        fleet.retire([instance for started in more.values() for instance in started])
        with endpoint.lock:
            endpoint.settle("InService", f"The capacity was not changed: {error}")
        return
    surplus = list[Instance]()
    with endpoint.lock:
        fleet.config = _changed(fleet.config, changes)
        for variant in variants(fleet.config):
            name, count = variant["VariantName"], variant["InitialInstanceCount"]
            instances = [*fleet.variants[name].instances, *more.get(name, ())]
            surplus += instances[count:]
            fleet.variants[name] = Variant(variant.get("InitialVariantWeight", 1.0), instances[:count])
        endpoint.table = Table([(1.0, fleet.variants)])
    fleet.retire(surplus)
    with endpoint.lock:
        endpoint.settle("InService")


def _additional(endpoint: Endpoint, changes: Sequence[Change]) -> dict[str, int]:
    present = counts(endpoint.fleet.config)
    wanted = {change["VariantName"]: change.get("DesiredInstanceCount", 0) for change in changes}
    return {name: count - present[name] for name, count in wanted.items() if count > present[name]}


def _changed(config: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """The effective configuration after `changes`."""
    new = {
        change["VariantName"]: {member: change[wish] for wish, member in MEMBERS.items() if wish in change}
        for change in changes
    }
    return {**config, "ProductionVariants": [each | new.get(each["VariantName"], {}) for each in variants(config)]}


OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "sagemaker.UpdateEndpointWeightsAndCapacities": update_weights_and_capacities,
}
