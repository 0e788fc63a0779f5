"""model/sample.py: rows as the requests that a server gets, spread over all of them."""

import json

import numpy as np
import polars as pl

from model import sample
from serving.captured import event

INPUTS = pl.DataFrame({"distance": [100.0, None, float("nan"), 4.0, 5.0], "carrier": list("ABCDE")})
SCORES = np.array([0.1, 0.2, 0.3, 0.4, 0.5])


def test_a_row_is_a_request_with_its_answer() -> None:
    """As the replay reads it: what is missing is null, and the score is the model's own."""
    found = [event(line.encode()) for line in sample.requests(INPUTS, SCORES, "d" * 64)]
    rows = [json.loads(one.body)["instances"] for one in found]
    assert rows[0] == [{"distance": 100.0, "carrier": "A"}]
    assert [row[0]["distance"] for row in rows[1:3]] == [None, None]
    assert [one.predictions for one in found] == [[0.1], [0.2], [0.3], [0.4], [0.5]]
    assert {one.content_type for one in found} == {"application/json"}


def test_of_many_rows_some_are_taken_from_all_over() -> None:
    """Not only the first days; each with its own score and id."""
    found = [event(line.encode()) for line in sample.requests(INPUTS, SCORES, "d" * 64, most=2)]
    assert [one.predictions for one in found] == [[0.1], [0.4]]
    assert [one.event for one in found] == ["dddddddddddd-0", "dddddddddddd-3"]


def test_there_are_never_more_than_asked_for() -> None:
    """Whatever the remainder."""
    assert [len(sample.requests(INPUTS, SCORES, "d", most=most)) for most in (1, 2, 3, 4, 5, 6)] == [
        1, 2, 3, 3, 5, 5,
    ]  # fmt: skip
