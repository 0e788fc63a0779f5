"""serving/callers.py: what callers send that the signature refuses, does not use, or has never seen."""

import json
from typing import Any

import pytest

from model.scoring import Column
from serving import callers
from serving.callers import Callers, rows_of
from serving.captured import Event

COLUMNS = (Column("seats", "number", True), Column("carrier", "category", False))
GOOD = {"seats": 180, "carrier": "AA"}


def event(*rows: Any, body: bytes | None = None, kind: str = "application/json") -> Event:
    """A captured request."""
    sent = json.dumps({"instances": rows}).encode() if body is None else body
    return Event("e", None, 0.0, sent, kind, True, [0.5] * len(rows))


@pytest.fixture
def found() -> Callers:
    """Nothing seen yet; rows are parted by a column that the model does not use."""
    return Callers(COLUMNS, {"carrier": ["AA", "B6"]}, {"cabin"})


def test_rows_are_read_by_column(found: Callers) -> None:
    """With what rows are parted by, and without what nobody uses."""
    rows = found.read(event(GOOD | {"cabin": "first", "gate": "B7"}, GOOD))
    assert rows == {"seats": [180, 180], "carrier": ["AA", "AA"], "cabin": ["first", None]}
    assert (found.rows, found.unknown) == (2, {"gate": 1})


def test_what_the_signature_refuses_is_counted_by_its_sentence(found: Callers) -> None:
    """Whichever of its rows it was, as half a request is answered by nobody."""
    assert found.read(event(GOOD, {"carrier": "AA"})) is None
    assert found.read(event({"carrier": "AA"})) is None
    assert found.read(event(body=b"seats,carrier\n180,AA\nfar,AA\n", kind="text/csv")) is None
    assert found.refused == 6
    assert found.why == {"seats is missing": 3, "seats must be a number, not 'far'": 3}
    assert found.rows == 0


def test_nulls_and_unseen_values_are_counted_by_rows(found: Callers) -> None:
    """From the first row on."""
    found.read(event({"seats": None, "carrier": "XX"}, {"seats": None, "carrier": "AA"}))
    found.read(event(GOOD | {"carrier": "XX"}))
    assert found.nulls["seats"] == 2
    assert found.unseen == {"carrier": {"XX": 2}}


def test_any_number_of_mistakes_takes_no_more_memory(found: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond some they are counted together."""
    for bound in ("SENTENCES", "NAMES", "VALUES"):
        monkeypatch.setattr(callers, bound, 2)
    for number in range(10):
        found.read(event(GOOD | {f"extra {number}": 1, "carrier": f"X{number}"}))
        found.read(event(GOOD | {"seats": f"far {number}"}))
    assert found.unknown == {"extra 0": 1, "extra 1": 1, "others": 8}
    assert found.unseen["carrier"] == {"X0": 1, "X1": 1, "others": 8}
    assert sorted(found.why.values()) == [1, 1, 8]


def test_what_no_screen_can_show_is_a_blank(found: Callers) -> None:
    """Half of a surrogate pair is JSON, and nothing that a file takes."""
    found.read(event(body=b'{"instances": [{"seats": 1, "carrier": "A\\ud800", "\\u0000": 1}]}'))
    assert (found.unseen["carrier"], found.unknown) == ({"A ": 1}, {" ": 1})


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'{"instances": [1, 2, 3]}', 3),
        (b'{"instances": {}}', 1),
        (b'{"instances": []}', 1),
        (b"[1, 2]", 1),
        (b"1,2\n3,4\n\n", 2),
        (b"", 1),
        (b"\xff\x00", 1),
        (b"[" * 100_000, 1),
    ],
)
def test_a_refused_body_counts_as_many_rows_as_it_seems_to_have(body: bytes, rows: int) -> None:
    """One at least: somebody wanted an answer."""
    assert rows_of(body) == rows
