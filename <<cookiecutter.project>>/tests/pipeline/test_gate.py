"""The gate's rules, each with a candidate that it lets through and one that it stops."""

import math

import pytest

from pipeline.gate import decide
from pipeline.policy import Gate

from .conftest import evaluation

BOUNDS = Gate(metric="log_loss", margin=0.01, accuracy_drop=0.02, minimum_rows=1000)
NAN = math.nan


def failed(candidate: dict[str, object], champion: dict[str, object] | None) -> list[str]:
    """The rules that a candidate does not pass."""
    return [rule.rule for rule in decide(BOUNDS, candidate, champion) if not rule.passed]


def test_a_first_model_has_to_beat_the_base_rate_only() -> None:
    """Without a champion there are two rules, and a good model passes both."""
    assert [(rule.rule, rule.passed) for rule in decide(BOUNDS, evaluation(), None)] == [
        ("rows", True),
        ("base_rate", True),
    ]


def test_the_base_rate_must_be_beaten() -> None:
    """Equal to the base rate is not better than it."""
    assert failed(evaluation(log_loss=0.55), None) == ["base_rate"]


def test_too_few_rows_prove_nothing() -> None:
    """One row less than the minimum is refused."""
    assert failed(evaluation(rows=999), None) == ["rows"]


def test_a_refresh_may_be_worse_by_the_margin() -> None:
    """Exactly the margin passes."""
    assert failed(evaluation(log_loss=0.51), evaluation(log_loss=0.5)) == []


def test_a_refresh_may_not_be_worse_than_the_margin() -> None:
    """More than the margin is refused."""
    assert failed(evaluation(log_loss=0.5101), evaluation(log_loss=0.5)) == ["champion"]


def test_accuracy_may_not_drop() -> None:
    """A better metric does not make up for lost accuracy."""
    assert failed(evaluation(log_loss=0.4, accuracy=0.77), evaluation(accuracy=0.8)) == ["accuracy"]


@pytest.mark.parametrize("change", [{"rows": 2001}, {"manifest_sha256": "c" * 64}])
def test_both_must_be_scored_on_the_same_rows(change: dict[str, object]) -> None:
    """Numbers from other rows cannot be compared."""
    assert failed(evaluation(**change), evaluation()) == ["same_rows"]  # type: ignore[arg-type]


def test_a_metric_that_is_not_a_number_passes_nothing() -> None:
    """NaN compares false with everything, so it must not slip through."""
    assert failed(evaluation(log_loss=NAN, accuracy=NAN), evaluation()) == [
        "base_rate",
        "champion",
        "accuracy",
    ]


def test_a_champion_that_is_not_a_number_is_no_excuse() -> None:
    """A champion without numbers is not a bound that everything keeps."""
    assert failed(evaluation(), evaluation(log_loss=NAN, accuracy=NAN)) == ["champion", "accuracy"]


def test_the_metric_is_the_policys() -> None:
    """Another metric in policy.toml is the one that is compared."""
    bounds = Gate(metric="brier", margin=0.01, accuracy_drop=0.02, minimum_rows=1000)
    base = next(rule for rule in decide(bounds, evaluation(), None) if rule.rule == "base_rate")
    assert (base.value, base.bound) == (0.15, 0.18)
