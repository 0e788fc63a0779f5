"""Both fleets are counted apart, in the same periods, and only once the numbers are final."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline import aws, measured, observe
from pipeline.judge import opinion
from pipeline.judge.counts import Counts
from pipeline.judge.opinion import Opinion
from pipeline.measured import Metric, Values

from .guarded import FACTS, RELEASE, RULES, planned

pytestmark = pytest.mark.usefixtures("project")
CANARY = RULES.canary
NOW = 1_371_000_000.0
FIRST = aws.period(NOW, 10)
BEGAN = observe.Began(update=NOW - 200, bake=NOW)


class Account:
    """CloudWatch: values by configuration or model, metric and statistic."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, known: Mapping[tuple[str, str, str], Any]) -> None:
        """Answer from `known`."""
        self.known, self.asked = known, []  # type: ignore[var-annotated]
        monkeypatch.setattr(measured, "read", self.read)

    def read(
        self, metrics: Mapping[str, Metric], *, since: float, now: float, period: int
    ) -> dict[str, Values]:
        """As pipeline.measured does."""
        self.asked.append((dict(metrics), since, period))
        return {key: dict(self.known.get(self.key(metric), {})) for key, metric in metrics.items()}

    def key(self, metric: Metric) -> tuple[str, str, str]:
        """Whose it is, its name, its statistic."""
        own = dict(metric.dimensions)
        return own.get("EndpointConfigName", own.get("Model", "all")), metric.name, metric.stat


def every(value: float, first: int = FIRST, ticks: int = 6) -> Values:
    """The same in each period."""
    return {first + tick: value for tick in range(ticks)}


def bake(monkeypatch: pytest.MonkeyPatch, known: Mapping[tuple[str, str, str], Any], **more: Any) -> Any:
    """What is seen of a bake that began at NOW, two minutes later."""
    Account(monkeypatch, known)
    release = planned(**more)
    return observe.during(release, FACTS, CANARY, began=BEGAN, now=NOW + 120)


KNOWN = {
    ("new", "Invocations", "Sum"): every(50.0, FIRST + 1),
    ("old", "Invocations", "Sum"): every(60.0, FIRST + 1),
    ("new", "Invocation5XXErrors", "Sum"): {FIRST + 2: 3.0},
    ("old", "Invocation5XXErrors", "Sum"): {FIRST + 1: 1.0},
    ("new", "Invocation5XXErrors", "SampleCount"): every(50.0, FIRST + 1),
    ("old", "Invocation5XXErrors", "SampleCount"): every(60.0, FIRST + 1),
    ("new", "ModelLatency", "SampleCount"): every(49.0, FIRST + 1),
    ("new", "ModelLatency", "TC(4000:)"): every(9.0, FIRST + 1),
}


def test_both_fleets_lie_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same periods of both, and no data point is no failure."""
    errors = bake(monkeypatch, KNOWN)["errors"]
    assert errors.canary.tolist()[:3] == [50, 50, 50]
    assert errors.stable.tolist()[:3] == [60, 60, 60]
    assert (errors.canary_failed.tolist()[:3], errors.stable_failed.tolist()[:3]) == ([0, 3, 0], [1, 0, 0])


def test_requests_whose_failures_are_late_are_late_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are of one metric: the live model has not answered sixty requests without a failure."""
    told = every(60.0, FIRST + 1)
    del told[FIRST + 2]
    errors = bake(monkeypatch, KNOWN | {("old", "Invocation5XXErrors", "SampleCount"): told})["errors"]
    assert (errors.canary.tolist()[:3], errors.stable.tolist()[:3]) == ([50, 50, 50], [60, 0, 60])


def test_late_failures_take_no_healthy_candidate_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of a hundred fail on both sides; the live model's requests without their failures would do it."""
    come = every(1000.0, FIRST - 5, 12)
    late = {number: value for number, value in come.items() if number != FIRST + 1}
    known = {
        (side, name, stat): {number: value * share for number, value in told.items()}
        for side, told in (("new", every(1000.0, FIRST + 1)), ("old", late))
        for name, stat, share in (
            ("Invocation5XXErrors", "SampleCount", 1),
            ("Invocation5XXErrors", "Sum", 0.02),
        )
    } | {("new", "Invocations", "Sum"): every(1000.0, FIRST + 1), ("old", "Invocations", "Sum"): come}
    Account(monkeypatch, known)
    found = observe.during(RELEASE, FACTS, CANARY, began=BEGAN, now=NOW + 85)["errors"]
    assert (found.canary.tolist(), found.canary_failed.tolist()) == ([1000], [20])
    assert not judged(found).reject
    assert judged(replace(found, stable=found.canary)).reject


