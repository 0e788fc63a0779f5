"""What all signals weigh together: small differences hold back, and none hides another."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.judge import weighing
from pipeline.judge.counts import Counts

from .judge_sample import RULES, TICKS, even


def rejected(signals: dict[str, Counts], rules: object = RULES) -> list[bool]:
    """After each tick."""
    return weighing.rejected(signals, rules=rules, phi={}, planned=TICKS).tolist()  # type: ignore[arg-type]


def test_a_candidate_that_fails_is_rejected_from_then_on() -> None:
    """One in twenty against one in 180."""
    found = rejected({"errors": even(1, 1)})
    assert not found[0]
    assert found[-1]
    assert found == sorted(found)


def test_the_floor_holds_back() -> None:
    """One of 2,000 requests failed against none: evident, and nobody minds."""
    signals = {"errors": even(1, 0, requests=2000)}
    assert not any(rejected(signals))
    assert any(rejected(signals, replace(RULES, floor=0.0)))


def test_so_does_a_difference_of_less_than_times() -> None:
    """11 % against 8 %."""
    signals = {"errors": even(22, 144, requests=200)}
    assert not any(rejected(signals))
    assert any(rejected(signals, replace(RULES, times=1.2)))


def test_a_difference_that_nobody_minds_hides_no_other() -> None:
    """Latency is evidently and slightly worse, errors are bad."""
    signals = {"errors": even(1, 1), "slow_p90": even(28, 180, requests=200)}
    assert rejected({"slow_p90": signals["slow_p90"]})[-1] is False
    assert rejected(signals)[-1]


def test_each_signal_has_a_part_of_the_stake() -> None:
    """So errors among four signals take a little longer than alone."""
    alone = rejected({"errors": even(1, 4)})
    quiet = dict.fromkeys(("refusals", "slow_p90", "slow_p99"), even(0, 0))
    among = rejected({"errors": even(1, 4), **quiet})
    assert 0 < alone.index(True) < among.index(True)


def test_the_stakes_are_one() -> None:
    """A mean, whichever signals are measured; it starts at 1."""
    assert sum(weighing.STAKES.values()) == pytest.approx(1)
    for names in (("errors",), ("errors", "slow_p99")):
        weighed = weighing.weigh_all(dict.fromkeys(names, even(0, 0)), rules=RULES, phi={}, planned=TICKS)
        assert weighing.total(weighed)[0] == pytest.approx(1)


def test_latency_waits_for_the_warm_up() -> None:
    """Twelve ticks in which every answer is slow are no evidence; in errors they are."""
    cold = even(0, 18)
    cold.canary_failed[:12] = 20
    assert not any(rejected({"slow_p90": cold}))
    assert any(rejected({"errors": cold}))
    assert any(rejected({"slow_p90": cold}, replace(RULES, warm_up_seconds=0)))


def test_dispersion_is_a_signals_own() -> None:
    """Errors that come in clumps do not make latency uncertain."""
    signals = {"errors": even(1, 1)}
    apart = [
        weighing.rejected(signals, rules=RULES, phi=phi, planned=TICKS)[20]
        for phi in ({}, {"errors": 4.0}, {"slow_p90": 4.0})
    ]
    assert apart == [True, False, True]


def test_a_candidate_without_traffic_is_rejected_after_the_warm_up() -> None:
    """Two minutes long, which at this traffic is more than can be chance."""
    nothing = even(0, 0)
    nothing.canary[:] = 0
    found = rejected({"errors": nothing})
    assert found.index(True) == 23  # twelve ticks after the twelve


def test_so_is_one_whose_traffic_ends() -> None:
    """It counts from the candidate's last request."""
    ended = even(0, 0)
    ended.canary[40:] = 0
    assert rejected({"errors": ended}).index(True) == 51


def test_a_bucket_that_is_late_is_no_end_of_traffic() -> None:
    """One fleet's metrics of a tick may come minutes after the other's."""
    late = even(0, 0)
    late.canary[20], late.canary[-3:] = 0, 0
    assert not any(rejected({"errors": late}))


def test_thin_traffic_may_miss_a_candidate() -> None:
    """One request per tick of the stable fleet: 0.9^197 is 1e-9, and here are 48 after the warm-up."""
    thin = even(0, 0)
    thin.canary[:], thin.stable[:] = 0, 1
    assert not any(rejected({"errors": thin}))


def test_a_batch_is_its_releases_one_by_one() -> None:
    """What the benchmark simulates is what a release is told."""
    random = np.random.default_rng(3)
    requests = [random.poisson(mean, (5, TICKS)) for mean in (20, 180)]
    batch = Counts(
        *requests, *(random.binomial(one, rate) for one, rate in zip(requests, (0.03, 0.01), strict=True))
    )
    together = weighing.rejected({"errors": batch}, rules=RULES, phi={}, planned=TICKS)
    parts = (batch.canary, batch.stable, batch.canary_failed, batch.stable_failed)
    alone = [rejected({"errors": Counts(*(part[row] for part in parts))}) for row in range(5)]
    assert together.tolist() == alone
    assert together.any()
