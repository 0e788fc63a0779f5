"""The calls of one resource. Everything that differs between kinds is in the table.

`facts` are what a row's expressions see (`kind`), `place` is their `region` and `account`.
"""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from botocore.model import StructureShape

from sandbox.clock import Clock
from sandbox.stacks import shapes
from sandbox.stacks.expressions import Facts, holds, inputs_of, members, value
from sandbox.stacks.kind import Call, Kind, Wait
from sandbox.stacks.state import Made
from sandbox.unknown import UNKNOWN
from sandbox.validation import faults

Client = Callable[[str], Any]
Place = Mapping[str, str]
Request = dict[str, Any]
GONE = re.compile(r"NoSuch\w*|\w*NotFound(Exception|Fault|Error)?|NonExistent\w*|404")
NAMES = ("name", "bucket", "dashboardName", "modelPackageGroupName", "alarmName", "repository")
WAIT_SECONDS = 3600  # of AWS's time: an endpoint that is not in service by then will not be


class CallError(Exception):
    """AWS, or the table, refuses a resource. The text is one sentence."""


class UnfinishedError(CallError):
    """A resource is there, but not as it was asked for: a later call failed, or it never got ready."""

    def __init__(self, text: str, id_: str, outputs: dict[str, Any]) -> None:
        super().__init__(text)
        self.id, self.outputs = id_, outputs


def kind_of(kinds: Mapping[str, Kind], type_: str) -> Kind:
    """The row of a Pulumi type. Raises CallError for a type that the table lacks."""
    if type_ not in kinds:
        raise CallError(f"{type_} is not in the sandbox: write its row in infra/kinds.toml")
    return kinds[type_]


def create(client: Client, kind: Kind, inputs: Mapping[str, Any], place: Place) -> tuple[str, dict[str, Any]]:
    """Make a resource; its id and its outputs. Raises CallError, UnfinishedError."""
    service = client(kind.service)
    requests = plan(service, kind, inputs, place)
    facts: dict[str, Any] = {"inputs": dict(inputs), "outputs": {}, "response": {}, "id": None, **place}
    first, request = requests[0]
    facts["response"] = make(service, first, request, facts)
    facts["id"] = value(kind.id, facts)
    outputs = {**inputs, "id": facts["id"], **outputs_of(kind, facts)}
    try:
        for call, request in requests[1:]:
            make(service, call, request, facts)
        wait(service, kind.created, facts)
    except CallError as error:
        raise UnfinishedError(str(error), facts["id"], outputs) from error
    return facts["id"], outputs


def outputs_of(kind: Kind, facts: Facts) -> dict[str, Any]:
    """What a resource answers beyond its inputs."""
    return {name: value(expression, facts) for name, expression in kind.outputs.items()}


def delete(client: Client, kind: Kind, made: Made, place: Place, *, unprotect: bool = False) -> None:
    """Remove a resource; one that is gone already is fine. Raises CallError.

    `unprotect` lifts AWS's own protection first, where the resource has one.
    """
    facts = facts_of(made, place)
    service = client(kind.service)
    try:
        if kind.unprotect and made.protect and unprotect:
            make(service, kind.unprotect, {}, facts)
        for call in kind.delete:
            if call.when is None or holds(call.when, facts):
                make(service, call, {}, facts)
    except CallError as error:
        if not gone(error.__cause__):
            raise
    wait(service, kind.deleted, facts)


def facts_of(made: Made, place: Place) -> dict[str, Any]:
    """What expressions see of a resource that is there."""
    return {"inputs": made.inputs, "outputs": made.outputs, "response": {}, "id": made.id, **place}


def plan(service: Any, kind: Kind, inputs: Mapping[str, Any], place: Place) -> list[tuple[Call, Request]]:
    """The calls that `inputs` ask for, each with its part of them, checked against AWS's service model.

    Raises CallError for a property that has no place in any of them, as it would be dropped in silence, and
    for a request that AWS would refuse. What is unknown yet fits everywhere.
    """
    facts: dict[str, Any] = {"inputs": dict(inputs), "outputs": {}, "response": UNKNOWN, "id": UNKNOWN, **place}
    left, requests = dict(inputs), []
    for number, call in enumerate(kind.create):
        request, placed = fitting(service, call, left)
        left = {name: item for name, item in left.items() if name not in placed}
        if number == 0 or (holds(call.when, facts) if call.when else placed):
            requests.append((call, request))
    _refuse_unplaced(kind, left)
    for call, request in requests:
        check(service, call, request, facts)
    return requests


