"""Intervals from days: wide where days differ, the same every time, silent where there are few."""

import numpy as np
import pytest

from model import metrics
from model.metrics import Floats
from pipeline import intervals

ROWS = 300


def days(count: int, spread: float, better: float = 0.0) -> Floats:
    """The tallies of `count` days whose label rates differ by `spread`; `better` pulls to the labels."""
    random = np.random.default_rng(7)
    made = []
    for _ in range(count):
        labels = (random.random(ROWS) < 0.3 + random.uniform(-spread, spread)).astype(float)
        scores = np.clip(0.3 + 0.1 * random.standard_normal(ROWS) + better * (labels - 0.3), 0.01, 0.99)
        made.append(metrics.tally(labels, scores))
    return np.array(made)


def width(found: intervals.Interval) -> float:
    """From end to end."""
    return found.high - found.low


def test_the_interval_is_about_the_metric_of_all_days() -> None:
    """Its value is the metric without any resampling."""
    tallies = days(28, 0.2)
    found = intervals.intervals(tallies)["log_loss"]
    assert found.value == metrics.values(tallies.sum(0))["log_loss"]
    assert found.low < found.value < found.high


def test_days_that_differ_make_it_wide() -> None:
    """The same number of rows says less when each day has a rate of its own."""
    alike, unlike = (intervals.intervals(days(28, spread))["log_loss"] for spread in (0.0, 0.25))
    assert width(unlike) > 2 * width(alike)


def test_two_models_are_compared_on_the_same_draws() -> None:
    """Hard days are hard for both: the difference is surer than either."""
    one, other = days(28, 0.25), days(28, 0.25, better=0.1)
    found = intervals.differences(other, one)["log_loss"]
    assert found.high < 0
    assert width(found) < width(intervals.intervals(one)["log_loss"]) / 2


def test_a_model_does_not_differ_from_itself() -> None:
    """In any metric, in any resample."""
    tallies = days(28, 0.2)
    found = intervals.differences(tallies, tallies)
    assert {(one.value, one.low, one.high) for one in found.values()} == {(0.0, 0.0, 0.0)}


def test_no_difference_has_no_sign() -> None:
    """A person would ask which model -0.0000 speaks for."""
    assert str(intervals.Interval(0.0, 0.0, 0.0).turned()) == "Interval(value=0.0, low=0.0, high=0.0)"


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of 40 windows of 28 days; percentile intervals of so few days are a little short."""
    random, held = np.random.default_rng(3), 0
    for _ in range(40):
        tallies = np.zeros((28, metrics.SIZE))
        for day, rate in enumerate(random.uniform(0.1, 0.5, 28)):
            labels = (random.random(50) < rate).astype(float)
            tallies[day] = metrics.tally(labels, np.full(50, 0.3))
        found = intervals.intervals(tallies)["brier"]
        held += found.low <= 0.3 * 0.7**2 + 0.7 * 0.3**2 <= found.high
    assert 0.85 <= held / 40 <= 1


def test_it_is_the_same_every_time() -> None:
    """A verdict asked for twice says the same."""
    assert intervals.intervals(days(28, 0.2)) == intervals.intervals(days(28, 0.2))


@pytest.mark.parametrize(("count", "known"), [(intervals.FEWEST - 1, False), (intervals.FEWEST, True)])
def test_few_days_have_no_interval(count: int, known: bool) -> None:
    """Their value is known, how far off it may be is not."""
    found = intervals.intervals(days(count, 0.2))["log_loss"]
    assert not np.isnan(found.value)
    assert (found.pair is not None) == known


def test_a_metric_that_is_not_defined_has_no_interval() -> None:
    """Days without a yes have no AUC."""
    tally = metrics.tally(np.zeros(5), np.full(5, 0.2))
    found = intervals.intervals(np.array([tally] * 10))["auc"]
    assert np.isnan(found.value)
    assert found.pair is None


def test_a_day_without_a_row_is_empty() -> None:
    """A segment has the days of the whole."""
    tally = metrics.tally(np.array([1]), np.array([0.4]))
    found = intervals.read({"2013-06-02": metrics.encode(tally)}, ["2013-06-01", "2013-06-02"])
    assert found.tolist() == [np.zeros(metrics.SIZE).tolist(), tally.tolist()]


def test_a_gap_is_between_the_ends() -> None:
    """Of three parts, and with an interval."""
    parts = [days(28, 0.1), days(28, 0.1, better=0.2), days(28, 0.1, better=0.4)]
    ends = [float(metrics.values(part.sum(0))["log_loss"]) for part in parts]
    found = intervals.gaps(parts)["log_loss"]
    assert found.value == pytest.approx(max(ends) - min(ends))
    assert found.low < found.value < found.high


def test_a_part_without_a_value_makes_no_gap() -> None:
    """Where nothing was yes, no yes can be missed."""
    none = np.array([metrics.tally(np.zeros(50), np.full(50, 0.2))] * 28)
    assert intervals.gaps([days(28, 0.1), none])["false_negative_rate"].value == 0
    assert np.isnan(intervals.gaps([none, none])["false_negative_rate"].value)


def test_days_that_nothing_pairs_are_drawn_apart() -> None:
    """The difference is of both sets' values, and less sure than where a hard day is hard for both."""
    these, others = days(14, 0.2), days(9, 0.1, better=0.1)
    apart = intervals.apart(these, others)["log_loss"]
    whole = [float(metrics.values(one.sum(0))["log_loss"]) for one in (these, others)]
    assert apart.value == pytest.approx(whole[0] - whole[1])
    assert apart.low < apart.value < apart.high
    assert width(intervals.differences(these, these)["log_loss"]) == 0
    assert width(intervals.apart(these, these)["log_loss"]) > 0


def test_too_few_days_on_either_side_show_nothing() -> None:
    """The interval is unknown, the value is not."""
    few = intervals.apart(days(14, 0.1), days(6, 0.1))["log_loss"]
    assert np.isnan(few.low)
    assert not np.isnan(few.value)
