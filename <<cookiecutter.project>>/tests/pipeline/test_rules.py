"""The gate's rules, each with a candidate that it lets through and one that it stops."""

import copy
import math
from dataclasses import replace
from typing import Any

import pytest

from model import metrics
from pipeline import rules
from pipeline.command import Document
from pipeline.errors import UserError
from pipeline.intervals import Interval
from pipeline.policy import RULES
from pipeline.rules import Rule, decide
from pipeline.sections import Gate

from .conftest import evaluation

pytestmark = pytest.mark.usefixtures("few_resamples")

BOUNDS = Gate(
    metric="log_loss",
    margin=0.01,
    minimum_rows=1000,
    segment_rows=500,
    too_good=0.2,
    too_good_first=0.5,
    protected=("origin",),
    off=(),
    worsening={"accuracy": 0.02, "calibration": 0.05},
    segment_worsening={"log_loss": 0.02},
    gaps={"positive_rate": 0.1},
)
GOOD = evaluation()
EQUAL = {"margin": 0.0, "worsening": {"accuracy": 0.0}, "segment_worsening": {"log_loss": 0.0}}


def failed(candidate: Document, champion: Document | None, **bounds: Any) -> list[str]:
    """The rules that a candidate does not pass."""
    return [rule.rule for rule in decide(replace(BOUNDS, **bounds), candidate, champion) if not rule.passed]


def rule(name: str, candidate: Document, champion: Document | None, **bounds: Any) -> Rule:
    """One of the rules."""
    return next(one for one in decide(replace(BOUNDS, **bounds), candidate, champion) if one.rule == name)


def without_numbers() -> Document:
    """An evaluation whose log loss is no number."""
    document = copy.deepcopy(GOOD)
    for days in document["tallies"].values():
        for day, held in days.items():
            tally = metrics.decode(held)
            tally[-2] = math.nan
            days[day] = {"size": held["size"], "at": list(range(len(tally))), "values": tally.tolist()}
    return document


def test_a_first_model_has_to_beat_the_base_rate() -> None:
    """Without a champion no rule compares with one."""
    found = [(one.rule, one.passed) for one in decide(BOUNDS, GOOD, None)]
    names = ("rows", "known_in_time", "overlap", "base_rate", "protected", "too_good")
    assert found == [(name, True) for name in names]


def test_a_refresh_is_held_against_every_rule() -> None:
    """And one that is the champion again passes them, with no margin at all."""
    assert failed(GOOD, GOOD, **EQUAL) == []
    names = [one.rule for one in decide(BOUNDS, GOOD, GOOD)]
    assert names == [
        *("rows", "same_rows", "known_in_time", "overlap", "base_rate", "champion"),
        *("accuracy", "calibration", "segments", "protected", "too_good"),
    ]
    assert {*names} == {*RULES, *BOUNDS.worsening}  # so each may be named in [gate] off


def test_too_few_rows_prove_nothing() -> None:
    """One row less than the minimum is refused."""
    assert failed(GOOD, None, minimum_rows=2000) == []
    assert failed(GOOD, None, minimum_rows=2001) == ["rows"]


def test_the_base_rate_must_be_beaten() -> None:
    """A model that leans the wrong way knows less than the mean."""
    assert failed(evaluation(skill=-1), None, gaps={}) == ["base_rate"]


def test_what_is_as_good_as_the_base_rate_does_not_beat_it() -> None:
    """Not worse is not enough."""
    same = GOOD | {"tallies": GOOD["tallies"] | GOOD["baseline_tallies"]}
    assert rule("base_rate", same, None).value == 0
    assert "base_rate" in failed(same, None)


def test_a_refresh_may_be_worse_by_the_margin() -> None:
    """Exactly the margin passes, a little less does not."""
    worse = evaluation(skill=0.9)
    short = -rule("champion", worse, GOOD).value
    assert short > 0
    assert rule("champion", worse, GOOD, margin=short).passed
    assert not rule("champion", worse, GOOD, margin=short * 0.999).passed


