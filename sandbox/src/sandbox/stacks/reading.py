"""What is there of a resource, and what of it somebody has changed behind Pulumi's back."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.stacks.calls import CallError, Client, Place, ask, facts_of, gone
from sandbox.stacks.expressions import members, value
from sandbox.stacks.kind import Kind
from sandbox.stacks.state import Made


def described(client: Client, kind: Kind, made: Made, place: Place) -> Any:
    """What AWS says of the resource; None when it is gone. Raises CallError."""
    facts = facts_of(made, place)
    try:
        answer = ask(client(kind.service), kind.read.operation, members(kind.read.members, facts))
    except CallError as error:
        if gone(error.__cause__):
            return None
        raise
    found = value(kind.read.found, answer)
    if kind.read.where:
        wanted = members(kind.read.where, facts)
        return next((one for one in found or [] if all(one.get(name) == item for name, item in wanted.items())), None)
    return found


def drifted(kind: Kind, inputs: Mapping[str, Any], found: Any) -> dict[str, Any]:
    """`inputs` with the scalars and documents that AWS describes otherwise, as it describes them.

    And with what a kind has noticed that somebody else has given.
    """
    now = dict(inputs)
    for name, item in inputs.items():
        if name in kind.unread or isinstance(item, list | Mapping):
            continue
        paths = [call.rename.get(name, name) for call in kind.create]
        seen = next((one for path in paths if (one := _look(found, path)) is not None), None)
        if seen is not None and not _same(item, seen):
            now[name] = json.dumps(seen) if isinstance(seen, Mapping | list) else seen
    found_too = {name: value(text, found) for name, text in kind.noticed.items() if name not in inputs}
    return now | {name: _spelt(seen) for name, seen in found_too.items() if seen is not None}


def _spelt(item: Any) -> Any:
    """AWS's members as Pulumi's properties."""
    if isinstance(item, Mapping):
        return {name[:1].lower() + name[1:]: _spelt(below) for name, below in item.items()}
    return [_spelt(below) for below in item] if isinstance(item, list) else item


def _look(found: Any, path: str) -> Any:
    """The member at `path` in the answer, or at the end of it: an answer often starts further in."""
    steps = path.lower().split(".")
    for start in range(len(steps)):
        at = found
        for step in steps[start:]:
            at = {key.lower(): item for key, item in at.items()}.get(step) if isinstance(at, Mapping) else None
        if at is not None:
            return at
    return None


def _same(item: Any, seen: Any) -> bool:
    return bool(_plain(item) == _plain(seen))


def _plain(item: Any) -> Any:
    """Numbers, booleans, documents and lists of one in the same form, however they are written."""
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, int | float):
        return float(item)
    if isinstance(item, str):
        try:
            parsed = json.loads(item)
        except ValueError:
            return item
        return _plain(parsed)
    return _plain(item[0]) if isinstance(item, list) and len(item) == 1 else item
