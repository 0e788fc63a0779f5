"""The tables of `policy.toml`, each key with its bound."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.burn import Burn, burn

PINNED, NEWEST = FOLLOWED = ("pinned", "newest")
REVIEWERS, BY_HAND = FORMS = ("reviewers", "by-hand")


def between(low: float, high: float) -> Any:
    """A number from `low` to `high`, both allowed."""
    return field(metadata={"bound": (low, high)})


def table(low: float, high: float) -> Any:
    """Names, each with a number from `low` to `high`."""
    return field(metadata={"table": (low, high)})


def names_of(kind: type) -> Any:
    """One name, a str, or a list of them, a tuple."""
    return field(metadata={"names": kind})


def switch() -> Any:
    """true or false."""
    return field(metadata={"switch": True})


@dataclass(frozen=True, kw_only=True)
class Data:
    """Which data is trained on, when it is refused, and which of it is kept for evaluation."""

    follow: str = field(metadata={"choices": FOLLOWED})
    bad_share: float = between(0, 0.5)
    label_share: float = between(0, 1)
    label_change: float = between(0, 1_000_000)  # in the label's unit
    row_change: float = between(1, 1_000_000)
    batch_days: float = between(0.01, 36_600)
    fresh_days: float = between(0, 36_600)
    evaluation_days: int = between(1, 366)
    source: str = field(metadata={"folder": "incoming/"})
    keep_days: int = between(1, 36_600)
    label_days: float = between(0, 366)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a candidate has to reach; metrics are those of model/metrics.py."""

    metric: str = names_of(str)
    margin: float = between(0, 1_000_000)
    minimum_rows: int = between(1, 1_000_000_000)
    segment_rows: int = between(1, 1_000_000_000)
    too_good: float = between(0, 1_000_000)
    too_good_first: float = between(0, 1_000_000)
    protected: tuple[str, ...] = names_of(tuple)
    off: tuple[str, ...] = names_of(tuple)
    worsening: Mapping[str, float] = table(0, 1_000_000)
    segment_worsening: Mapping[str, float] = table(0, 1_000_000)
    gaps: Mapping[str, float] = table(0, 1_000_000)


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A guarded update and its judge. Bounds: API shapes CapacitySize, WaitIntervalInSeconds and
    ProductionVariantContainerStartupHealthCheckTimeoutInSeconds; at most half of the fleet.
    """

    share: float = between(0.01, 0.5)
    metric_seconds: int = field(metadata={"choices": (10, 30, 60)})
    settled_seconds: int = between(0, 600)
    evidence: float = between(20, 1_000_000)
    floor: float = between(0, 0.5)
    times: float = between(1, 100)
    warm_up_seconds: int = between(0, 1800)
    base: float = between(0, 0.5)
    detect: float = between(0.001, 1)
    shortest_seconds: int = between(1, 3600)
    longest_seconds: int = between(1, 3600)
    final_seconds: int = between(0, 3600)
    unproven: bool = switch()
    heartbeat_seconds: int = between(60, 3600)
    headroom: float = between(0, 1)
    startup_seconds: int = between(60, 3600)


@dataclass(frozen=True, kw_only=True)
class Backstop:
    """The two alarms on the new configuration that need no code of ours."""

    period_seconds: int = between(60, 3600)
    periods: int = between(1, 10)
    max_error_rate: float = between(0.001, 0.99)
    base_times: float = between(1, 1000)
    minimum_requests: int = between(1, 1_000_000)
    latency_times: float = between(1, 1000)
    latency_periods: int = between(1, 10)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Captured requests, sent through a candidate before it sees traffic."""

    requests: int = between(1, 100_000)
    error_rate: float = between(0, 1)
    score_shift: float = between(0, 1)


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """How long a candidate answers copies of the traffic before its canary; 0 seconds: not at all."""

    seconds: int = between(0, 604_800)
    share: float = between(0.01, 1)


@dataclass(frozen=True, kw_only=True)
class Approval:
    """How a person lets a release into production: as a reviewer of its GitHub environment, or by hand."""

    form: str = field(metadata={"choices": FORMS})


@dataclass(frozen=True, kw_only=True)
class Releases:
    """How many configurations that were promoted are kept, beside what is live or on its way."""

    keep: int = between(1, 100)


@dataclass(frozen=True, kw_only=True)
class Slo:
    """What the service promises, and how fast its error budget may burn before somebody is told."""

    availability: float = between(0.5, 0.99999)
    window_days: int = between(7, 90)
    fast_hours: int = between(1, 24)
    fast_budget: float = between(0.001, 1)
    slow_hours: int = between(1, 24)
    slow_budget: float = between(0.001, 1)
    minimum_requests: int = between(1, 1_000_000)
    latency_p50_ms: float = between(1, 60_000)
    latency_p95_ms: float = between(1, 60_000)
    cpu_percent: float = between(1, 100)
    memory_percent: float = between(1, 100)

    def burns(self) -> tuple[Burn, Burn]:
        """The fast and the slow burn rate."""
        named = (("fast", self.fast_hours, self.fast_budget), ("slow", self.slow_hours, self.slow_budget))
        fast, slow = (
            burn(
                name,
                availability=self.availability,
                window_days=self.window_days,
                hours=hours,
                budget=budget,
            )
            for name, hours, budget in named
        )
        return fast, slow


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """What production's requests and answers are held against, block of time by block."""

    block_minutes: int = between(1, 44_640)
    window_blocks: int = between(7, 366)
    minimum_rows: int = between(1, 1_000_000_000)
    false_alarms: float = between(0.001, 0.5)
    effect: float = between(0, 10)
    season_days: int = between(1, 182)
    unseen: float = between(0, 1)
    malformed: float = between(0, 1)
    label_hours: float = between(0, 8784)
    label_share: float = between(0.01, 1)
    blind_hours: int = between(1, 23)
    worsening: Mapping[str, float] = table(0, 1_000_000)


@dataclass(frozen=True, kw_only=True)
class Retrain:
    """What starts a retrain that nobody asked for, and what stops it."""

    on: tuple[str, ...] = names_of(tuple)
    cool_down_hours: float = between(0, 8784)
    longest_days: float = between(0.01, 36_600)
    new_days: float = between(0, 366)
    refusals: int = between(1, 100)


@dataclass(frozen=True, kw_only=True)
class Staging:
    """How long staging's endpoint stays up after its last release."""

    lifetime_hours: float = between(0.5, 720)
