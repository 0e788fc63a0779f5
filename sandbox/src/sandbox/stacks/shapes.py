"""Pulumi's properties as the members of an AWS request, by botocore's service model.

Names agree without case and plural (`clientIdLists` is `ClientIDList`); what does not agree is renamed
by the kind. A block that Pulumi gives as a list of one becomes a structure, a map of tags a list of pairs,
a list of blocks of name and values a map. What a preview does not know yet fits everywhere.
"""

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.unknown import UNKNOWN

Rename = Mapping[str, str]


class ShapeError(Exception):
    """A property that has no place in the request, or a value that does not fit there."""


def request(shape: StructureShape, properties: Mapping[str, Any], rename: Rename) -> tuple[dict[str, Any], set[str]]:
    """What of `properties` belongs in a request of `shape`, and the names of the properties that do.

    `rename` maps a property's path, such as `attributes.name`, to a member's path from the same level,
    such as `AttributeName` or `Tagging.TagSet`. Raises ShapeError for a nested property without a place.
    """
    made: dict[str, Any] = {}
    placed: set[str] = set()
    for name, value in properties.items():
        path = member_path(shape, rename.get(name, name))
        if path:
            put(made, path, fit(value, walk(shape, path), rename, name))
            placed.add(name)
    return made, placed


def put(made: dict[str, Any], path: list[str], value: Any) -> None:
    """Set the member at `path` inside `made`."""
    for step in path[:-1]:
        made = made.setdefault(step, {})
    made[path[-1]] = value


def copied(made: dict[str, Any]) -> dict[str, Any]:
    """`made` with blocks of its own, so that members can be put into it."""
    return {name: copied(item) if isinstance(item, dict) else item for name, item in made.items()}


def member_path(shape: Shape, dotted: str) -> list[str]:
    """The exact spelling of a member's path below `shape`; empty when there is no such member."""
    path: list[str] = []
    for step in dotted.split("."):
        found = _member(shape, step)
        if found is None:
            return []
        path.append(found)
        shape = walk(shape, [found])
    return path


def walk(shape: Shape, path: list[str]) -> Shape:
    """The shape at `path` below `shape`."""
    for step in path:
        shape = shape.value if isinstance(shape, MapShape) else shape.members[step]
    return shape


def fit(value: Any, shape: Shape, rename: Rename, path: str) -> Any:
    """`value` of the property at `path` in the form of `shape`. Raises ShapeError."""
    if value is UNKNOWN:
        return value
    if isinstance(shape, StructureShape):
        return _structure(value, shape, rename, path)
    if isinstance(shape, ListShape):
        return [fit(item, shape.member, rename, path) for item in _items(value, shape)]
    if isinstance(shape, MapShape):
        return {key: fit(item, shape.value, rename, f"{path}.{key}") for key, item in _entries(value, path)}
    try:
        return _scalar(value, shape.type_name)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{path} is {value!r}, which is no {shape.type_name}") from error


def _structure(value: Any, shape: StructureShape, rename: Rename, path: str) -> dict[str, Any]:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        raise ShapeError(f"{path} is {value!r}, which is no block")
    made: dict[str, Any] = {}
    for name, item in value.items():
        below = f"{path}.{name}"
        members = member_path(shape, rename.get(below, name))
        if not members:
            raise ShapeError(f"{below} has no place in {shape.name}, which has {', '.join(shape.members)}")
        put(made, members, fit(item, walk(shape, members), rename, below))
    return made


def _items(value: Any, shape: ListShape) -> list[Any]:
    """The list that `value` stands for: a map is a list of (key, value) pairs where AWS wants pairs."""
    if isinstance(value, Mapping) and isinstance(shape.member, StructureShape):
        members = list(shape.member.members)
        if len(members) == 2 and members[1].endswith("Value"):
            return [dict(zip(members, pair, strict=True)) for pair in value.items()]
    return value if isinstance(value, list) else [value]


def _entries(value: Any, path: str) -> list[tuple[str, Any]]:
    """The entries of a map, which may be given as blocks of a name and its values."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, list) and all(isinstance(item, Mapping) and set(item) == {"name", "values"} for item in value):
        return [(item["name"], item["values"]) for item in value]
    raise ShapeError(f"{path} is {value!r}, which is no map")


def _scalar(value: Any, type_name: str) -> Any:
    if isinstance(value, Mapping | list):
        raise TypeError(value)
    if type_name in ("integer", "long"):
        if float(value) != int(value):
            raise ValueError(value)
        return int(value)
    if type_name in ("float", "double"):
        return float(value)
    if type_name == "boolean":
        if value not in (True, False, "true", "false"):
            raise ValueError(value)
        return value in (True, "true")
    if isinstance(value, bool):
        return str(value).lower()
    # a number travels as a float
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _member(shape: Shape, name: str) -> str | None:
    if isinstance(shape, MapShape):
        return name
    if not isinstance(shape, StructureShape) or not name:
        return None
    by_name: dict[str, str] = {member.lower(): member for member in shape.members}
    wanted = name.lower()
    for spelling in (wanted, wanted.removesuffix("s"), wanted + "s"):
        if spelling in by_name:
            return by_name[spelling]
    return None
