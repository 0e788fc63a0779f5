"""The ledger: one DynamoDB item for each release of an environment, and a lock that holds the open one.

Lock and item change together in one transaction, so a runner that dies leaves either both or neither.
"""

from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from pipeline import aws
from pipeline.errors import UserError

LOCK = "lock"
PREPARED, UPDATING, CLOSED = "prepared", "updating", "closed"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A release; `seconds` are AWS's time, stamps are ISO 8601 in UTC."""

    release: str
    environment: str
    kind: str
    version: int
    config_before: str | None = None
    config_asked: str
    model: str
    by: str | None = None
    state: str = PREPARED
    verdict: str | None = None
    cause: str | None = None
    reason: str | None = None
    started: str = ""
    ended: str | None = None
    to_verdict: float | None = None
    to_restored: float | None = None


def encode(record: Record) -> dict[str, Any]:
    """A record as a DynamoDB item; what is None is left out."""
    return {
        key: {"S": value} if isinstance(value, str) else {"N": str(value)}
        for key, value in asdict(record).items()
        if value is not None
    }


def decode(item: dict[str, Any]) -> Record:
    """A DynamoDB item as a record; attributes that a later program adds are left out."""
    known = {each.name for each in fields(Record)}
    values: dict[str, Any] = {}
    for key, value in item.items():
        if key in known:
            number = value.get("N")
            values[key] = value["S"] if number is None else int(number) if key == "version" else float(number)
    return Record(**values)


def identify(environment: str, version: int) -> tuple[str, str]:
    """A new release's id and the moment it starts."""
    now = datetime.now(UTC)
    return f"{environment}-v{version}-{now:%Y%m%dt%H%M%S}", now.isoformat(timespec="milliseconds")


def same(one: Record, other: Record) -> bool:
    """Whether two records ask for the same thing, so that the later one may take up the earlier."""
    return (one.kind, one.version, one.config_asked) == (other.kind, other.version, other.config_asked)


def begin(table: str, record: Record) -> Record:
    """Open a release, or attach to the open one if it asks for the same. Raises UserError if it does not."""
    present = current(table)
    if present is None:
        lock = {"release": {"S": LOCK}, "holder": {"S": record.release}}
        if _write(table, [_put(table, encode(record)), _put(table, lock, "attribute_not_exists(#key)")]):
            return record
        present = current(table)
    if present is not None and same(present, record):
        return present
    if present is None:
        raise UserError(
            f"another release of {record.environment} began or ended just now: run the verb again"
        )
    again = f"pipeline {present.kind} {present.environment} --version {present.version}"
    raise UserError(f"{present.release} is still open: finish it first with `{again}`")


def save(table: str, record: Record) -> None:
    """Write an open record's progress."""
    aws.client("dynamodb").put_item(TableName=table, Item=encode(record))


def close(table: str, record: Record) -> Record:
    """Write the last word on a release and free the lock; another runner may have done so already."""
    closed = replace(record, state=CLOSED, ended=datetime.now(UTC).isoformat(timespec="milliseconds"))
    free = {
        "Delete": {
            "TableName": table,
            "Key": {"release": {"S": LOCK}},
            "ConditionExpression": "holder = :holder",
            "ExpressionAttributeValues": {":holder": {"S": record.release}},
        }
    }
    _write(table, [_put(table, encode(closed)), free])
    return closed


def current(table: str) -> Record | None:
    """The open release, or None."""
    lock = _get(table, LOCK)
    item = _get(table, lock["holder"]["S"]) if lock else None
    return decode(item) if item else None


def records(table: str) -> list[Record]:
    """Every release, newest first; none when the table does not exist."""
    paginator, items = aws.client("dynamodb").get_paginator("scan"), []
    try:
        for page in paginator.paginate(TableName=table, ConsistentRead=True):
            items += page["Items"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    found = [decode(item) for item in items if item["release"]["S"] != LOCK]
    return sorted(found, key=lambda record: record.started, reverse=True)


def serving(history: list[Record], config: str) -> Record | None:
    """The newest record that asked for `config`; it knows the version behind it."""
    return next((record for record in history if record.config_asked == config), None)


def earlier(history: list[Record], live: str, version: int | None) -> Record | None:
    """The newest promoted record that is not live, of `version` if one is given."""
    return next(
        (
            record
            for record in history
            if record.verdict == "promoted"
            and record.config_asked != live
            and version in (None, record.version)
        ),
        None,
    )


def _get(table: str, key: str) -> dict[str, Any] | None:
    answer = aws.client("dynamodb").get_item(
        TableName=table, Key={"release": {"S": key}}, ConsistentRead=True
    )
    item: dict[str, Any] | None = answer.get("Item")
    return item


def _put(table: str, item: dict[str, Any], condition: str | None = None) -> dict[str, Any]:
    request: dict[str, Any] = {"TableName": table, "Item": item}
    if condition:
        request |= {"ConditionExpression": condition, "ExpressionAttributeNames": {"#key": "release"}}
    return {"Put": request}


def _write(table: str, actions: list[dict[str, Any]]) -> bool:
    """Write all or nothing; False when a condition did not hold."""
    try:
        aws.client("dynamodb").transact_write_items(TransactItems=actions)
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return False
    return True
