"""Metrics from tallies, held against formulas on the rows themselves."""

import json
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from model import metrics
from model.metrics import Floats


def sample(rate: float, rows: int = 4000, seed: int = 1) -> tuple[Floats, Floats]:
    """Labels and calibrated scores; about `rate` of the labels are 1."""
    random = np.random.default_rng(seed)
    scores = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) - 0.5 + random.standard_normal(rows))))
    return (random.random(rows) < scores).astype(float), scores


def auc(labels: Floats, scores: Floats) -> float:
    """The AUC of the rows: by ranks, ties half."""
    ones, zeros = labels.sum(), len(labels) - labels.sum()
    ranks = pl.Series(scores).rank("average").to_numpy()
    return float((ranks[labels == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


@pytest.fixture(params=[(0.3, 4000), (0.001, 400_000)], ids=["common", "rare"])
def scored(request: pytest.FixtureRequest) -> Iterator[tuple[Floats, Floats]]:
    """Labels and scores of an event that is common, and of one in a thousand."""
    rate, rows = request.param
    yield sample(rate, rows)


def test_a_histogram_gives_the_auc(scored: tuple[Floats, Floats]) -> None:
    """To a ten-thousandth, also of a rare event."""
    assert metrics.values(metrics.tally(*scored))["auc"] == pytest.approx(auc(*scored), abs=1e-4)


def test_sums_give_what_rows_give(scored: tuple[Floats, Floats]) -> None:
    """Log loss, Brier score and accuracy are exact."""
    labels, scores = scored
    found = metrics.values(metrics.tally(labels, scores))
    likelihood = np.where(labels == 1, scores, 1 - scores)
    assert found["log_loss"] == pytest.approx(-np.log(likelihood).mean())
    assert found["brier"] == pytest.approx(((scores - labels) ** 2).mean())
    assert found["accuracy"] == pytest.approx(((scores >= 0.5) == labels).mean())


def test_tallies_add_up() -> None:
    """Two halves give the whole, in every metric."""
    labels, scores = sample(0.3)
    halves = metrics.tally(labels[:1500], scores[:1500]) + metrics.tally(labels[1500:], scores[1500:])
    assert metrics.values(halves) == pytest.approx(metrics.values(metrics.tally(labels, scores)))


def test_many_tallies_are_measured_at_once() -> None:
    """An array of them gives arrays."""
    tallies = np.array([metrics.tally(*sample(0.3, seed=seed)) for seed in (1, 2, 3)])
    found = metrics.values(tallies)["auc"]
    assert found.tolist() == [metrics.values(tally)["auc"] for tally in tallies]


def test_metrics_of_known_scores() -> None:
    """By hand: two rows right, one wrong."""
    found = metrics.values(metrics.tally(np.array([1.0, 0.0, 1.0]), np.array([0.8, 0.4, 0.1])))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["brier"] == pytest.approx((0.04 + 0.16 + 0.81) / 3)
    assert found["log_loss"] == pytest.approx(-np.log([0.8, 0.6, 0.1]).mean())
    assert found["calibration"] == pytest.approx((0.2 + 0.4 + 0.9) / 3)
    assert found["positive_rate"] == pytest.approx(1 / 3)
    assert (found["false_positive_rate"], found["false_negative_rate"]) == (0, 0.5)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([0.9, 0.8, 0.2, 0.1], 1.0), ([0.1, 0.2, 0.8, 0.9], 0.0), ([0.5, 0.5, 0.5, 0.5], 0.5)],
)
def test_auc_of_known_orders(scores: list[float], expected: float) -> None:
    """Right, reversed, and all the same."""
    assert metrics.values(metrics.tally(np.array([1, 1, 0, 0]), np.array(scores)))["auc"] == expected


def test_one_half_is_a_yes() -> None:
    """The threshold is the lower edge of a bin, so the score next to it is a no."""
    below = np.nextafter(0.5, 0)
    found = metrics.values(metrics.tally(np.array([0, 0]), np.array([0.5, below])))
    assert found["positive_rate"] == 0.5


@pytest.mark.parametrize("name", ["auc", "false_negative_rate"])
def test_what_has_no_rows_is_no_number(name: str) -> None:
    """Without a label 1 there is no pair to order and no yes to miss."""
    assert np.isnan(metrics.values(metrics.tally(np.array([0, 0]), np.array([0.1, 0.2])))[name])


def test_a_certain_mistake_has_a_finite_log_loss() -> None:
    """One row cannot make the metric infinite."""
    assert np.isfinite(metrics.values(metrics.tally(np.array([1]), np.array([0.0])))["log_loss"])


def test_every_metric_has_a_row_in_the_table() -> None:
    """What is computed is what policy.toml may name."""
    assert set(metrics.values(np.zeros(metrics.SIZE))) == set(metrics.METRICS)


def test_shifted_scores_are_badly_calibrated() -> None:
    """Log odds one too high: the order stays, the calibration goes."""
    labels, scores = sample(0.3)
    odds = scores / (1 - scores) * np.e
    before = metrics.values(metrics.tally(labels, scores))
    after = metrics.values(metrics.tally(labels, odds / (1 + odds)))
    assert after["auc"] == pytest.approx(before["auc"], abs=1e-3)
    assert after["calibration"] > before["calibration"] + 0.15


def test_the_curve_shows_every_row_once() -> None:
    """Groups without rows are left out, and the mean of what was observed is the rate."""
    labels, scores = sample(0.3)
    curve = metrics.curve(metrics.tally(labels, scores))
    assert sum(point["rows"] for point in curve) == len(labels)
    assert sum(point["rows"] * point["observed"] for point in curve) == labels.sum()
    assert [point["predicted"] for point in curve] == sorted(point["predicted"] for point in curve)


def test_a_tally_survives_being_written() -> None:
    """Through JSON and back, to the last bit."""
    tally = metrics.tally(*sample(0.3))
    assert metrics.decode(json.loads(json.dumps(metrics.encode(tally)))).tolist() == tally.tolist()


def test_a_tally_with_other_bins_is_refused() -> None:
    """Numbers that were counted otherwise do not add up with these."""
    with pytest.raises(ValueError, match=r"this one has 7: evaluate again"):
        metrics.decode({"size": 7, "at": [], "values": []})


def test_scores_that_mean_what_they_say_expect_what_comes_true() -> None:
    """Without one label of theirs: from the reliability of rows like them."""
    judged, coming = sample(0.3, 40_000), sample(0.3, 40_000, seed=2)
    estimate = metrics.values(metrics.expected(coming[1], metrics.tally(*judged)))
    truth = metrics.values(metrics.tally(*coming))
    for name in ("log_loss", "brier", "auc", "accuracy"):
        assert estimate[name] == pytest.approx(truth[name], abs=0.01), name


def test_scores_that_were_too_low_are_expected_to_be_too_low_again() -> None:
    """The estimate is of calibrated scores: an overconfident model is not taken at its word."""
    labels, scores = sample(0.3, 40_000)
    naive = -(scores * np.log(scores) + (1 - scores) * np.log(1 - scores)).mean()
    low = scores / 3
    estimate = metrics.values(metrics.expected(low, metrics.tally(labels, low)))["log_loss"]
    assert estimate == pytest.approx(float(metrics.values(metrics.tally(labels, low))["log_loss"]), abs=0.01)
    assert estimate > naive


def test_expected_tallies_add_up() -> None:
    """Batches of rows can be estimated one after the other, and every row counts once."""
    labels, scores = sample(0.3)
    judged = metrics.tally(labels, scores)
    whole = metrics.expected(scores, judged)
    halves = metrics.expected(scores[:1000], judged) + metrics.expected(scores[1000:], judged)
    np.testing.assert_allclose(whole, halves)
    assert metrics.rows(whole) == pytest.approx(len(scores))
