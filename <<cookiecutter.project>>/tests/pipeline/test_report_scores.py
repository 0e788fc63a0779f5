"""A candidate's numbers beside the champion's, or the base rate's."""

import json
from typing import Any

import pytest

from model import metrics
from pipeline.report import scores

from .conftest import evaluation

METRIC = "log_loss"


def alone(candidate: dict[str, Any], least: int = 1) -> list[dict[str, Any]]:
    """The segments of a candidate without a champion."""
    return scores.worst_first(scores.alone(candidate, METRIC, least), METRIC)


def segment(name: str, lead: float | None, *, judged: bool = True) -> dict[str, Any]:
    """A segment as the gate has it."""
    both = {"candidate": {METRIC: 0.5}, "champion": {METRIC: 0.5}}
    return {"segment": name, "rows": 9, "judged": judged, **both, "lead": lead, "interval": None}


def test_every_metric_has_a_row_and_is_json() -> None:
    """Days too few for an interval have none, instead of NaN."""
    found = scores.measured(evaluation(days=2), None)
    assert [one["metric"] for one in found] == list(metrics.METRICS)
    assert {one["candidate"]["interval"] for one in found} == {None}
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("champion", [evaluation(skill=0.5), None])
def test_a_lead_above_zero_is_better_whichever_way_the_metric_goes(champion: dict[str, Any] | None) -> None:
    """Of the champion, or of the base rate."""
    leads = {one["metric"]: one["lead"] for one in scores.measured(evaluation(skill=1), champion)}
    assert min(leads[name]["value"] for name in ("log_loss", "brier", "accuracy")) > 0
    assert leads["log_loss"]["interval"][0] > 0


def test_a_metric_that_is_neither_good_nor_bad_has_no_lead() -> None:
    """More or fewer positives are no virtue."""
    [lead] = [one["lead"] for one in scores.measured(evaluation(), None) if one["metric"] == "positive_rate"]
    assert lead is None


def test_without_a_champion_a_segment_has_its_own_interval() -> None:
    """The broken one comes first."""
    found = alone(evaluation(weak="origin=LGA"))
    assert [one["segment"] for one in found] == ["origin=LGA", "origin=JFK"]
    low, high = found[0]["interval"]
    assert low < found[0]["candidate"][METRIC] < high
    assert [one["rows"] for one in found] == [1000, 1000]


def test_what_the_gate_does_not_judge_comes_last() -> None:
    """However bad it is: a handful of rows proves nothing."""
    found = [
        segment("few", -9.0, judged=False),
        segment("good", 0.1),
        segment("bad", -0.1),
        segment("unknown", None),
    ]
    assert [one["segment"] for one in scores.worst_first(found, METRIC)] == ["bad", "good", "unknown", "few"]
    assert {one["judged"] for one in alone(evaluation(), least=5000)} == {False}


@pytest.mark.parametrize(
    ("champion", "title"), [(True, "Lead over the champion"), (False, "Log loss by segment")]
)
def test_the_pictures_show_both_and_every_segment(champion: bool, title: str) -> None:
    """Calibration, and the segments in their order."""
    candidate, other = evaluation(), evaluation(skill=0.5) if champion else None
    found = alone(candidate) if other is None else [segment("origin=JFK", 0.1), segment("origin=LGA", None)]
    drawn = scores.drawn(candidate, other, METRIC, found)
    assert sorted(drawn) == ["calibration.svg", "segments.svg"]
    assert ("champion</text>" in drawn["calibration.svg"]) == champion
    assert title in drawn["segments.svg"]
    assert "origin=JFK" in drawn["segments.svg"]
