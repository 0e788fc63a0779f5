"""What the engine's events say that it would do, or has done, to each resource. Pure.

https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go has the events' shape.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.stack.engine import Event

SIGNS = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "+-",
    "import": "=",
    "import-replacement": "=-",
}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how Pulumi writes what is known once the resource is made
# marks a value as a secret: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
SIGNATURE = "4dabf18193072939515e22adb298388d"
LONGEST = 80  # characters of a value
INNER = ("mlops:", "pulumi:")  # types of what groups or makes resources, and is none itself


@dataclass(frozen=True)
class Step:
    """What is done to one resource: Pulumi's operation, type and name; (path, old, new) of each value.

    `hidden` are the properties that differ and whose values the engine masks.
    """

    operation: str
    type: str
    name: str
    changes: tuple[tuple[str, Any, Any], ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """A line for the resource, and one below it for each value."""
        head = f"{SIGNS[self.operation]} {self.type} {self.name}"
        below = (f"    {path}: {_shown(old)} → {_shown(new)}" for path, old, new in self.changes)
        masked = (f"    {name}: a secret, other than before" for name in self.hidden)
        return "\n".join((head, *below, *masked))


def read(events: Iterable[Event]) -> list[Step]:
    """Every resource that does not stay as it is, in the order of the engine."""
    found = (event["resourcePreEvent"]["metadata"] for event in events if "resourcePreEvent" in event)
    return [_step(one) for one in found if one["op"] in SIGNS and not one["type"].startswith(INNER)]


def unchanged(events: Iterable[Event]) -> int:
    """How many resources stay as they are."""
    return sum(
        event["summaryEvent"]["resourceChanges"].get("same", 0) for event in events if "summaryEvent" in event
    )


def counts(steps: Iterable[Step]) -> dict[str, int]:
    """How many resources by what is done to them; nothing where there is nothing."""
    operations = [step.operation for step in steps]
    return {one: operations.count(one) for one in SIGNS if one in operations}


def kinds(steps: Iterable[Step]) -> dict[str, int]:
    """How many more resources of each type there are afterwards; below zero are fewer, zero is not named."""
    count = {"create": 1, "delete": -1}
    found: dict[str, int] = {}
    for step in steps:
        found[step.type] = found.get(step.type, 0) + count.get(step.operation, 0)
    return {kind: more for kind, more in found.items() if more}


def errors(events: Iterable[Event]) -> list[str]:
    """What the engine reports as errors, each on one line."""
    told = (event["diagnosticEvent"] for event in events if "diagnosticEvent" in event)
    return [" ".join(one["message"].split()) for one in told if one["severity"] == "error"]


def _step(metadata: Mapping[str, Any]) -> Step:
    old, new = (metadata.get(one) or {} for one in ("old", "new"))
    changes = tuple(differences(old.get("inputs"), new.get("inputs"))) if old and new else ()
    inputs = new.get("inputs") or {}
    hidden = [name for name in metadata.get("diffs") or () if _masked(inputs.get(name))]
    return Step(metadata["op"], metadata["type"], metadata["urn"].rpartition("::")[2], changes, tuple(hidden))


def _masked(value: Any) -> bool:
    """Whether the engine's log holds no value but that there is a secret."""
    return isinstance(value, dict) and SIGNATURE in value


def differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each value below `path` that differs, as (its path, old, new); text that is JSON is looked into."""
    old, new = _opened(old), _opened(new)
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if not key.startswith("__"):  # the provider's own notes
                yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    else:
        yield path, old, new


def _opened(value: Any) -> Any:
    """`value`, or what is in it where it is text that holds a JSON object or list."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if _masked(value):
        return "a secret"
    text = json.dumps(value, ensure_ascii=False)
    if UNKNOWN in text:
        return "known once it is made"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