def judged(errors: Counts) -> Opinion:
    """What is thought of the errors alone."""
    return opinion.judge({"errors": errors}, rules=CANARY, phi={}, planned=60)


def test_a_metric_that_tells_of_failures_alone_blinds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A candidate that fails always, and a live model of which its metric has next to nothing to tell."""
    alone = {
        ("new", "Invocation5XXErrors", stat): every(50.0, FIRST + 1) for stat in ("Sum", "SampleCount")
    } | {("old", "Invocation5XXErrors", stat): {FIRST + 1: 1.0} for stat in ("Sum", "SampleCount")}
    errors = bake(monkeypatch, KNOWN | alone)["errors"]
    assert (errors.canary.tolist()[:2], errors.canary_failed.tolist()[:2]) == ([50, 50], [50, 50])
    assert (errors.stable.tolist()[:2], errors.stable_failed.tolist()[:2]) == ([60, 60], [1, 0])


def test_each_signal_is_asked_whether_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of refusals nothing is known here: they are among all requests; latency never is."""
    found = bake(monkeypatch, KNOWN)
    assert (found["refusals"].canary.tolist()[0], found["slow_p90"].canary.tolist()[0]) == (50, 49)
    few = {("new", "ModelLatency", "SampleCount"): every(9.0, FIRST + 1)}
    assert bake(monkeypatch, KNOWN | few)["slow_p90"].canary.tolist()[0] == 9


def test_a_latency_of_seconds_is_written_in_digits() -> None:
    """CloudWatch knows no exponents in a statistic's bounds."""
    assert observe.counted((), {"p99": 2_345_678.9})["slow_p99"].stat == "TC(2345679:)"


def test_latency_is_counted_above_the_live_models_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """In microseconds, of the requests whose latency is known."""
    slow = bake(monkeypatch, KNOWN)["slow_p90"]
    assert (slow.canary.tolist()[0], slow.canary_failed.tolist()[0]) == (49, 9)


def test_what_may_still_change_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two minutes, the last settled_seconds and what reaches into them."""
    assert bake(monkeypatch, KNOWN)["errors"].ticks == (120 - CANARY.settled_seconds) // 10 - 1


def test_before_anything_is_final_there_is_no_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to compare yet is not a comparison of nothing."""
    Account(monkeypatch, KNOWN)
    assert observe.during(RELEASE, FACTS, CANARY, began=BEGAN, now=NOW + 60) == {}


def test_a_candidate_without_traffic_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The live model's requests since the bake began stand alone."""
    known = {key: values for key, values in KNOWN.items() if key[0] == "old"}
    whole = (("Invocations", "Sum"), ("Invocation5XXErrors", "SampleCount"))
    earlier = {("old", *metric): every(60.0, FIRST - 10, 17) for metric in whole}
    errors = bake(monkeypatch, known | earlier)["errors"]
    assert (errors.canary.sum(), errors.stable.sum()) == (0, 300)


def test_a_fast_clock_is_read_from_the_newest_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stamp in whole seconds is up to a second late, and at this speed that is a minute."""
    monkeypatch.setattr(aws, "SPEED", 60.0)
    newest = aws.period(NOW + 0.9, 10)
    settled = observe.settled({"new requests": {newest: 1.0}}, NOW, CANARY)
    assert settled == newest - CANARY.settled_seconds // 10 - 1


def test_no_number_lies_ahead_of_awss_clock() -> None:
    """On a slow clock the stamp decides, also where the newest number is old."""
    settled = observe.settled({"new requests": {FIRST - 90: 1.0}}, NOW, CANARY)
    assert (settled + 1) * 10 + CANARY.settled_seconds <= NOW < (settled + 2) * 10 + CANARY.settled_seconds


def test_scores_are_counted_between_the_live_models_deciles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two edges make three ranges; without a container's own metric there is no such signal."""
    edges = {"score_edges": [0.25, 0.5]}
    ranges = ("TC(:0.2500000000)", "TC(0.2500000000:0.5000000000)", "TC(0.5000000000:)")
    scores = {
        (model, "Score", stat): every(value, FIRST + 1)
        for model in ("flights-production-1", "flights-production-2")
        for stat, value in zip(("SampleCount", *ranges), (30.0, 5.0, 10.0, 15.0), strict=True)
    }
    found = bake(monkeypatch, KNOWN | scores, **edges)["scores"]
    assert (found.canary.shape, found.canary_failed[:, 0].tolist()) == ((3, 5), [5, 10, 15])
    assert "scores" not in bake(monkeypatch, KNOWN, **edges)


