"""Two evaluations side by side."""

import pytest

from pipeline import comparison
from pipeline.comparison import Comparison
from pipeline.intervals import Interval

from .conftest import evaluation

pytestmark = pytest.mark.usefixtures("few_resamples")

ONE, OTHER = evaluation(), evaluation(skill=0.5)


def test_the_numbers_are_those_of_the_evaluations() -> None:
    """Tallies of days give what the jobs wrote."""
    found = Comparison(ONE, OTHER)
    assert found.candidate == pytest.approx(ONE["metrics"])
    assert found.champion == pytest.approx(OTHER["metrics"])


def test_differences_go_both_ways() -> None:
    """To the champion and to the base rate."""
    found = Comparison(ONE, OTHER)
    expected = ONE["metrics"]["log_loss"] - OTHER["metrics"]["log_loss"]
    assert found.to_champion["log_loss"].value == pytest.approx(expected)
    assert found.to_baseline["log_loss"].value < found.to_champion["log_loss"].value


def test_without_a_champion_there_is_the_base_rate_alone() -> None:
    """No value, no difference, no segment."""
    found = Comparison(ONE, None)
    assert (found.champion, found.to_champion, found.segments) == (None, {}, [])


def test_a_segment_that_the_champion_lacks_is_left_out() -> None:
    """There is nothing to compare it with."""
    less = OTHER | {
        "tallies": {name: days for name, days in OTHER["tallies"].items() if name != "origin=LGA"}
    }
    assert [one.name for one in Comparison(ONE, less).segments] == ["origin=JFK"]


def test_values_of_a_column_have_enough_rows() -> None:
    """Each airport has a thousand."""
    found = Comparison(ONE, None)
    assert list(found.values_of("origin", 1000)) == ["origin=JFK", "origin=LGA"]
    assert found.values_of("origin", 1001) == found.values_of("orig", 0) == {}


@pytest.mark.parametrize(
    ("name", "expected"), [("log_loss", Interval(-1, -2, 1)), ("auc", Interval(1, -1, 2))]
)
def test_a_lead_is_better_whichever_way_the_metric_goes(name: str, expected: Interval) -> None:
    """Ends change places with the sign."""
    assert comparison.lead(name, Interval(1, -1, 2)) == expected


def test_rows_are_the_same_when_manifest_number_and_window_are() -> None:
    """And when both were counted by the same code."""
    assert comparison.same_rows(ONE, OTHER)
    assert not comparison.same_rows(ONE, OTHER | {"window": {"from": "x", "to": "y"}})
    assert not comparison.same_rows(ONE, {name: value for name, value in OTHER.items() if name != "tallies"})
