"""Which questions a request asks of IAM."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.access.question import Question
from sandbox.access.resources import Known, filled, nested, true
from sandbox.access.table import TABLE
from sandbox.access.table.row import Row


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request: `service` and `operation` as boto3 names them, and its members.

    `parameters` is the body of a JSON request, the flat form of a query request, or for S3 all members by the names
    that they have in boto3, wherever HTTP puts them. `account` and `region` are those that it goes to, `secure` says
    whether it came over TLS.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    account: str
    region: str
    secure: bool = True


class NoRow(Exception):
    """The table has no row for an operation."""


def questions(asked: Asked, known: Known | None = None) -> list[Question]:
    """What IAM is asked for a request, its own question first; all must be allowed.

    A request without the members that name its resource asks for `*`. Raises NoRow.
    """
    found = known or Known()
    name = f"{asked.service}.{asked.operation}"
    if name not in TABLE:
        raise NoRow(f"{name} has no row in sandbox/access/table: write which actions it needs")
    request = {**nested(asked.parameters), "_region": asked.region, "_account": asked.account}
    listed = [question for row in TABLE[name] for question in _asked_by(row, request, asked, found)]
    if not listed and TABLE[name]:
        return [Question(TABLE[name][0].action, "*", _context(TABLE[name][0], request, asked, found, "*"))]
    return list({(each.action, each.resource): each for each in listed}.values())


def _asked_by(row: Row, request: dict[str, Any], asked: Asked, known: Known) -> Iterator[Question]:
    if row.when and not true(row.when, request):
        return
    for text in row.resources:
        for resource in filled(text, request, known):
            yield Question(row.action, resource, _context(row, request, asked, known, resource))


def _context(
    row: Row, request: dict[str, Any], asked: Asked, known: Known, resource: str
) -> dict[str, tuple[str, ...]]:
    """The condition keys of the request, of its tags, and of the resource's.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    tags = _tags(request) if row.action.startswith(f"{asked.service}:") else {}  # not of what it also asks of others
    keys = [*tags, *request.get("TagKeys", request.get("tagKeys", []))]
    parts = resource.split(":", 5)
    context = {
        "aws:SecureTransport": (str(asked.secure).lower(),),
        "aws:RequestedRegion": (asked.region,),
        **{f"aws:RequestTag/{key}": (value,) for key, value in tags.items()},
        **{f"aws:ResourceTag/{key}": (value,) for key, value in known.tags(resource).items()},
        **{key: tuple(filled(text, request, known)) for key, text in row.context.items()},
    }
    if len(parts) > 4 and parts[4]:
        context["aws:ResourceAccount"] = (parts[4],)
    if row.action.startswith("kms:"):
        context["kms:ResourceAliases"] = tuple(known.aliases(resource))
        context |= _encryption(request) if asked.service == "kms" else {}
    if keys:
        context["aws:TagKeys"] = tuple(keys)
    return {key: values for key, values in context.items() if values}


def _encryption(request: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The encryption context of a request to KMS itself.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
    """
    given = request.get("EncryptionContext", {})
    return {f"kms:EncryptionContext:{key}": (value,) for key, value in given.items()} | {
        "kms:EncryptionContextKeys": tuple(given)
    }


def _tags(request: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a request, in any of the forms that AWS's services have for them."""
    given: Any = next((request[name] for name in ("Tags", "tags", "ResourceTags") if name in request), {})
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    rows = [{name.lower().removeprefix("tag"): value for name, value in tag.items()} for tag in given]
    return {str(row["key"]): str(row.get("value", "")) for row in rows if "key" in row}