def fitting(service: Any, call: Call, inputs: Mapping[str, Any]) -> tuple[Request, set[str]]:
    """The part of `inputs` that `call` carries, and the names in it. Raises CallError."""
    try:
        return shapes.request(shape_of(service, call.operation), inputs, call.rename)
    except shapes.ShapeError as error:
        raise CallError(f"{call.operation}: {error}") from error


def check(service: Any, call: Call, request: Request, facts: Facts) -> None:
    """Raises CallError, naming every fault, for a request that AWS's service model does not allow."""
    if call.each is None:
        complete = completed(service, call, request, facts)
        if found := list(faults(shape_of(service, call.operation), complete)):
            raise CallError(f"{call.operation}: {'; '.join(found)}")


def label(type_: str, name: str, inputs: Mapping[str, Any]) -> str:
    """What a person calls a resource: its kind, and its name on AWS where the program gives it one."""
    kind = type_.split("/")[-1].split(":")[0]
    return f"{kind} {next((inputs[key] for key in NAMES if key in inputs), name)}"


def shape_of(service: Any, operation: str) -> StructureShape:
    """The request of a boto3 method."""
    model = service.meta.service_model
    return cast(StructureShape, model.operation_model(service.meta.method_to_api_mapping[operation]).input_shape)


def completed(service: Any, call: Call, request: Request, facts: Facts) -> Request:
    """`request` with the members that `call` says."""
    shape, complete = shape_of(service, call.operation), shapes.copied(request)
    for path, found in members(call.members, facts).items():
        steps = path.split(".")
        try:
            shapes.put(complete, steps, shapes.fit(found, shapes.walk(shape, steps), {}, path))
        except shapes.ShapeError as error:
            raise CallError(f"{call.operation}: {error}") from error
    return complete


def ask(service: Any, operation: str, request: Request) -> dict[str, Any]:
    """One request and its answer. Raises CallError, caused by what boto3 raised."""
    try:
        answer = dict(getattr(service, operation)(**request))
        answer.pop("ResponseMetadata", None)
        return answer
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code == "BucketNotEmpty":
            raise CallError("it still holds objects, or versions of them: empty it first") from error
        raise CallError(f"{code}: {message}") from error
    except BotoCoreError as error:
        raise CallError(" ".join(str(error).split())) from error


def gone(error: BaseException | None) -> bool:
    """Whether AWS's refusal means that the thing is not there."""
    if not isinstance(error, ClientError):
        return False
    answer = error.response["Error"]
    # SageMaker answers what is missing with a ValidationException
    words = ("Could not find", "does not exist", "Cannot find")
    return bool(GONE.fullmatch(answer["Code"])) or any(said in answer.get("Message", "") for said in words)


def _refuse_unplaced(kind: Kind, left: Mapping[str, Any]) -> None:
    calls = [*kind.create, *kind.delete]
    texts = [kind.id, *(text for call in calls for text in (*call.members.values(), call.when or ""))]
    for name, item in sorted(left.items()):
        if name not in inputs_of(*texts):
            raise CallError(f"{name} has no place in {kind.create[0].operation}: no such property")
        for key in sorted(_keys(item)):
            if not any(re.search(rf"\b{key}\b", text) for text in texts):
                raise CallError(f"{name}.{key} has no place in {kind.create[0].operation}: no such property")


def _keys(item: Any) -> set[str]:
    """The names in a block, or in the blocks of a list; a map deeper in it may have any."""
    blocks = item if isinstance(item, list) else [item]
    return {key for block in blocks if isinstance(block, Mapping) for key in block}


def make(service: Any, call: Call, request: Request, facts: Facts) -> dict[str, Any]:
    """Make a call, for each item of its listing where it has one; the answer. Raises CallError."""
    if call.each is None:
        return ask(service, call.operation, completed(service, call, request, facts))
    listing = call.each
    pages = service.get_paginator(listing.operation).paginate(**members(listing.members, facts))
    try:
        everything = pages.build_full_result()
    except ClientError as error:
        raise CallError(str(error)) from error
    for item in value(listing.items, everything) or ():
        ask(service, call.operation, completed(service, call, request, {**facts, "item": item}))
    return {}


def wait(service: Any, until: Wait | None, facts: Facts) -> None:
    """Wait for the resource to become, or to be gone. Raises CallError with the reason when it does not."""
    if until is None:
        return
    clock = Clock(float(os.environ.get("AWS_CLOCK_SPEED", "1")))
    delay = max(clock.real(15), 0.1)
    try:
        service.get_waiter(until.waiter).wait(
            **members(until.members, facts),
            WaiterConfig={"Delay": delay, "MaxAttempts": max(1, int(clock.real(WAIT_SECONDS) / delay))},
        )
    except WaiterError as error:
        why = error.last_response.get("FailureReason") or error
        raise CallError(str(why)) from error