def test_another_metric_may_worsen_by_what_the_policy_allows() -> None:
    """The rule has the metric's name."""
    worse = evaluation(skill=0.5)
    short = -rule("calibration", worse, GOOD).value
    assert short > 0
    assert rule("calibration", worse, GOOD, worsening={"calibration": short}).passed
    assert not rule("calibration", worse, GOOD, worsening={"calibration": short * 0.999}).passed


def test_a_metric_whose_more_is_better_is_turned() -> None:
    """A lead in accuracy is more of it, a lead in log loss is less."""
    assert (
        rule("accuracy", evaluation(skill=0.5), GOOD).value
        < 0
        < rule("accuracy", GOOD, evaluation(0.5)).value
    )


def test_one_broken_segment_is_named() -> None:
    """The whole may pass."""
    found = rule("segments", evaluation(weak="origin=LGA"), GOOD)
    assert not found.passed
    assert found.sentence.startswith("origin=LGA: log loss is ")


def test_every_broken_segment_is_named() -> None:
    """The worst first."""
    assert "beyond a bound, too: origin=" in rule("segments", evaluation(skill=-1), GOOD).sentence


def test_a_small_segment_is_not_judged() -> None:
    """Each of the two has half of the rows."""
    broken = evaluation(weak="origin=LGA")
    assert not rule("segments", broken, GOOD, segment_rows=1000).passed
    assert rule("segments", broken, GOOD, segment_rows=1001).passed
    unbound = rule("segments", broken, GOOD, segment_worsening={})
    assert unbound.sentence == "no segment of 500 rows or more is held against a bound"


def test_protected_segments_may_not_differ_beyond_the_gap() -> None:
    """Where one airport's flights are called late more often than the other's."""
    uneven = evaluation(weak="origin=LGA")
    found = rule("protected", uneven, None)
    assert not found.passed
    assert found.value > found.bound == 0.1
    assert "for origin=JFK" in found.sentence
    assert rule("protected", uneven, None, gaps={"positive_rate": found.value}).passed


def test_a_protected_column_that_is_no_segment_is_named() -> None:
    """With those that there are."""
    with pytest.raises(UserError, match=r"gate\.protected names 'gender': write one of origin"):
        decide(replace(BOUNDS, protected=("gender",)), GOOD, None)


def test_a_column_that_is_known_too_late_is_named() -> None:
    """With the moment at which it is."""
    late = [*GOOD["model"]["columns"], {"name": "air_time", "known": "landing", "in_time": False}]
    leaking = GOOD | {"model": GOOD["model"] | {"columns": late}}
    assert failed(leaking, GOOD) == ["known_in_time"]
    assert "air_time (landing)" in rule("known_in_time", leaking, GOOD).sentence


def trained_until(moment: str) -> Document:
    """The evaluation of a model that was trained until then."""
    training = {"window": {"from": "2013-01-01T00:00:00+00:00", "to": moment}}
    return GOOD | {"model": GOOD["model"] | {"training": training}}


def test_training_ends_before_the_evaluation_starts() -> None:
    """Its first moment is in the window already."""
    assert failed(trained_until("2013-05-31T23:59:59+00:00"), GOOD) == []
    assert failed(trained_until("2013-06-01T00:00:00+00:00"), GOOD) == ["overlap"]


def test_the_champion_may_not_have_seen_the_rows_either() -> None:
    """Which one has is said by name."""
    late = trained_until("2013-06-10T00:00:00+00:00")
    assert rule("overlap", GOOD, late).sentence.startswith("the champion was trained on 2013-01-01")
    both = rule("overlap", late, late).sentence
    assert "the candidate was" in both
    assert "the champion was" in both


@pytest.mark.parametrize(
    ("begins", "expected"),
    [("2013-06-28T00:00:00+00:00", ["overlap"]), ("2013-06-28T00:00:01+00:00", [])],
)
def test_training_after_the_window_is_no_overlap(begins: str, expected: list[str]) -> None:
    """What lies apart may lie on either side; the window's last moment is in it."""
    training = {"window": {"from": begins, "to": "2013-08-01T00:00:00+00:00"}}
    assert failed(GOOD | {"model": GOOD["model"] | {"training": training}}, GOOD) == expected