def test_the_final_bake_knows_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own beginning is later, but what both fleets have counted stays."""
    Account(monkeypatch, KNOWN)
    later = observe.Began(update=NOW - 200, bake=NOW + 600)
    found = observe.during(RELEASE, FACTS, CANARY, began=later, now=NOW + 700)["errors"]
    assert (found.canary.sum(), found.stable.sum(), found.canary_failed.sum()) == (300, 360, 3)


def test_only_what_came_since_the_update_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration that was live once has a past, which is not this release's."""
    account = Account(monkeypatch, KNOWN)
    observe.during(RELEASE, FACTS, CANARY, began=BEGAN, now=NOW + 120)
    assert [(since, period) for _, since, period in account.asked] == [(NOW - 200, 10)]


def day(monkeypatch: pytest.MonkeyPatch, known: Mapping[tuple[str, str, str], Any]) -> observe.Before:
    """What is known of the live model."""
    Account(monkeypatch, known)
    return observe.before("production", "flights-production", "old", "flights-production-1", NOW)


MINUTE = aws.period(NOW, 60)
YESTERDAY = {
    ("all", "Invocations", "Sum"): every(600.0, MINUTE - 60, 60),
    ("old", "Invocations", "Sum"): every(600.0, MINUTE - 60, 60),
    ("old", "Invocation5XXErrors", "Sum"): every(6.0, MINUTE - 60, 60),
    ("old", "Invocation5XXErrors", "SampleCount"): every(600.0, MINUTE - 60, 60),
    ("old", "ModelLatency", "SampleCount"): {1: 10.0, 2: 1000.0},
    ("old", "ModelLatency", "p90"): {1: 90_000.0, 2: 4000.0},
    ("old", "ModelLatency", "p99"): {1: 99_000.0, 2: 9000.0},
}


def test_the_last_day_says_what_is_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests a second, the share that fails, and how long nine and 99 of a hundred take."""
    found = day(monkeypatch, YESTERDAY)
    assert (found.rate, found.base["errors"]) == (10.0, 0.01)
    assert found.latency_us == {"p90": 4000.0, "p99": 9000.0}
    assert found.phi["errors"] == 1.0
    assert found.score_edges == []


@pytest.mark.parametrize(("told", "share"), [(300.0, 0.02), (6.0, 0.01)])
def test_what_is_usual_is_of_the_same_metric(
    monkeypatch: pytest.MonkeyPatch, told: float, share: float
) -> None:
    """Of the requests that it tells of; where it tells of failures alone, of all."""
    known = YESTERDAY | {("old", "Invocation5XXErrors", "SampleCount"): every(told, MINUTE - 60, 60)}
    assert day(monkeypatch, known).base["errors"] == share


def test_a_model_without_a_past_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has asked it yet."""
    assert day(monkeypatch, {}) == observe.Before(0.0, {}, {}, {}, [])


def test_clumps_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty failures at once now and then are not thirty failures."""
    clumps = {MINUTE - 60 + minute: 30.0 for minute in range(0, 60, 7)}
    assert day(monkeypatch, YESTERDAY | {("old", "Invocation5XXErrors", "Sum"): clumps}).phi["errors"] > 3


def test_the_scores_deciles_are_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order; two deciles of one value are one edge."""
    live = "flights-production-1"
    scores = {(live, "Score", f"p{n}"): {1: min(n, 70) / 100} for n in range(10, 100, 10)}
    found = day(monkeypatch, YESTERDAY | scores | {(live, "Score", "SampleCount"): {1: 5.0}})
    assert found.score_edges == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [({-60: 60.0, -1: 60.0}, 2 / 60), ({-10: 600.0}, 1.0), ({-90: 600.0, 0: 600.0}, 0.0), ({}, 0.0)],
)
def test_the_rate_is_the_last_hours(minutes: dict[int, float], expected: float) -> None:
    """Or that of as much of it as there is; the minute under way does not count."""
    assert observe.rate({100 + minute: value for minute, value in minutes.items()}, 100) == pytest.approx(
        expected
    )


def test_what_a_configuration_has_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests, and how many of them failed."""
    Account(monkeypatch, KNOWN)
    assert observe.served(FACTS, "new", since=NOW, now=NOW + 120) == (300, 3)


def test_counts_are_whole_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge counts requests."""
    assert bake(monkeypatch, KNOWN)["errors"].canary.dtype == np.int64
