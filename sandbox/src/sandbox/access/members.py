"""The members of a request by the names that boto3 has for them, wherever HTTP puts them."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from sandbox.transport import Request
from sandbox.validation import service_model


def of_form(request: Request) -> dict[str, str]:
    """The flat members of a query protocol's request."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def of_s3(operation: str, request: Request) -> dict[str, Any]:
    """The members of an S3 request that stand in path, query and headers; objects to delete and a policy."""
    bucket, _, key = request.path.removeprefix("/").partition("/")
    found: dict[str, Any] = {"Bucket": bucket, "Key": key, **dict(_placed(operation, request))}
    if operation == "DeleteObjects":
        found["Delete"] = {"Objects": list(_deleted(request.body))}
    if operation == "PutBucketPolicy":
        found["Policy"] = request.body.decode()
    return {name: value for name, value in found.items() if value != "" or name == "Prefix"}


def of_s3control(request: Request) -> dict[str, Any]:
    """The resource of an S3 Control request about tags; the others name none."""
    arn = request.path.partition("/tags/")[2]
    return {"ResourceArn": arn} if arn else {}


def _placed(operation: str, request: Request) -> Iterator[tuple[str, str]]:
    shape = service_model("s3").operation_model(operation).input_shape
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    members: Mapping[str, Any] = shape.members if shape else {}
    for name, member in members.items():
        place, wire = member.serialization.get("location"), member.serialization.get("name", name)
        value = query.get(wire) if place == "querystring" else request.headers.get(wire) if place == "header" else None
        if value is not None:
            yield name, value


def _deleted(body: bytes) -> Iterator[dict[str, str]]:
    for element in ElementTree.fromstring(body).iter():  # noqa: S314  a sandbox has nothing to lose by an entity
        if element.tag.rpartition("}")[2] == "Object":
            yield {child.tag.rpartition("}")[2]: child.text or "" for child in element}
