"""How long a bake is: what is measured agrees, and the policy bounds it."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.judge import bake, weighing
from pipeline.judge.bake import Bake, length
from pipeline.judge.counts import Counts

from .judge_sample import RULES

LAG = RULES.metric_seconds + RULES.settled_seconds
MEASURED = {  # minutes to 99 of 100 at 1 / 5 / 20 / 50 / 200 requests per second, a share of 10 %, one signal
    (0.001, 0.01): (304, 61, 15, 6, 1.5),
    (0.005, 0.02): (295, 59, 15, 6, 1.5),
    (0.01, 0.05): (88, 18, 4.4, 1.8, 0.4),
}


@pytest.mark.parametrize(("fault", "minutes"), MEASURED.items())
def test_the_formula_agrees_with_a_simulation(
    monkeypatch: pytest.MonkeyPatch, fault: tuple[float, float], minutes: tuple[float, ...]
) -> None:
    """Never shorter, and 15 % longer at most: errors have seven tenths of the stake here."""
    monkeypatch.setattr(bake, "FOUND", 0.99)
    rules = replace(RULES, base=fault[0], detect=fault[1])
    for rate, measured in zip((1, 5, 20, 50, 200), minutes, strict=True):
        needed = length(rate, rules).needed
        assert needed is not None
        assert 0.97 * measured * 60 - 5 <= needed - LAG <= 1.15 * measured * 60 + 5


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_ninety_nine_of_a_hundred_are_found_in_it(share: float) -> None:
    """The judge as it is, all four signals."""
    rules = replace(RULES, share=share, longest_seconds=10_000)
    needed = length(20, rules).needed
    assert needed is not None
    ticks, random = (needed - LAG) // 10, np.random.default_rng(9)
    requests = [random.poisson(200 * part, (2000, ticks)) for part in (share, 1 - share)]
    rates = (rules.detect, rules.base)
    errors = Counts(
        *requests, *(random.binomial(one, rate) for one, rate in zip(requests, rates, strict=True))
    )
    quiet = Counts(*requests, *(0 * one for one in requests))
    signals = {"errors": errors, "refusals": quiet, "slow_p90": quiet, "slow_p99": quiet}
    found = weighing.rejected(signals, rules=rules, phi={}, planned=ticks).any(-1).mean()
    assert 0.99 <= found <= 0.999


def test_it_is_planned_with_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missed serves all traffic: a tenth to a fifth longer than 99 of 100 take."""
    planned = bake.needed(3.5, RULES)
    monkeypatch.setattr(bake, "FOUND", 0.99)
    assert 1.1 < planned / bake.needed(3.5, RULES) < 1.2


def test_the_policy_bounds_it() -> None:
    """Much traffic still bakes the shortest time, and little traffic the longest, without a proof."""
    assert length(1000, RULES) == Bake(600, length(1000, RULES).needed, True)
    thin = length(0.5, RULES)
    assert (thin.seconds, thin.proves) == (3600, False)
    assert thin.needed is not None
    assert thin.needed > 3600


def test_clumps_take_longer() -> None:
    """About as many times as they are large."""
    once, fivefold = (length(20, RULES, phi=phi).needed for phi in (1.0, 5.0))
    assert once is not None
    assert fivefold is not None
    assert 4 < (fivefold - LAG) / (once - LAG) < 6


@pytest.mark.parametrize("rules", [RULES, replace(RULES, detect=0.005), replace(RULES, detect=0.001)])
def test_nothing_is_proved_without_traffic_or_without_a_fault(rules: object) -> None:
    """No time is enough, and the longest is all that is left."""
    rate = 0.0 if rules is RULES else 20.0
    assert length(rate, rules) == Bake(3600, None, False)  # type: ignore[arg-type]


def test_a_live_model_that_never_fails_is_no_special_case() -> None:
    """The candidate's failures are then all there are."""
    assert length(20, replace(RULES, base=0.0)).proves
