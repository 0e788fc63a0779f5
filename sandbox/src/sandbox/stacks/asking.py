"""What IAM is asked when the resources of a recorded program are made, read, changed and removed.

For tests of the roles that apply a program: the requests are those of the table of kinds and any others that are
named, for the program's own resources, before anything is there.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.access.actions import Asked, questions
from sandbox.access.question import Question
from sandbox.access.resources import Known
from sandbox.stacks.calls import Request, completed, facts_of, plan
from sandbox.stacks.changes import after, changes
from sandbox.stacks.expressions import holds, members, value
from sandbox.stacks.kind import Kind
from sandbox.stacks.program import Resource
from sandbox.stacks.recording import Recording, offline
from sandbox.stacks.state import Made
from sandbox.unknown import UNKNOWN
from sandbox.world import ACCOUNT

Others = Mapping[str, Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One request about a resource, such as `logs.CreateLogGroup`, and what IAM is asked for it."""

    resource: Resource
    operation: str
    questions: tuple[Question, ...]


@dataclass
class Stack:
    """A recording with ARNs as AWS gives them in place of the invented ones. Its one key is `key`."""

    recording: Recording
    real: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    boundaries: dict[str, str] = field(default_factory=dict)
    configurations: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> dict[str, str]:
        """Region and account."""
        return {"region": self.recording.region, "account": ACCOUNT}

    @property
    def key(self) -> str:
        """The ARN of the stack's key, and of whatever else is encrypted."""
        return f"arn:aws:kms:{self.recording.region}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"

    def resource(self, resource: Resource) -> Resource:
        """`resource` with the real ARNs of those before it."""
        return Resource(**{**vars(resource), "inputs": self.text(resource.inputs)})

    def text(self, document: Any) -> Any:
        """`document` with real ARNs."""
        written = json.dumps(document)
        for invented in sorted(self.real, key=len, reverse=True):
            written = written.replace(invented, self.real[invented])
        return json.loads(written)

    def keep(self, made: Made) -> None:
        """Remember what later resources, and look-ups, have of `made`."""
        invented, inputs = f"{made.type.split(':')[-1]}-{made.name}", made.inputs
        self.real |= {f"{name}:{invented}": made.outputs[name] for name in made.outputs}
        if made.type == "aws:iam/role:Role":
            self.roles[inputs["name"]] = made.outputs["arn"]
            self.boundaries[inputs["name"]] = inputs.get("permissionsBoundary", "")
        if made.type == "aws:sagemaker/endpoint:Endpoint":
            self.configurations[inputs["name"].lower()] = inputs["endpointConfigName"]

    def asks(self, service: str, operation: str, request: Request) -> list[Question]:
        """What IAM is asked for a request."""
        known = Known(
            key=lambda _: self.key,
            role=self.roles.get,
            boundary=self.boundaries.get,
            configuration=self.configurations.get,
        )
        region = self.recording.region
        asked = Asked(service=service, operation=operation, parameters=request, account=ACCOUNT, region=region)
        return questions(asked, known)


def wanted(stack: Stack, others: Others) -> list[Wanted]:
    """Every request of a stack; `others` has further operations by kind, such as `s3.GetBucketAcl`."""
    found = []
    for registered in stack.recording.resources:
        if registered.type in stack.recording.kinds:
            resource = stack.resource(registered)
            requests = _requests(stack, resource, others.get(resource.type, ()))
            for service, operation, request in requests:
                asked = tuple(stack.asks(service, operation, request))
                found.append(Wanted(resource=resource, operation=f"{service}.{operation}", questions=asked))
    return found


def _requests(stack: Stack, resource: Resource, others: Iterable[str]) -> Iterator[tuple[str, str, Request]]:
    kind = stack.recording.kinds[resource.type]
    service, made = offline(kind.service), _made(stack, kind, resource)
    stack.keep(made)
    known: dict[str, Any] = {"resourcearn": made.outputs["arn"]}
    for method, request in _calls(stack, kind, resource, made):
        known |= {name.lower(): item for name, item in request.items()}
        yield kind.service, service.meta.method_to_api_mapping[method], request
    for other in others:
        name, _, operation = other.partition(".")
        shape = offline(name).meta.service_model.operation_model(operation).input_shape
        taken = shape.members if shape else {}
        yield name, operation, {one: known[one.lower()] for one in taken if one.lower() in known}


def _made(stack: Stack, kind: Kind, resource: Resource) -> Made:
    """The resource as it is then: id and ARN are what the inputs say, or else what the creation is about."""
    service, inputs, place = offline(kind.service), resource.inputs, stack.place
    facts: dict[str, Any] = {"inputs": inputs, "outputs": {}, "response": UNKNOWN, "id": UNKNOWN, **place}
    call, part = plan(service, kind, inputs, place)[0]
    operation = service.meta.method_to_api_mapping[call.operation]
    about = stack.asks(kind.service, operation, completed(service, call, part, facts))[0].resource
    arn = stack.key if about == "*" else about  # AWS knows no resource for a new key
    id_ = value(kind.id, facts)
    facts["id"] = id_ if isinstance(id_, str) else arn
    outputs = {name: value(expression, facts) for name, expression in kind.outputs.items()}
    told = {name: item for name, item in outputs.items() if isinstance(item, str)}
    return Made(resource.urn, resource.type, resource.name, facts["id"], inputs, {"arn": arn, **told})


def _calls(stack: Stack, kind: Kind, resource: Resource, made: Made) -> Iterator[tuple[str, Request]]:
    """The calls that make, read, change and remove it."""
    service, facts = offline(kind.service), facts_of(made, stack.place)
    for call, part in plan(service, kind, resource.inputs, stack.place):
        yield call.operation, completed(service, call, part, {**facts, "response": UNKNOWN})
    yield kind.read.operation, members(kind.read.members, facts)
    for before in _before(resource, made):
        found = changes(service, kind, before, resource.inputs, stack.place)
        if not found.replaces:
            now = after(before, resource.inputs, stack.place)
            yield from ((call.operation, completed(service, call, part, now)) for call, part in found.calls)
    for call in kind.delete:
        if call.each is None and (call.when is None or holds(call.when, facts)):
            yield call.operation, completed(service, call, {}, facts)


def _before(resource: Resource, made: Made) -> Iterator[Made]:
    """What it was when one of its properties changes: without that property, or with one more tag."""
    for name, item in resource.inputs.items():
        if name not in resource.ignored:
            old = {**resource.inputs, name: {**item, "gone": ""} if name == "tags" else None}
            yield Made(made.urn, made.type, made.name, made.id, old, made.outputs)
