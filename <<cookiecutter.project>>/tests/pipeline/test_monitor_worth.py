"""What the model is worth where labels have come, against the rows of its evaluation."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from model import metrics
from pipeline.intervals import Interval
from pipeline.monitor import worth
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding

from .monitor_sample import MOMENT, RULES, block, document, of, tally

pytestmark = pytest.mark.usefixtures("few_resamples")
AUC = replace(RULES, worsening={"auc": 0.05})


def found(shift: float = 0.0, rules: Any = RULES, **more: Any) -> list[Finding]:
    """The findings on a model whose answers are off by `shift` in log odds."""
    return list(worth.findings(document(shift, **more), rules, MOMENT))


def same(segment: str = "all", days: int = 14) -> dict[str, Any]:
    """An evaluation by the same model as the sample's window."""
    return {"tallies": {segment: {f"2026-01-{day + 1:02}": tally(seed=100 + day) for day in range(days)}}}


def test_a_model_as_good_as_before_keeps_its_promises() -> None:
    """The sentence has the number, its interval, on how much, and the bound."""
    (loss,) = [one for one in of(found(evaluation=same()), "log_loss") if not one.subject]
    assert loss.state == KEPT
    assert "than on the rows of its evaluation [" in loss.sentence
    assert loss.sentence.endswith("on 10 blocks, 1,000 rows; the bound is 0.03 (monitor.worsening)")
    assert (loss.low or 0) <= (loss.value or 0) <= (loss.high or 0)
    assert loss.bound == 0.03


def test_a_model_that_has_become_worse_breaks_them() -> None:
    """Both, and the sentence says what to do."""
    worse = found(1.5, evaluation=same())
    assert {one.promise: one.state for one in worse} == {"log_loss": BROKEN, "calibration": BROKEN}
    assert worse[0].sentence.endswith("see `pipeline due` whether a retrain has begun")


@pytest.mark.parametrize(("low", "expected"), [(0.0301, BROKEN), (0.03, KEPT)])
def test_broken_is_what_is_surely_worse_than_the_bound(low: float, expected: str) -> None:
    """Its low end, not its value."""
    more = Interval(0.5, low, 0.9)
    assert worth.worsened("log_loss", 0.03, more, "all", "").state == expected


def test_of_a_metric_that_is_better_when_higher_less_is_worse() -> None:
    """By the sign that model/metrics.py gives."""
    fallen = worth.worsened("auc", 0.05, Interval(-0.2, -0.3, -0.1), "all", "10 blocks")
    assert (fallen.state, fallen.value, fallen.low, fallen.high) == (BROKEN, 0.2, 0.1, 0.3)
    assert fallen.sentence.startswith("AUC is 0.2000 worse")
    risen = worth.worsened("auc", 0.05, Interval(0.2, 0.1, 0.3), "all", "10 blocks")
    assert (risen.state, risen.sentence[:20]) == (KEPT, "AUC is 0.2000 better")


def test_a_segment_with_rows_enough_is_judged_for_itself() -> None:
    """By the evaluation of the same segment."""
    few = replace(RULES, minimum_rows=400)
    both = {"tallies": {**same()["tallies"], **same("origin=JFK")["tallies"]}}
    blocks = document(0.0)["blocks"]
    for number, one in enumerate(blocks[:10]):
        one["segments"] = {"origin=JFK": tally(2.0, 45, number)}
    judged = found(0.0, few, evaluation=both, blocks=blocks)
    broken = [(one.promise, one.subject) for one in judged if one.state == BROKEN]
    assert broken == [("log_loss", "origin=JFK"), ("calibration", "origin=JFK")]
    assert judged[-1].sentence.startswith("calibration error of origin=JFK is ")
    assert not [one for one in found(0.0, evaluation=both, blocks=blocks) if one.subject]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"blocks": [block(one, labelled=0) for one in range(14)]}, "no block has its labels yet"),
        ({"blocks": [block(one) for one in range(6)]}, "6 labelled blocks with 600 rows show too little"),
        ({"blocks": [block(one, rows=49) for one in range(10)]}, "10 labelled blocks with 490 rows show"),
        ({"evaluation": None}, "the model has no evaluation to compare with"),
        ({"evaluation": same(days=6)}, "log loss has no interval on 10 blocks, 1,000 rows"),
        (
            {"evaluation": {"tallies": {"all": {"2026-01-01": {"size": 3, "at": [], "values": []}}}}},
            "the model's evaluation cannot be read: a tally has",
        ),
    ],
)
def test_where_nobody_can_tell_it_is_said_why(more: dict[str, Any], told: str) -> None:
    """Of each metric."""
    judged = found(3.0, **more)
    assert {one.state for one in judged} == {UNKNOWN}
    assert {one.promise for one in judged} == set(RULES.worsening)
    assert judged[0].sentence.startswith(told)


def test_a_block_is_judged_when_its_labels_are_due_and_most_have_come() -> None:
    """A part of them may be those that came first, which are not like the others."""
    blocks = [block(0, labelled=80), block(1, labelled=79), block(2, rows=0), block(13, labelled=100)]
    judged = worth.labelled({"blocks": blocks}, RULES, MOMENT)
    assert [one["labelled"] for one in judged] == [80]


def test_the_numbers_for_graphs_are_those_of_the_judged_blocks() -> None:
    """All labelled rows together; an AUC has none where there is one label alone."""
    sample = document()
    numbers = worth.numbers(sample, RULES, MOMENT)
    whole = np.sum([metrics.decode(one["tally"]) for one in sample["blocks"][:10]], axis=0)
    assert numbers == {name: float(value) for name, value in metrics.values(whole).items()}
    assert worth.numbers(document(blocks=[]), RULES, MOMENT) == {}


def test_the_share_of_labels_is_of_those_that_are_due() -> None:
    """None where none are."""
    blocks = [block(0, labelled=50), block(1), block(13, labelled=0)]
    assert worth.share({"blocks": blocks}, RULES, MOMENT) == 0.75
    assert worth.share({"blocks": blocks[2:]}, RULES, MOMENT) is None
