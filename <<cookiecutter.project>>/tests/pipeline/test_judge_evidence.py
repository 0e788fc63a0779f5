"""The share e-process: fair where the candidate is healthy, strong where it is not."""

from itertools import product
from math import comb

import numpy as np
import pytest

from pipeline.judge.counts import Counts
from pipeline.judge.evidence import FROM_START, RATIOS, Floats, evidence, spread, steps

HEALTHY, BAD, TICKS = 0.01, 0.05, 60


def fleets(canary_rate: Floats | float, stable_rate: Floats | float, releases: int = 200) -> Counts:
    """A tenth of 20 requests per second in ticks of ten seconds; rates may be given per tick."""
    random = np.random.default_rng(4)
    canary = random.poisson(20, (releases, TICKS))
    stable = random.poisson(180, (releases, TICKS))
    return Counts(canary, stable, random.binomial(canary, canary_rate), random.binomial(stable, stable_rate))


def reached(counts: Counts, **how: float) -> float:
    """The share of releases whose evidence is 100 at any tick."""
    return float((evidence(counts, planned=TICKS, **how) >= 100).any(-1).mean())


def hypergeometric(requests: tuple[int, int], failures: int) -> list[tuple[float, int]]:
    """Each number of the candidate's failures that is possible, with its chance."""
    canary, stable = requests
    ways = comb(canary + stable, failures)
    possible = range(max(0, failures - stable), min(canary, failures) + 1)
    return [(comb(canary, k) * comb(stable, failures - k) / ways, k) for k in possible]


@pytest.mark.parametrize("failures", [(1, 1, 1), (2, 0, 4), (5, 5, 5)])
def test_the_expectation_stays_at_most_one(failures: tuple[int, ...]) -> None:
    """Every way in which failures may fall on three ticks of two healthy fleets, with its chance."""
    requests = [(3, 9), (4, 4), (7, 3)]
    expected, chances = np.zeros(3), 0.0
    for path in product(*(hypergeometric(one, k) for one, k in zip(requests, failures, strict=True))):
        chance = float(np.prod([one[0] for one in path]))
        mine = [one[1] for one in path]
        counts = Counts(
            *(np.array(one) for one in zip(*requests, strict=True)),
            np.array(mine),
            np.array(failures) - mine,
        )
        expected += chance * evidence(counts, planned=5)
        chances += chance
    assert chances == pytest.approx(1)
    assert (expected <= 1 + 1e-12).all()
    if failures == (1, 1, 1):  # one at a time is binomial: fair, neither gained nor lost
        assert expected == pytest.approx(1)


def test_the_expectation_is_above_one_where_the_share_is_wrong() -> None:
    """What the test above would see: the candidate is taken for smaller than it is."""
    chance = hypergeometric((5, 5), 1)
    smaller = [
        (p, Counts(*(np.array([n]) for n in (3, 7, k, 1 - k))))  # its share is said to be 0.3
        for p, k in chance
    ]
    assert sum(p * evidence(counts, planned=1)[0] for p, counts in smaller) > 1.2


def test_nothing_compared_leaves_one() -> None:
    """E starts at 1, and stays there while one of the fleets has no requests."""
    none, some = np.zeros(4, int), np.full(4, 50)
    assert evidence(Counts(none, some, none, some), planned=9).tolist() == pytest.approx([1] * 4)
    assert evidence(Counts(some, none, some, none), planned=9).tolist() == pytest.approx([1] * 4)


def test_healthy_releases_rarely_reach_a_hundred() -> None:
    """At most one of a hundred may (Ville); looked at sixty times each."""
    assert reached(fleets(HEALTHY, HEALTHY, 3000)) <= 0.01


def test_an_outage_of_both_fleets_is_no_evidence() -> None:
    """Half of all requests fail for a while, in both."""
    rates = np.where((np.arange(TICKS) > 20) & (np.arange(TICKS) < 50), 0.5, HEALTHY)
    assert reached(fleets(rates, rates, 3000)) <= 0.01
    assert reached(fleets(rates, HEALTHY)) == 1


