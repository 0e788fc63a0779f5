"""The ledger: one DynamoDB item for each release of an environment, and a lock that holds the open one.

Lock and item change together in one transaction, so a process that dies leaves either both or neither. Every
write asks for the revision that it was made from: two processes that follow the same release cannot undo each
other's, and what a person adds from outside, `aborted_by`, reaches the process that holds it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from pipeline import aws, states
from pipeline.errors import InfrastructureError, PipelineError, UserError

PROMOTED, ROLLED_BACK, FAILED, STUCK = states.ENDS
LOCK = "lock"
WHOLE = ("version", "beat", "revision")  # the other numbers are seconds
ATTEMPTS = 5  # to write, while another process writes as well


@dataclass(frozen=True, kw_only=True)
class Record:
    """A release; seconds are AWS's time, stamps are ISO 8601 in UTC."""

    release: str
    environment: str
    kind: str
    version: int
    config_before: str | None = None
    config_asked: str
    model: str
    by: str | None = None
    why: str | None = None
    state: str = states.LOCKED
    verdict: str | None = None
    cause: str | None = None
    reason: str | None = None
    started: str = ""
    ended: str | None = None
    aborted_by: str | None = None
    beat: int = 0
    revision: int = 0
    to_verdict: float | None = None
    to_restored: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def having(self, **details: Any) -> "Record":
        """The record with these among its details."""
        return replace(self, details={**self.details, **details})


class ClosedError(PipelineError):
    """Another process has closed the release; `record` is what it wrote."""

    def __init__(self, record: Record) -> None:
        super().__init__(f"{record.release} was closed by another process")
        self.record = record


def now() -> str:
    """This moment as a stamp."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def encode(record: Record) -> dict[str, Any]:
    """A record as a DynamoDB item; what is None is left out, `details` are one text of JSON."""
    values = asdict(record) | {"details": json.dumps(record.details)}
    return {
        key: {"S": value} if isinstance(value, str) else {"N": str(value)}
        for key, value in values.items()
        if value is not None
    }


def decode(item: Mapping[str, Any]) -> Record:
    """A DynamoDB item as a record; attributes that a later program adds are left out."""
    known = {each.name for each in fields(Record)}
    values: dict[str, Any] = {}
    for key, value in item.items():
        if key in known:
            number = value.get("N")
            values[key] = value["S"] if number is None else int(number) if key in WHOLE else float(number)
    return Record(**values | {"details": json.loads(values.get("details", "{}"))})


def identify(environment: str, version: int) -> tuple[str, str]:
    """A new release's id, to the millisecond, and the moment it starts."""
    moment = datetime.now(UTC)
    stamp = f"{moment:%Y%m%dt%H%M%S}{moment.microsecond // 1000:03}"
    return f"{environment}-v{version}-{stamp}", moment.isoformat(timespec="milliseconds")


def same(one: Record, other: Record) -> bool:
    """Whether two records ask for the same in the same way, so that the later may take up the earlier.

    In the same way: who asks for it at once does not wait for the bake of one by canary.
    """
    asked = [
        (each.kind, each.version, each.config_asked, each.details.get("guarded")) for each in (one, other)
    ]
    return asked[0] == asked[1]


def begin(table: str, record: Record) -> Record:
    """Open a release, or attach to the open one if it asks for the same. Raises UserError if it does not."""
    lock = {"release": {"S": LOCK}, "holder": {"S": record.release}}
    if _write(_put(table, encode(record)), _put(table, lock)):
        return record
    present = current(table)
    if present is not None and same(present, record):
        return save(table, present)
    if present is None:
        raise UserError(
            f"another release of {record.environment} began or ended just now: run the verb again"
        )
    raise UserError(occupied(present))


def occupied(present: Record) -> str:
    """Why nothing else begins while `present` is open."""
    return (
        f"{present.release} is under way ({present.state}) and its process is alive: wait until it ends, or "
        f"end it with `pipeline rollback {present.environment}`"
    )


def save(table: str, record: Record) -> Record:
    """Write a record's progress, and return it as it is now; each write is a beat.

    Raises ClosedError when another process has closed it, InfrastructureError when others write all the time.
    """
    for _ in range(ATTEMPTS):
        update = _update(table, record)
        if _write(update, *([_freed(table, record)] if record.ended else [])):
            return replace(record, revision=record.revision + 1)
        found = _get(table, record.release)
        if found is None:
            raise InfrastructureError(f"{record.release} is gone from {table}: somebody deleted it")
        stored = decode(found)
        if stored.ended:
            raise ClosedError(stored)
        record = merge(record, stored)
    raise InfrastructureError(f"{record.release} is written by others all the time: run the verb again")


