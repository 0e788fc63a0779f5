"""The table of kinds with a project's own rows: `kinds.toml` beside its programs, or beside one of them.

A row is the Pulumi type and the fields of `kind.Kind`, such as

    ["aws:sqs/queue:Queue"]
    service = "sqs"
    create = [{ operation = "create_queue", rename = { name = "QueueName" } }]
    id = "response.QueueUrl"
    read = { operation = "get_queue_attributes", members = { QueueUrl = "id" } }
    delete = [{ operation = "delete_queue", members = { QueueUrl = "id" } }]
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from sandbox.stacks.kind import Call, Kind, Listing, Read, Wait
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.program import SettingsError

FILE = "kinds.toml"
Table = Mapping[str, Kind]
_PARTS: dict[str, type] = {
    "create": Call, "update": Call, "delete": Call, "unprotect": Call, "each": Listing, "read": Read,
    "created": Wait, "deleted": Wait,
}  # fmt: skip


def table(*folders: Path) -> Table:
    """The kinds, with the rows of the first `kinds.toml` in `folders`. Raises SettingsError."""
    files = [folder / FILE for folder in folders if (folder / FILE).is_file()]
    return {**KINDS, **rows(files[0])} if files else KINDS


def rows(file: Path) -> Table:
    """The rows in a file. Raises SettingsError, naming the row and what is wrong with it."""
    try:
        content = tomllib.loads(file.read_text())
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file.name} cannot be read: {error}") from error
    return {type_: _made(Kind, row, f"{file.name}, {type_}") for type_, row in content.items()}


def _made(part: type, row: Any, where: str) -> Any:
    if not isinstance(row, dict):
        raise SettingsError(f"{where}: write a table of {', '.join(field.name for field in fields(part))}")
    known = {field.name: field for field in fields(part)}
    for name in row:
        if name not in known:
            raise SettingsError(f"{where}: {name} is unknown, write one of {', '.join(known)}")
    for name, field in known.items():
        if name not in row and field.default is MISSING and field.default_factory is MISSING:
            raise SettingsError(f"{where}: {name} is missing")
    return part(**{name: _field(name, item, f"{where}, {name}") for name, item in row.items()})


def _field(name: str, item: Any, where: str) -> Any:
    if name in _PARTS and isinstance(item, list):
        return tuple(_made(_PARTS[name], one, where) for one in item)
    if name in _PARTS:
        return _made(_PARTS[name], item, where)
    return tuple(item) if isinstance(item, list) else item
