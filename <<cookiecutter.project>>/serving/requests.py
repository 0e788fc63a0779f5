"""From a request's body to columns, or to one sentence about what is wrong with it.

A bad row refuses the whole request: half an answer is a wrong answer. Every column that the model uses
must be there, null or not; others are ignored, so that a caller may send identifiers to join labels to later.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, NoReturn

from model.scoring import Column

FLOAT32_MAX = 3.4028234663852886e38

Columns = dict[str, list[Any]]  # one list per input, one value per row


class RequestError(Exception):
    """The client's mistake; `status` is the HTTP status of the answer."""

    def __init__(self, status: int, sentence: str) -> None:
        """`sentence` is what the client reads."""
        super().__init__(sentence)
        self.status = status


def parse(body: bytes, content_type: str, columns: Sequence[Column]) -> Columns:
    """The rows of `body`, checked against `columns`. Raises RequestError, 400 or 415."""
    kind, text = decoded(body, content_type)
    if kind == "text/csv":
        return csv_columns(*csv_rows(text, columns), columns)
    return json_columns(json_rows(text, columns), columns)


def parse_all(body: bytes, content_type: str, columns: Sequence[Column]) -> tuple[Columns, Columns]:
    """`parse`, and beside it what else the rows hold, by name and unchecked: None where a row has it not."""
    kind, text = decoded(body, content_type)
    names = {column.name for column in columns}
    if kind == "text/csv":
        header, lines = csv_rows(text, columns)
        known = csv_columns(header, lines, columns)
        places = {name: place for place, name in enumerate(header) if name not in names}
        return known, {name: [row[at].strip() or None for row in lines] for name, at in places.items()}
    rows = json_rows(text, columns)
    others = dict.fromkeys(name for row in rows if len(row) > len(names) for name in row if name not in names)
    return json_columns(rows, columns), {name: [row.get(name) for row in rows] for name in others}


def decoded(body: bytes, content_type: str) -> tuple[str, str]:
    """The type of a body, one of two, and its text. Raises RequestError, 400 or 415."""
    kind = content_type.split(";")[0].strip().lower()
    if kind not in ("application/json", "text/csv"):
        raise RequestError(415, f"content type {kind or 'missing'}: send application/json or text/csv")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(400, f"the body is not UTF-8 at byte {error.start}") from error
    if not text.strip():
        raise RequestError(400, "the body is empty: send at least one row")
    return kind, text


def json_rows(text: str, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The rows of {"instances": [{column: value, …}, …]}; null is a missing value."""
    try:
        document = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"the body is not JSON: {error}") from error
    rows = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows:
        raise RequestError(
            400, 'the body must be {"instances": [{column: value, …}, …]} with at least one row'
        )
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise RequestError(400, f"$.instances[{number}] must be an object: {{column: value, …}}")
        for column in columns:
            if column.name not in row:
                raise RequestError(400, f"$.instances[{number}].{column.name} is missing")
            check(row[column.name], column, f"$.instances[{number}].{column.name}")
    return rows


def json_columns(rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> Columns:
    """The values of checked rows, by column."""
    return {column.name: [row[column.name] for row in rows] for column in columns}


def csv_rows(text: str, columns: Sequence[Column]) -> tuple[list[str], list[list[str]]]:
    """The header and the rows: with a header in any order, or without one in the signature's order."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise RequestError(400, f"the body is not CSV: {error}") from error
    names = [column.name for column in columns]
    header = [field.strip() for field in rows[0]]
    if set(header) & set(names):
        del rows[0]
    else:
        header = names
    absent = [name for name in names if name not in header]
    if absent:
        raise RequestError(400, f"the CSV header has no column {', '.join(absent)}")
    if not rows:
        raise RequestError(400, "the CSV body has a header and no row: send at least one row")
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise RequestError(
                400, f"row {number}: {len(row)} fields, not {len(header)} ({','.join(header)})"
            )
    return header, rows


def csv_columns(header: Sequence[str], rows: list[list[str]], columns: Sequence[Column]) -> Columns:
    """The values of rows of text, checked and by column; an empty field is a missing value."""
    return {column.name: csv_column(rows, header.index(column.name), column) for column in columns}


def csv_column(rows: list[list[str]], place: int, column: Column) -> list[Any]:
    """The values of one column of text, converted."""
    values = []
    for number, row in enumerate(rows):
        value: Any = row[place].strip() or None
        where = f"row {number}: {column.name}"
        if column.kind == "number" and value is not None:
            value = to_number(value, where)
        check(value, column, where)
        values.append(value)
    return values


def to_number(text: str, where: str) -> float:
    """The number that `text` is; Python's own 1_000 is not one in CSV."""
    try:
        return float(text.replace("_", "x"))
    except ValueError:
        raise RequestError(400, f"{where} must be a number, not {text[:40]!r}") from None


def check(value: Any, column: Column, where: str) -> None:
    """One value against its column."""
    if value is None:
        if not column.nullable:
            raise RequestError(400, f"{where} must not be empty")
    elif column.kind == "category":
        if not isinstance(value, str):
            raise RequestError(400, f"{where} must be a string, not {json.dumps(value)[:40]}")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise RequestError(400, f"{where} must be a number, not {json.dumps(value)[:40]}")
    elif not -FLOAT32_MAX <= value <= FLOAT32_MAX:
        raise RequestError(400, f"{where} must be a finite 32-bit number")


def refuse_constant(text: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(f"{text} is not a JSON value; write null for a missing number")
