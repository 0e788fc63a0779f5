"""Checks a JSON request against AWS's own service model, more strictly than boto3 does, and decodes it.

boto3 checks types, required members and lower bounds before it sends; the service also checks enums, patterns
and upper bounds and answers ValidationException
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html). So does this module, in the
words that AWS uses. Stricter than AWS in one point: an unknown member is refused, as AWS would drop it
silently.
"""

import base64
import binascii
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape, StructureShape

from sandbox.unknown import UNKNOWN
from sandbox.world import ApiError

Names = Callable[[StructureShape, str], str]  # how a member is spelled in the request
_LOADING = Lock()


def service_model(service: str) -> ServiceModel:
    """botocore's model of `service`."""
    with _LOADING:  # reading SageMaker's takes half a second: once is enough
        return _service_model(service)


@cache
def _service_model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def parse(service: str, operation: str, request: Any) -> dict[str, Any]:
    """The request with timestamps as aware datetimes and blobs as bytes; absent members stay absent.

    Raises ApiError ValidationException, naming every member at fault.
    """
    shape = service_model(service).operation_model(operation).input_shape
    if not isinstance(request, dict):
        raise ApiError("SerializationException", f"the body of {operation} is not a JSON object")
    found = [] if shape is None else list(_faults(shape, request, "", _wire_name))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise ApiError("ValidationException", f"{len(found)} validation {errors} detected: {'; '.join(found)}")
    return {} if shape is None else _decoded(shape, request)


def faults(shape: StructureShape, request: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a request as boto3 takes it, of any protocol. A value that is not known yet is not."""
    return _faults(shape, request, "", lambda _, name: name)


def _faults(shape: Shape, value: Any, path: str, names: Names) -> Iterator[str]:
    if value is UNKNOWN:
        return
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            yield from _structure_faults(shape, value, path, names)
        case "list":
            yield from _type_fault(value, list, "a list", path) or _list_faults(shape, value, path, names)
        case "map":
            yield from _type_fault(value, dict, "a map", path) or _map_faults(shape, value, path, names)
        case "string" | "char":
            yield from _type_fault(value, str, "a string", path) or _string_faults(shape, value, path)
        case "integer" | "long":
            yield from _type_fault(value, int, "an integer", path) or _bound_faults(shape, value, value, "value", path)
        case "float" | "double":
            yield from _type_fault(value, (int, float), "a number", path) or _bound_faults(
                shape, value, value, "value", path
            )
        case "boolean":
            yield from _type_fault(value, bool, "a boolean", path)
        case "blob":
            yield from _blob_faults(shape, value, path)
        case "timestamp":
            yield from _timestamp_faults(value, path)


def _type_fault(value: Any, kinds: type | tuple[type, ...], name: str, path: str) -> list[str]:
    wrong_bool = isinstance(value, bool) and kinds is not bool
    if isinstance(value, kinds) and not wrong_bool:
        return []
    return [f"Value at '{path}' failed to satisfy constraint: Member must be {name}, not {type(value).__name__}"]


def _broken(value: Any, path: str, constraint: str) -> str:
    shown = str(value) if len(str(value)) <= 200 else str(value)[:200] + "..."
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: Member must {constraint}"


def _structure_faults(shape: Any, value: Any, path: str, names: Names) -> Iterator[str]:
    wrong = _type_fault(value, dict, "a structure", path or "the request")
    if wrong:
        yield from wrong
        return
    present = {name: item for name, item in value.items() if item is not None}
    members = {names(shape, name): member for name, member in shape.members.items()}
    for name in shape.required_members:
        if names(shape, name) not in present:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    if getattr(shape, "is_tagged_union", False) and len(present) != 1:
        choice = ", ".join(sorted(members))
        yield f"Value at '{path}' failed to satisfy constraint: Member must have exactly one of {choice}"
    for name, item in present.items():
        if name not in members:
            yield f"Member '{_join(path, name)}' is unknown: {shape.name} has {', '.join(sorted(members))}"
        else:
            yield from _faults(members[name], item, _join(path, name), names)


def _list_faults(shape: Any, value: list[Any], path: str, names: Names) -> Iterator[str]:
    yield from _bound_faults(shape, value, len(value), "length", path)
    for index, item in enumerate(value, start=1):
        yield from _faults(shape.member, item, f"{path}.{index}.member", names)


def _map_faults(shape: Any, value: dict[str, Any], path: str, names: Names) -> Iterator[str]:
    yield from _bound_faults(shape, value, len(value), "length", path)
    for key, item in value.items():
        yield from _faults(shape.key, key, f"{path}.key", names)
        yield from _faults(shape.value, item, f"{path}.{key}.value", names)


def _string_faults(shape: Any, value: str, path: str) -> Iterator[str]:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield _broken(value, path, f"satisfy enum value set: [{', '.join(allowed)}]")
        return
    bounds = list(_bound_faults(shape, value, len(value), "length", path))
    yield from bounds
    pattern = shape.metadata.get("pattern")
    if pattern and not bounds:  # an over-long value could keep a pattern busy for minutes
        compiled = compiled_pattern(pattern)
        if compiled and not compiled.fullmatch(value):
            yield _broken(value, path, f"satisfy regular expression pattern: {pattern}")


def _bound_faults(shape: Any, value: Any, size: float, what: str, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _broken(value, path, f"have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _broken(value, path, f"have {what} less than or equal to {most}")


def _blob_faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    try:
        size = len(base64.b64decode(value, validate=True))
    except (TypeError, ValueError, binascii.Error):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be base64"
        return
    yield from _bound_faults(shape, f"{size} bytes", size, "length", path)


def _timestamp_faults(value: Any, path: str) -> Iterator[str]:
    try:
        _timestamp(value)
    except (TypeError, ValueError):
        yield _broken(value, path, "be a timestamp")


def _decoded(shape: Any, value: Any) -> Any:
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            members = _members(shape)
            return {name: _decoded(members[name], item) for name, item in value.items() if item is not None}
        case "list":
            return [_decoded(shape.member, item) for item in value]
        case "map":
            return {key: _decoded(shape.value, item) for key, item in value.items()}
        case "blob":
            return base64.b64decode(value)
        case "timestamp":
            return _timestamp(value)
        case _:
            return value


def _timestamp(value: Any) -> datetime:
    if isinstance(value, bool):
        raise TypeError("a boolean is not a timestamp")
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value)


@cache
def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """The pattern, or None when it is a Java expression that Python does not read (`unreadable_patterns`)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)  # set operations such as [a-z&&[^q]]
        try:
            return re.compile(pattern)
        except (re.error, FutureWarning):
            return None


def unreadable_patterns(service: str) -> dict[str, str]:
    """Shapes of `service` whose pattern is not checked, with the pattern; most use \\p{L} or the like."""
    model = service_model(service)
    shapes = (model.shape_for(name) for name in model.shape_names)
    patterns = {shape.name: shape.metadata.get("pattern") for shape in shapes}
    return {name: found for name, found in patterns.items() if found and not compiled_pattern(found)}


def _members(shape: StructureShape) -> dict[str, Shape]:
    return {_wire_name(shape, name): member for name, member in shape.members.items()}


def _wire_name(shape: StructureShape, name: str) -> str:
    return str(shape.members[name].serialization.get("name", name))


def _join(path: str, name: str) -> str:
    lower = name[:1].lower() + name[1:]
    return f"{path}.{lower}" if path else lower