def close(table: str, record: Record, state: str) -> Record:
    """Write the last word on a release and free the lock. Raises ClosedError when another process has."""
    final = replace(record, state=states.move(record.state, state), ended=now())
    return save(table, final)


def merge(ours: Record, stored: Record) -> Record:
    """Our progress on top of what another process wrote meanwhile. Pure."""
    return replace(
        ours,
        state=ours.state if ours.ended else states.further(ours.state, stored.state),
        aborted_by=ours.aborted_by or stored.aborted_by,
        details={**stored.details, **ours.details},
        revision=stored.revision,
    )


def current(table: str) -> Record | None:
    """The open release, or None; also one whose lock somebody has deleted by hand."""
    if lock := _get(table, LOCK):
        return get(table, lock["holder"]["S"])
    return next((one for one in records(table) if one.state in states.OPEN), None)


def get(table: str, release: str) -> Record | None:
    """A release by its id, or None."""
    item = _get(table, release)
    return decode(item) if item else None


def beat(table: str, release: str) -> None:
    """Show that a process holds an open release."""
    aws.client("dynamodb").update_item(
        TableName=table,
        Key={"release": {"S": release}},
        UpdateExpression="ADD #beat :one",
        ConditionExpression="attribute_exists(#release) AND attribute_not_exists(#ended)",
        ExpressionAttributeNames={"#beat": "beat", "#release": "release", "#ended": "ended"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def records(table: str) -> list[Record]:
    """Every release, newest first; none when the table does not exist."""
    try:
        items = aws.pages("dynamodb", "scan", "Items", TableName=table, ConsistentRead=True)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        items = []
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
            if record.state == PROMOTED and record.config_asked != live and version in (None, record.version)
        ),
        None,
    )


def _get(table: str, key: str) -> dict[str, Any] | None:
    read = aws.client("dynamodb").get_item
    answer = aws.patiently(read, TableName=table, Key={"release": {"S": key}}, ConsistentRead=True)
    item: dict[str, Any] | None = answer.get("Item")
    return item


def _put(table: str, item: dict[str, Any]) -> dict[str, Any]:
    """A new item; there must be none of its key."""
    condition = {
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": "release"},
    }
    return {"Put": {"TableName": table, "Item": item, **condition}}


def _update(table: str, record: Record) -> dict[str, Any]:
    """Every attribute of the record but its beat, which is raised, if nobody wrote since its revision."""
    values = encode(replace(record, revision=record.revision + 1))
    left_out = ("release", "beat")
    names = [each.name for each in fields(Record) if each.name not in left_out]
    present = [f"#{name} = :{name}" for name in names if name in values]
    absent = [f"#{name}" for name in names if name not in values]
    expression = f"SET {', '.join(present)} REMOVE {', '.join(absent)} ADD #beat :one"
    return {
        "Update": {
            "TableName": table,
            "Key": {"release": values["release"]},
            "UpdateExpression": expression if absent else expression.replace(" REMOVE ", ""),
            "ConditionExpression": "#revision = :was AND attribute_not_exists(#ended)",
            "ExpressionAttributeNames": {f"#{name}": name for name in (*names, "beat")},
            "ExpressionAttributeValues": {
                **{f":{name}": values[name] for name in names if name in values},
                ":one": {"N": "1"},
                ":was": {"N": str(record.revision)},
            },
        }
    }


def _freed(table: str, record: Record) -> dict[str, Any]:
    """The lock goes, if this release holds it; it is no error when somebody has deleted it."""
    return {
        "Delete": {
            "TableName": table,
            "Key": {"release": {"S": LOCK}},
            "ConditionExpression": "attribute_not_exists(holder) OR holder = :holder",
            "ExpressionAttributeValues": {":holder": {"S": record.release}},
        }
    }


def _write(*actions: dict[str, Any]) -> bool:
    """Write all or nothing; False when a condition did not hold, as where it was written before."""
    try:
        aws.patiently(aws.client("dynamodb").transact_write_items, TransactItems=list(actions))
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return False
    return True