def test_a_bad_candidate_is_found() -> None:
    """Five times the failures, within ten minutes."""
    assert reached(fleets(BAD, HEALTHY)) == 1


def test_a_better_candidate_is_no_bad_one() -> None:
    """The stable fleet's failures are evidence for the candidate."""
    assert reached(fleets(HEALTHY, BAD)) == 0


def test_a_late_fault_is_found_by_the_stake_on_later_starts() -> None:
    """Without it, the healthy ticks before have to be made up for."""
    rates = np.where(np.arange(TICKS) >= 42, BAD, HEALTHY)
    counts = fleets(rates, HEALTHY)
    at_first = np.exp(steps(counts).cumsum(-1)).mean(0)
    late, early = reached(counts), float((at_first >= 100).any(-1).mean())
    assert late > early + 0.2


def test_dispersion_makes_clumps_one_failure() -> None:
    """Healthy fleets whose failures come in fives go back too often without it."""
    random = np.random.default_rng(6)
    requests = [random.poisson(mean, (2000, TICKS)) for mean in (20, 180)]
    clumps = [np.minimum(5 * random.binomial(one, HEALTHY / 5), one) for one in requests]
    counts = Counts(*requests, *clumps)
    assert reached(counts) > 0.1
    assert reached(counts, phi=5.0) <= 0.01


def test_a_batch_is_its_releases_one_by_one() -> None:
    """Axes before the ticks are releases that know nothing of each other."""
    counts = fleets(BAD, HEALTHY, 6)
    parts = (counts.canary, counts.stable, counts.canary_failed, counts.stable_failed)
    alone = [evidence(Counts(*(part[row] for part in parts)), planned=TICKS) for row in range(6)]
    assert evidence(counts, planned=TICKS) == pytest.approx(np.array(alone))
    grid = Counts(*(part.reshape(2, 3, TICKS) for part in parts))
    assert evidence(grid, planned=TICKS).reshape(6, TICKS) == pytest.approx(np.array(alone))


def test_the_log_domain_agrees_with_plain_arithmetic() -> None:
    """The sum over starts as it is written on paper."""
    counts, planned = fleets(BAD, HEALTHY, 1), 8
    gains = np.exp(steps(counts)[:, 0, :5])
    stakes = spread(planned, 5)
    bets = sum(stakes[j] * np.prod(gains[:, j:], axis=1) for j in range(5))
    assert evidence(counts, planned=planned)[0, 4] == pytest.approx(np.mean(bets) + 1 - stakes.sum())


def test_a_day_of_failures_is_still_a_number() -> None:
    """Neither overflow nor nan, whichever fleet breaks."""
    many = np.full(2000, 10_000)
    broken = evidence(Counts(many, many, many, many * 0), planned=180)
    assert np.isfinite(broken).all()
    assert broken[-1] > 1e200
    assert 0 <= evidence(Counts(many, many, many * 0, many), planned=180)[-1] < 1e-3


def test_the_whole_stake_is_spent_over_the_planned_ticks() -> None:
    """None is left for a tick that nobody planned, and a bake of one tick stakes all on it."""
    assert spread(5, 9).tolist() == pytest.approx([FROM_START] + [(1 - FROM_START) / 4] * 4 + [0] * 4)
    assert spread(1, 2).tolist() == [1, 0]
    assert len(RATIOS) == steps(fleets(BAD, HEALTHY, 1)).shape[0]


def test_impossible_settings_are_refused() -> None:
    """A dispersion below 1 would make failures out of nothing."""
    counts = fleets(HEALTHY, HEALTHY, 1)
    with pytest.raises(ValueError, match=r"dispersion is 0\.5"):
        evidence(counts, phi=0.5, planned=9)
    with pytest.raises(ValueError, match="0 ticks are planned"):
        evidence(counts, planned=0)
