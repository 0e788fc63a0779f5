"""Dispersion: 1 where failures are independent, the size of the clumps where they are not."""

import numpy as np
import pytest

from pipeline.judge.counts import Ints
from pipeline.judge.dispersion import dispersion

DAY = 1440  # minutes


def day(rate: float = 0.01, clump: int = 1, seed: int = 2) -> tuple[Ints, Ints]:
    """Failures, in clumps of a size, and requests: 20 per second at noon, at night a tenth of it."""
    random = np.random.default_rng(seed)
    waves = 660 - 540 * np.cos(np.arange(DAY) / DAY * 2 * np.pi)
    requests = random.poisson(waves)
    return np.minimum(clump * random.binomial(requests, rate / clump), requests), requests


def test_independent_failures_have_one() -> None:
    """Although nights have fewer of them than days."""
    assert np.mean([dispersion(*day(seed=seed)) for seed in range(9)]) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("clump", [3, 8])
def test_clumps_have_their_size(clump: int) -> None:
    """Each of them is one event."""
    found = [dispersion(*day(clump=clump, seed=seed)) for seed in range(9)]
    assert np.mean(found) == pytest.approx(clump, rel=0.1)


def test_clumps_of_mixed_sizes_count_by_their_squares() -> None:
    """The variance of a compound Poisson sum over its mean is E[m^2]/E[m]: (1 + 81)/(1 + 9)."""
    singles, requests = day(0.005)
    assert dispersion(singles + day(0.045, 9, seed=3)[0], requests) == pytest.approx(8.2, rel=0.15)


def test_an_outage_counts_at_its_ends_alone() -> None:
    """Half an hour in which a fifth of the requests fail, begun between the minutes of a pair."""
    failed, requests = day()
    slots = slice(667, 697)
    failed[slots] = np.random.default_rng(1).binomial(requests[slots], 0.2)
    plain = float(failed.var() / failed.mean())
    assert 1 < dispersion(failed, requests) < plain / 5


@pytest.mark.parametrize("failures", [0, 1])
def test_too_few_failures_to_tell_have_one(failures: int) -> None:
    """Nothing is known of clumps where nothing, or one request, failed."""
    failed = np.zeros(DAY, int)
    failed[:failures] = 1
    assert dispersion(failed, np.full(DAY, 50)) == 1


def test_a_fleet_without_requests_has_one() -> None:
    """Also when there is no minute at all."""
    assert dispersion(np.zeros(0, int), np.zeros(0, int)) == 1
    assert dispersion(np.zeros(51, int), np.zeros(51, int)) == 1


def test_regular_failures_are_not_less_than_independent_ones() -> None:
    """The judge may not be surer than chance allows."""
    assert dispersion(np.ones(DAY, int), np.full(DAY, 50)) == 1


def test_failures_and_requests_are_of_the_same_minutes() -> None:
    """Otherwise the shares mean nothing."""
    with pytest.raises(ValueError, match="same minutes"):
        dispersion(np.zeros(3, int), np.zeros(4, int))