def test_a_lead_that_is_too_good_asks_a_person() -> None:
    """Over the champion, and over the base rate where there is none."""
    leak = evaluation(leak=True)
    assert failed(leak, GOOD, gaps={}) == ["too_good"]
    assert failed(leak, None, gaps={}, too_good_first=0.3) == ["too_good"]
    assert "--override too_good" in str(rule("too_good", leak, GOOD).next)
    assert rule("too_good", leak, GOOD, too_good=rule("too_good", leak, GOOD).value).passed


@pytest.mark.parametrize("change", [{"rows": 2001}, {"manifest_sha256": "c" * 64}])
def test_both_must_be_scored_on_the_same_rows(change: dict[str, object]) -> None:
    """Numbers from other rows cannot be compared, so no rule does."""
    other = GOOD | change
    assert failed(other, GOOD) == ["same_rows"]
    assert [one.rule for one in decide(BOUNDS, other, GOOD)] == [
        *("rows", "same_rows", "known_in_time", "overlap", "base_rate", "protected", "too_good")
    ]


def test_tallies_that_were_counted_otherwise_cannot_be_compared() -> None:
    """The champion's image may have had another model/metrics.py."""
    old = copy.deepcopy(GOOD)
    old["tallies"]["all"]["2013-06-01"]["size"] = 7
    assert failed(GOOD, old) == ["same_rows"]
    assert "no tallies of the kind" in rule("same_rows", GOOD, old).sentence


def test_a_metric_that_is_not_a_number_passes_nothing() -> None:
    """NaN compares false with everything, so it must not slip through."""
    assert failed(without_numbers(), GOOD) == ["base_rate", "champion", "segments", "too_good"]


def test_one_segment_that_is_not_a_number_is_enough() -> None:
    """Wherever it stands among the others."""
    for name in ("origin=JFK", "origin=LGA"):
        part = GOOD | {"tallies": GOOD["tallies"] | {name: without_numbers()["tallies"][name]}}
        assert failed(part, GOOD) == ["segments"]


def test_a_champion_that_is_not_a_number_is_no_excuse() -> None:
    """A champion without numbers is not a bound that everything keeps."""
    assert failed(GOOD, without_numbers()) == ["champion", "segments", "too_good"]


def test_the_metric_is_the_policys() -> None:
    """Another one in policy.toml is the one that is compared."""
    assert "Brier score" in rule("champion", GOOD, GOOD, metric="brier").sentence


def test_a_rule_that_is_off_neither_passes_nor_refuses() -> None:
    """It is decided on nobody's behalf, and still shows its numbers."""
    found = rule("base_rate", evaluation(skill=-1), None, off=("base_rate",))
    assert (found.passed, found.next) == (None, None)
    assert found.value < 0


def test_each_refusal_says_what_to_do() -> None:
    """And what passes needs no advice."""
    found = decide(BOUNDS, evaluation(skill=-1, rows=900), GOOD)
    assert [bool(one.next) for one in found] == [not one.passed for one in found]


def test_every_number_of_a_comparison_has_an_interval() -> None:
    """Rules that count or name have none."""
    spans = {one.rule: one.interval for one in decide(BOUNDS, GOOD, evaluation(skill=0.5))}
    assert {name for name, span in spans.items() if span is None} == {
        *("rows", "same_rows", "known_in_time", "overlap")
    }
    low, high = spans["champion"] or (1, 0)
    assert low < rule("champion", GOOD, evaluation(skill=0.5)).value < high


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (None, "first"),
        (Interval(-0.02, -0.03, -0.011), "improvement"),
        (Interval(-0.02, -0.03, -0.009), "no worse"),
        (Interval(-0.02, -0.05, 0.01), "no worse"),
        (Interval(0.005, -0.01, 0.02), "no worse"),
        (Interval(0.005, 0.001, 0.009), "worse"),
        (Interval(0.02, -0.01, 0.05), "worse"),
        (Interval(-0.02, math.nan, math.nan), "no worse"),
        (Interval(math.nan, math.nan, math.nan), "worse"),
    ],
)
def test_only_what_is_wholly_better_by_the_margin_is_called_an_improvement(
    difference: Interval | None, expected: str
) -> None:
    """Beyond the margin, or wholly worse, it is worse."""
    assert rules.called("log_loss", difference, 0.01) == expected
