"""What a changed property means: a call, another resource, or nothing until the resource goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.stacks.calls import Place, Request, check, fitting, shape_of
from sandbox.stacks.expressions import holds, inputs_of
from sandbox.stacks.kind import Call, Kind
from sandbox.stacks.shapes import member_path
from sandbox.stacks.state import Made


@dataclass(frozen=True)
class Changes:
    """The properties that differ, those that make it another resource, and the calls that change the others."""

    names: tuple[str, ...]
    replaces: tuple[str, ...]
    calls: tuple[tuple[Call, Request], ...]


def changes(service: Any, kind: Kind, made: Made, inputs: Mapping[str, Any], place: Place) -> Changes:
    """From what was made to `inputs`. Raises CallError for a call that AWS would refuse."""
    names = differing(made.inputs, inputs)
    facts = after(made, inputs, place)
    calls, carried = [], set()
    for call in kind.update:
        carries = names & _carried(service, call, made.inputs.keys() | inputs.keys())
        if carries and (call.when is None or holds(call.when, facts)):
            request, _ = fitting(service, call, inputs)
            calls.append((call, request))
            carried |= carries
    identity = inputs_of(kind.id) | set(kind.replace)
    replaces = {name for name in names if name in identity or name not in carried | _of_its_end(service, kind)}
    if not replaces:
        for call, request in calls:
            check(service, call, request, facts)
    return Changes(tuple(sorted(names)), tuple(sorted(replaces)), tuple(calls))


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """The properties that are not the same; absent and empty are."""
    return {name for name in old.keys() | new.keys() if (old.get(name) or None) != (new.get(name) or None)}


def after(made: Made, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What the expressions of an update see."""
    old, new = made.inputs.get("tags") or {}, inputs.get("tags") or {}
    untagged = sorted(old.keys() - new.keys()) if isinstance(new, Mapping) else []
    facts = {"inputs": dict(inputs), "outputs": made.outputs, "response": {}, "id": made.id, "untagged": untagged}
    return {**facts, **place}


def _carried(service: Any, call: Call, names: set[str]) -> set[str]:
    """Those of `names` that the call has a place for, or reads."""
    shape = shape_of(service, call.operation)
    placed = {name for name in names if member_path(shape, call.rename.get(name, name))}
    return placed | inputs_of(*call.members.values(), call.when or "")


def _of_its_end(service: Any, kind: Kind) -> set[str]:
    """The properties that are of use only when the resource goes."""
    read = inputs_of(*(text for call in kind.delete for text in (*call.members.values(), call.when or "")))
    return {name for name in read if not any(name in _carried(service, call, {name}) for call in kind.create)}
