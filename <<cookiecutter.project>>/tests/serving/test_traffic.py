"""serving/traffic.py: requests and their labels, joined by ids and put into blocks by the server's time."""

import json
from collections import Counter
from typing import Any

import pytest

from model.labels import Labels
from model.scoring import Column
from serving.blocks import WHOLE, Blocks
from serving.callers import Callers
from serving.captured import Event
from serving.traffic import Traffic, Window, is_label

DAY = 86_400.0
NOW = 20 * DAY
WINDOW = Window(since=6 * DAY, now=NOW, block=DAY)


def event(name: str, inference: str | None = None, at: float | None = NOW - DAY, **parts: Any) -> Event:
    """A request of two rows, answered."""
    body = parts.get("body", json.dumps({"instances": [{"seats": 1}, {"seats": 2}]}).encode())
    return Event(name, inference, at, body, "application/json", True, parts.get("predictions", [0.2, 0.7]))


def traffic(of: dict[str, tuple[float, ...]] | None = None, conflicting: set[str] | None = None) -> Traffic:
    """Nothing taken in yet."""
    labels = Labels(of or {}, conflicting or set(), Counter({"conflicting": len(conflicting or ())}))
    callers = Callers((Column("seats", "number", False),), {}, ())
    return Traffic(WINDOW, labels, callers, Blocks(None, {}, None), 0, 1, Counter())


def labelled(found: Traffic) -> int:
    """Rows with labels."""
    found.end()
    return sum(parts[WHOLE].labelled for parts in found.blocks.parts.values())


@pytest.mark.parametrize("inference", [None, "flight 7"])
def test_a_label_finds_its_request_by_the_callers_id_or_the_events(inference: str | None) -> None:
    """A caller that gives none can label what was captured all the same."""
    found = traffic({inference or "e": (0.0, 1.0)})
    found.take(event("e", inference))
    assert labelled(found) == 2
    assert found.skipped["unmatched"] == 0


def test_labels_of_requests_that_were_not_captured_are_counted() -> None:
    """Once each, whether they agree or not."""
    found = traffic({"a": (1.0, 0.0), "b": (1.0,)}, {"c"})
    found.take(event("a"))
    assert labelled(found) == 2
    assert (found.skipped["unmatched"], found.skipped["conflicting"]) == (2, 1)


def test_labels_that_contradict_each_other_are_left_out_and_met() -> None:
    """The request was captured, and nobody knows which of them is right."""
    found = traffic({}, {"a"})
    found.take(event("a"))
    assert labelled(found) == 0
    assert (found.skipped["unmatched"], found.skipped["conflicting"]) == (0, 1)


@pytest.mark.parametrize("values", [(1.0,), (1.0, 0.0, 1.0), (1.0, 0.5), (7.0, 0.0)])
def test_labels_that_are_no_labels_of_these_rows_are_malformed(values: tuple[float, ...]) -> None:
    """Too few, too many, or none that the metrics know."""
    found = traffic({"a": values})
    found.take(event("a"))
    assert labelled(found) == 0
    assert found.skipped["malformed_labels"] == 1


def test_an_id_that_is_given_twice_labels_the_first_request_alone() -> None:
    """A caller that names every request alike would label all of them by one."""
    found = traffic({"same": (0.0, 1.0)})
    for name in ("a", "b", "c"):
        found.take(event(name, "same"))
    assert labelled(found) == 2
    assert (found.requests, found.skipped["ambiguous"]) == (3, 2)


@pytest.mark.parametrize(
    ("at", "why"), [(None, "untimed"), (NOW + 301, "untimed"), (6 * DAY - 1, "early"), (-1e18, "early")]
)
def test_a_request_of_no_time_in_the_window_is_left_out(at: float | None, why: str) -> None:
    """A clock that is wrong moves no block; a label of it is not one of a request never captured."""
    found = traffic({"a": (0.0, 1.0)})
    found.take(event("a", at=at))
    found.end()
    assert (found.requests, found.blocks.parts) == (0, {})
    assert +found.skipped == {why: 1}


def test_the_clocks_of_two_machines_may_differ_a_little() -> None:
    """A minute ahead is no wrong clock."""
    found = traffic()
    found.take(event("a", at=NOW + 60))
    assert found.requests == 1


def test_order_makes_no_difference() -> None:
    """Files come as they come."""
    moments = [8.5 * DAY, 7.1 * DAY, 19.9 * DAY, 7.0 * DAY]
    one, other = traffic(), traffic()
    for found, order in ((one, moments), (other, sorted(moments))):
        for at in order:
            found.take(event(f"{at}", at=at))
        found.end()
    rows = [
        {block: parts[WHOLE].rows for block, parts in found.blocks.parts.items()} for found in (one, other)
    ]
    assert rows[0] == rows[1] == {8: 2, 7: 4, 19: 2}


@pytest.mark.parametrize("predictions", [None, [], [0.5], [0.5, 1.5], [0.5, float("nan")], [0.5, 0.5, 0.5]])
def test_answers_that_are_none_of_these_rows_are_left_out(predictions: list[float] | None) -> None:
    """The rows themselves were sent, and count."""
    found = traffic({"a": (0.0, 1.0)})
    found.take(event("a", predictions=predictions))
    assert labelled(found) == 0
    assert (found.skipped["unanswered"], found.callers.rows) == (1, 2)


def test_a_request_that_the_signature_refuses_is_one_all_the_same() -> None:
    """It is traffic, and its rows are in no block."""
    found = traffic()
    found.take(event("a", body=b'{"instances": [{}]}'))
    found.end()
    assert (found.requests, found.callers.refused, found.callers.rows) == (1, 1, 0)
    assert found.blocks.parts[19][WHOLE].rows == 0


@pytest.mark.parametrize(("value", "said"), [(0.0, True), (1.0, True), (0.5, False), (1e308, False)])
def test_a_label_is_what_the_metrics_count(value: float, said: bool) -> None:
    """Here a yes or a no."""
    assert is_label(value) is said
