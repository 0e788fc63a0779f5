"""The table of kinds as a Pulumi provider: what the engine asks of one, on plain dictionaries.

https://www.pulumi.com/docs/iac/extending-pulumi/build-a-provider/ and the protocol's own comments,
https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto. `plugin` speaks the protocol.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sandbox.stacks import calls, changes, invokes, reading
from sandbox.stacks.calls import CallError, Place, UnfinishedError
from sandbox.stacks.clients import Clients
from sandbox.stacks.expressions import value
from sandbox.stacks.kind import Kind
from sandbox.stacks.state import Made
from sandbox.stacks.table import Table
from sandbox.unknown import UNKNOWN

Properties = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What the engine asks of a diff."""

    names: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_first: bool = False


@dataclass
class Provider:
    """The provider of one region."""

    kinds: Table
    client: Clients
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def _place(self) -> Place:
        return self.client.place()

    @property
    def place(self) -> Place:
        """Region and account, asked once."""
        with self._lock:
            return self._place

    def check(self, type_: str, inputs: Properties) -> str | None:
        """Why these inputs are refused, unknown ones apart; None when they are not."""
        try:
            kind = calls.kind_of(self.kinds, type_)
            calls.plan(self.client(kind.service), kind, inputs, self.place)
        except CallError as error:
            return str(error)
        return None

    def diff(self, made: Made, inputs: Properties) -> Difference:
        """What differs, what of it replaces the resource, and whether its name must be free before that."""
        kind = calls.kind_of(self.kinds, made.type)
        found = changes.changes(self.client(kind.service), kind, made, inputs, self.place)
        taken = bool(found.replaces) and _keeps_its_name(kind, made, inputs, self.place)
        return Difference(names=found.names, replaces=found.replaces, delete_first=taken)

    def create(self, type_: str, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Make a resource; its id and properties. Raises CallError, UnfinishedError."""
        kind = calls.kind_of(self.kinds, type_)
        if preview:
            return "", {**inputs, **dict.fromkeys(kind.outputs, UNKNOWN)}
        return calls.create(self.client, kind, inputs, self.place)

    def update(self, made: Made, inputs: Properties, *, preview: bool) -> Properties:
        """Change a resource; its properties. Raises CallError, UnfinishedError."""
        kind = calls.kind_of(self.kinds, made.type)
        service = self.client(kind.service)
        outputs = {**{name: made.outputs.get(name) for name in ("id", *kind.outputs)}, **inputs}
        if preview:
            return outputs
        facts = changes.after(made, inputs, self.place)
        for call, request in changes.changes(service, kind, made, inputs, self.place).calls:
            calls.make(service, call, request, facts)
        try:
            calls.wait(service, kind.created, facts)
        except CallError as error:
            raise UnfinishedError(str(error), made.id, outputs) from error
        return outputs

    def delete(self, made: Made) -> None:
        """Remove a resource. Raises CallError."""
        calls.delete(self.client, calls.kind_of(self.kinds, made.type), made, self.place)

    def read(self, made: Made) -> tuple[Properties, Properties] | None:
        """Inputs and properties as they are now; None when the resource is gone. Raises CallError."""
        kind = calls.kind_of(self.kinds, made.type)
        found = reading.described(self.client, kind, made, self.place)
        if found is None:
            return None
        inputs = reading.drifted(kind, made.inputs, found)
        known = {"response": UNKNOWN, "inputs": inputs, "outputs": made.outputs, "id": made.id, **self.place}
        outputs = {name: item for name, item in calls.outputs_of(kind, known).items() if item is not UNKNOWN}
        return inputs, {"id": made.id, **outputs, **made.outputs, **inputs}

    def invoke(self, token: str, args: Mapping[str, Any]) -> Properties:
        """The answer to a question of the program. Raises CallError."""
        return invokes.answer(token, args, self.client, self.place)


def _keeps_its_name(kind: Kind, made: Made, inputs: Properties, place: Place) -> bool:
    """Whether the new resource cannot be there beside the old one: AWS gives a name once."""
    id_ = value(kind.id, {"inputs": inputs, "response": UNKNOWN, "id": UNKNOWN, **place})
    same_name = any(name in inputs and inputs[name] == made.inputs.get(name) for name in (*calls.NAMES, "url"))
    return same_name if id_ is UNKNOWN else bool(id_ == made.id)
