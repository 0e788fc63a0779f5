"""serving/requests.py: what is a row, and which sentence says that it is none."""

import json
from typing import Any

import pytest

from model.scoring import Column
from serving.requests import RequestError, parse, parse_all

COLUMNS = (
    Column("seats", "number", True),
    Column("hour", "number", False),
    Column("carrier", "category", False),
)
GOOD = {"seats": 180, "hour": 6, "carrier": "AA"}
PARSED = {"seats": [180], "hour": [6], "carrier": ["AA"]}


def body(*rows: Any) -> bytes:
    """`rows` as JSON."""
    return json.dumps({"instances": rows}).encode()


def refusal(content: bytes, content_type: str) -> tuple[int, str]:
    """Status and sentence of a body that must be refused."""
    with pytest.raises(RequestError) as caught:
        parse(content, content_type, COLUMNS)
    return caught.value.status, str(caught.value)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (body(GOOD), "application/json"),
        (body(GOOD), "Application/JSON; charset=utf-8"),
        (body(GOOD | {"ticket": "x", "late": None}), "application/json"),
        (b"180,6,AA", "text/csv"),
        (b"180,6,AA\r\n", "text/csv; charset=utf-8"),
        (b"seats,hour,carrier\n180,6,AA\n", "text/csv"),
        (b"carrier,ticket,hour,seats\nAA,x,6,180", "text/csv"),
        (b'"180","6","AA"', "text/csv"),
        (b"\xef\xbb\xbfseats,hour,carrier\n180,6,AA\n", "text/csv"),
    ],
)
def test_the_same_row_in_every_dress(content: bytes, content_type: str) -> None:
    """JSON or CSV, with or without a header, in any order, with columns that the model does not use."""
    assert parse(content, content_type, COLUMNS) == PARSED


def test_rows_keep_their_order() -> None:
    """A batch is only more rows."""
    rows = [GOOD | {"hour": hour} for hour in (3, 1, 2)]
    assert parse(body(*rows), "application/json", COLUMNS)["hour"] == [3, 1, 2]


@pytest.mark.parametrize(
    ("content", "content_type"), [(body(GOOD | {"seats": None}), "application/json"), (b",6,AA", "text/csv")]
)
def test_null_and_an_empty_field_are_missing_values(content: bytes, content_type: str) -> None:
    """Where the signature allows them."""
    assert parse(content, content_type, COLUMNS)["seats"] == [None]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"nonsense", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[]", 'must be {"instances"'),
        (b'{"instances": []}', "at least one row"),
        (b'{"instances": [[1, 2, 3]]}', "$.instances[0] must be an object"),
        (body({"seats": 180, "carrier": "AA"}), "$.instances[0].hour is missing"),
        (body(GOOD, GOOD | {"hour": "six"}), '$.instances[1].hour must be a number, not "six"'),
        (body(GOOD | {"hour": True}), "$.instances[0].hour must be a number, not true"),
        (body(GOOD | {"hour": [6]}), "$.instances[0].hour must be a number"),
        (body(GOOD | {"hour": None}), "$.instances[0].hour must not be empty"),
        (body(GOOD | {"hour": 10**400}), "$.instances[0].hour must be a finite 32-bit number"),
        (body(GOOD | {"carrier": 7}), "$.instances[0].carrier must be a string, not 7"),
        (b'{"instances": [{"seats": NaN, "hour": 6, "carrier": "AA"}]}', "NaN is not a JSON value"),
        (b'{"instances": [{"seats": 1e999, "hour": 6, "carrier": "AA"}]}', "seats must be a finite"),
    ],
)
def test_bad_json_is_named(content: bytes, sentence: str) -> None:
    """400, and the place of the fault."""
    status, said = refusal(content, "application/json")
    assert status == 400
    assert sentence in said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"180,6", "row 0: 2 fields, not 3 (seats,hour,carrier)"),
        (b"180,6,AA\n180,6,AA,x", "row 1: 4 fields"),
        (b"180,6,AA\n\n180,6,AA", "row 1: 0 fields"),
        (b"seats,hour,carrier\n180,6", "row 0: 2 fields"),
        (b"seats,carrier\n180,AA", "the CSV header has no column hour"),
        (b"seats,hour,carrier\n", "a header and no row"),
        (b"180,six,AA", "row 0: hour must be a number, not 'six'"),
        (b"180,1_0,AA", "row 0: hour must be a number"),
        (b"nan,6,AA", "row 0: seats must be a finite"),
        (b"180,,AA", "row 0: hour must not be empty"),
        (b'180,6,"AA', "the body is not CSV"),
    ],
)
def test_bad_csv_is_named(content: bytes, sentence: str) -> None:
    """400, and the row and column of the fault; a short row is never padded."""
    status, said = refusal(content, "text/csv")
    assert status == 400
    assert sentence in said


@pytest.mark.parametrize("content_type", ["", "image/png", "application/x-npy"])
def test_another_content_type_is_415(content_type: str) -> None:
    """The sentence says what to send."""
    status, said = refusal(body(GOOD), content_type)
    assert status == 415
    assert "send application/json or text/csv" in said


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (body(GOOD | {"request": "a"}, GOOD | {"gate": "B7"}), "application/json"),
        (b"seats,hour,carrier,request,gate\n180,6,AA,a,\n180,6,AA,,B7\n", "text/csv"),
    ],
)
def test_what_else_a_row_holds_can_be_had(content: bytes, content_type: str) -> None:
    """By name, and None where a row has it not."""
    known, others = parse_all(content, content_type, COLUMNS)
    assert known == parse(content, content_type, COLUMNS)
    assert others == {"request": ["a", None], "gate": [None, "B7"]}


def test_without_a_header_a_row_holds_nothing_else() -> None:
    """Its fields are the signature's columns."""
    assert parse_all(b"180,6,AA", "text/csv", COLUMNS) == (PARSED, {})
