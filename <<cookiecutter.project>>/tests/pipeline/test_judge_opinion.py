"""One opinion, in words that a person can check."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.judge.counts import Counts
from pipeline.judge.opinion import Opinion, judge

from .judge_sample import RULES, TICKS, even


def thought(signals: dict[str, Counts], **phi: float) -> Opinion:
    """Of a release whose bake has as many ticks as the tests do."""
    return judge(signals, rules=RULES, phi=phi, planned=TICKS)


def test_a_bad_release_is_told_with_its_numbers() -> None:
    """Both fleets, the evidence, and how much is enough."""
    found = thought({"errors": even(1, 1, ticks=14)})
    assert (found.reject, found.signal) == (True, "errors")
    assert found.sentence == (
        f"14 of 280 requests failed against 14 of 2,520 on the live model: "
        f"evidence {found.evidence:,.0f}, 100 is enough"
    )
    standing = found.signals["errors"]
    assert (standing.canary, standing.stable, standing.canary_failed, standing.stable_failed) == (
        280,
        2520,
        14,
        14,
    )
    assert standing.evidence == found.evidence >= 100


def test_so_is_a_healthy_one() -> None:
    """What is there, and how much would be needed."""
    found = thought({"errors": even(0, 1, ticks=5)})
    assert (found.reject, found.warnings) == (False, ())
    assert found.sentence.startswith(
        "0 of 100 requests failed against 5 of 900 on the live model: evidence 0."
    )
    assert found.sentence.endswith("100 is needed")


def test_overwhelming_evidence_is_said_in_words() -> None:
    """Nobody reads a number of 200 digits."""
    assert "evidence above a million, 100 is enough" in thought({"errors": even(20, 0)}).sentence


def test_nothing_to_judge_is_said() -> None:
    """Before the first settled tick, and before the first request."""
    for signals in ({}, {"errors": even(0, 0, ticks=0)}, {"errors": even(0, 0, requests=0)}):
        found = thought(signals)
        assert (found.reject, found.sentence) == (False, "no request can be judged yet")
        assert found.evidence == pytest.approx(1)


def test_the_signal_that_matters_most_leads() -> None:
    """Latency that is hardly worse is behind errors, however evident it is; it becomes a warning."""
    found = thought({"slow_p90": even(28, 180, requests=200), "errors": even(1, 1)})
    assert found.signal == "errors"
    assert found.signals["slow_p90"].evidence > 100
    (warning,) = found.warnings
    assert warning.startswith("1,344 of 9,600 requests took longer than nine of ten do on the live model")
    assert warning.endswith("evident, but less than 0.1% or 1.5 times as many")


def test_no_traffic_is_an_opinion() -> None:
    """The candidate is in service, and nobody reaches it."""
    nothing = even(0, 1)
    nothing.canary[:] = 0
    found = thought({"errors": nothing})
    assert (found.reject, found.signal) == (True, "traffic")
    assert found.sentence == "none of the last 8,640 requests reached the candidate: it gets no traffic"


def deciles(canary: list[float]) -> Counts:
    """Scores by the live model's deciles: the candidate's as given, the live model's even."""
    requests = np.full((10, TICKS), 200), np.full((10, TICKS), 1800)
    random = np.random.default_rng(8)
    mine = random.multinomial(200, canary, TICKS).T
    return Counts(*requests, mine, random.multinomial(1800, [0.1] * 10, TICKS).T)


def test_other_scores_warn_and_do_not_reject() -> None:
    """A new model is meant to answer otherwise."""
    found = thought({"errors": even(0, 1), "scores": deciles([0.08] * 9 + [0.28])})
    assert not found.reject
    assert found.warnings == (
        "the candidate answers otherwise: 29% of its scores are in decile 10, "
        "where 10% of the live model's are",
    )
    assert "scores" not in found.signals


def test_the_same_scores_do_not_warn() -> None:
    """Nor do scores decide anything where they are all there is."""
    assert thought({"errors": even(0, 1), "scores": deciles([0.1] * 10)}).warnings == ()
    assert thought({"scores": deciles([0.1] * 10)}).sentence == "no request can be judged yet"


def test_what_holds_back_is_the_policys() -> None:
    """Each of the three changes the verdict on the same counts; so does the dispersion."""
    signals = {"errors": even(1, 1, ticks=14)}
    assert thought(signals).reject
    for rules in (replace(RULES, evidence=1e6), replace(RULES, floor=0.06), replace(RULES, times=10.0)):
        assert not judge(signals, rules=rules, phi={}, planned=TICKS).reject
    assert not thought(signals, errors=5.0).reject
