"""A card's numbers come from what the run left."""

import math
from dataclasses import replace

import pytest

from model import metrics
from pipeline.errors import UserError

from .card_sample import evaluation, facts, tallies, verdict


def test_every_metric_has_its_interval() -> None:
    """Of all rows."""
    found = facts().numbers
    assert set(found) == set(metrics.METRICS)
    assert all(one.low <= one.value <= one.high for one in found.values())


def test_segments_are_sorted_by_column_and_size() -> None:
    """Small ones too."""
    assert [(part.name, part.rows) for part in facts().parts] == [
        ("carrier=AA", 1100),
        ("carrier=ZZ", 100),
        ("origin=EWR", 600),
        ("origin=JFK", 600),
    ]


def test_a_small_segment_is_not_judged() -> None:
    """By the gate's own bound."""
    assert "carrier=ZZ" not in [part.name for part in facts().judged]


def test_the_protected_columns_are_the_policys() -> None:
    """Each with its judged segments."""
    [(column, parts)] = facts().protected()
    assert (column, [part.name for part in parts]) == ("origin", ["origin=EWR", "origin=JFK"])


def test_the_gap_is_between_the_furthest_two() -> None:
    """And unknown where there is no segment."""
    [(_, parts)] = facts().protected()
    rates = [part.numbers["positive_rate"].value for part in parts]
    assert facts().gap(parts, "positive_rate") == pytest.approx(abs(rates[0] - rates[1]))
    assert math.isnan(facts().gap([], "positive_rate"))


def test_production_has_a_curve_of_its_own() -> None:
    """Where there is one."""
    assert list(facts().curves) == ["this model"]
    both = {"candidate": evaluation(), "champion": {"tallies": {"all": tallies(500)}}}
    assert list(facts(verdict=verdict(evaluations=both)).curves) == ["this model", "production"]


def test_the_largest_contribution_comes_first() -> None:
    """A model that tells none has none."""
    assert [name for name, _ in facts().contributions] == ["hour", "month", "wind"]
    none = {"candidate": evaluation(contributions=None), "champion": None}
    assert facts(verdict=verdict(evaluations=none)).contributions == []


def test_tallies_of_other_bins_are_refused() -> None:
    """Their numbers would be wrong."""
    other = evaluation()
    other["tallies"]["all"] = {"2013-06-01": {"size": 3, "at": [0], "values": [1]}}
    found = facts(verdict=verdict(evaluations={"candidate": other, "champion": None}))
    with pytest.raises(UserError, match="run `pipeline gate` again"):
        _ = replace(found).numbers
