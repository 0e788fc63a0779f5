"""The calls of one resource: make it, remove it. Everything that differs between kinds is in the table."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import jmespath  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from botocore.model import StructureShape

from sandbox.clock import Clock
from sandbox.stacks import shapes
from sandbox.stacks.kind import Call, Kind, Wait
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.state import Made

Client = Callable[[str], Any]
GONE = re.compile(r"NoSuch\w*|\w*NotFound(Exception|Fault)?|NonExistent\w*")
NAMES = ("name", "bucket", "dashboardName", "modelPackageGroupName")
WAIT_SECONDS = 3600  # of AWS's time: an endpoint that is not in service by then will not be


class CallError(Exception):
    """AWS, or the table, refuses a resource. The text is one sentence."""


def kind_of(type_: str) -> Kind:
    """The row of a Pulumi type. Raises CallError for a type that the table lacks."""
    if type_ not in KINDS:
        raise CallError(f"{type_} is not in the sandbox")
    return KINDS[type_]


def create(
    client: Client, type_: str, inputs: Mapping[str, Any], place: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """Make a resource; its id and its outputs. `place` holds `region` and `account`. Raises CallError."""
    kind = kind_of(type_)
    service = client(kind.service)
    requests = plan(service, kind, inputs)
    facts: dict[str, Any] = {"inputs": dict(inputs), "response": {}, "id": None, **place}
    for number, (call, request) in enumerate(requests):
        answer = _make(service, call, request, facts)
        if number == 0:
            facts["response"] = answer
            facts["id"] = jmespath.search(kind.id, facts)
    _wait(service, kind.created, facts)
    outputs = {name: jmespath.search(expression, facts) for name, expression in kind.outputs.items()}
    return facts["id"], {**inputs, "id": facts["id"], **outputs}


def delete(client: Client, made: Made, place: Mapping[str, str], *, unprotect: bool = False) -> None:
    """Remove a resource; one that is gone already is fine. Raises CallError.

    `unprotect` lifts AWS's own protection first, where the resource has one.
    """
    kind = kind_of(made.type)
    if kind.delete is None:
        return
    facts = {"inputs": made.inputs, "response": {}, "id": made.id, **place}
    service = client(kind.service)
    try:
        if kind.unprotect and made.protect and unprotect:
            _make(service, kind.unprotect, {}, facts)
        _make(service, kind.delete, {}, facts)
    except CallError as error:
        if not _gone(error.__cause__):
            raise
    _wait(service, kind.deleted, facts)


def plan(service: Any, kind: Kind, inputs: Mapping[str, Any]) -> list[tuple[Call, dict[str, Any]]]:
    """The calls that `inputs` ask for, each with its part of them.

    Raises CallError for a property that has no place in any of them: it would be dropped in silence.
    """
    left, requests = dict(inputs), []
    for number, call in enumerate(kind.create):
        try:
            request, placed = shapes.request(_shape(service, call), left, call.rename)
        except shapes.ShapeError as error:
            raise CallError(f"{call.operation}: {error}") from error
        left = {name: value for name, value in left.items() if name not in placed}
        if number == 0 or placed or jmespath.search(call.when, {"inputs": dict(inputs)}):
            requests.append((call, request))
    unplaced = sorted(set(left) - _read_by_expressions(kind))
    if unplaced:
        raise CallError(f"{unplaced[0]} has no place in {kind.create[0].operation}: no such property")
    return requests


def label(type_: str, name: str, inputs: Mapping[str, Any]) -> str:
    """What a person calls a resource: its kind, and its name on AWS where the program gives it one."""
    kind = type_.split("/")[-1].split(":")[0]
    return f"{kind} {next((inputs[key] for key in NAMES if key in inputs), name)}"


def _shape(service: Any, call: Call) -> StructureShape:
    model = service.meta.service_model
    operation = model.operation_model(service.meta.method_to_api_mapping[call.operation])
    return cast(StructureShape, operation.input_shape)


def _read_by_expressions(kind: Kind) -> set[str]:
    calls = [*kind.create, *([kind.delete] if kind.delete else [])]
    expressions = [kind.id, *(text for call in calls for text in (*call.members.values(), call.when))]
    return {name for text in expressions for name in re.findall(r"inputs\.(\w+)", text)}


def _members(expressions: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, Any]:
    found = {path: jmespath.search(expression, facts) for path, expression in expressions.items()}
    return {path: value for path, value in found.items() if value is not None}


def _make(service: Any, call: Call, request: dict[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    shape = _shape(service, call)
    for path, value in _members(call.members, facts).items():
        steps = path.split(".")
        shapes.put(request, steps, shapes.fit(value, shapes.walk(shape, steps), {}, path))
    try:
        return dict(getattr(service, call.operation)(**request))
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code == "BucketNotEmpty":
            raise CallError("it still holds objects, or versions of them: empty it first") from error
        raise CallError(f"{code}: {message}") from error
    except BotoCoreError as error:
        raise CallError(" ".join(str(error).split())) from error


def _wait(service: Any, wait: Wait | None, facts: Mapping[str, Any]) -> None:
    if wait is None:
        return
    clock = Clock(float(os.environ.get("AWS_CLOCK_SPEED", "1")))
    delay = max(clock.real(15), 0.1)
    try:
        service.get_waiter(wait.waiter).wait(
            **_members(wait.members, facts),
            WaiterConfig={"Delay": delay, "MaxAttempts": max(1, int(clock.real(WAIT_SECONDS) / delay))},
        )
    except WaiterError as error:
        why = error.last_response.get("FailureReason") or error
        raise CallError(str(why)) from error


def _gone(error: BaseException | None) -> bool:
    if not isinstance(error, ClientError):
        return False
    answer = error.response["Error"]
    # SageMaker answers a missing endpoint with a ValidationException
    return bool(GONE.fullmatch(answer["Code"])) or "Could not find" in answer.get("Message", "")
