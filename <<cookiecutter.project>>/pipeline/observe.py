"""What CloudWatch has counted: before a release of the live model, during its bake of both.

Metrics of one configuration are those with the dimension EndpointConfigName
(dg/deployment-guardrails-configuration); Invocation4XXErrors and Invocation5XXErrors are 1 or 0 for each
request, ModelLatency is in microseconds (dg/monitoring-cloudwatch), `TC(x:)` counts the values above x
(monitoring/Statistics-definitions). Failures and the requests that they are among come from one metric: of
two, one may be late, and requests whose failures are not there yet look like good ones. A model's scores are
its container's own metric, `Score`; where nobody publishes it, scores are no signal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline import aws, measured, names
from pipeline.judge.counts import Counts
from pipeline.judge.dispersion import dispersion
from pipeline.ledger import Record
from pipeline.measured import Metric, Values
from pipeline.sections import Canary
from pipeline.settings import Service

MINUTE, HOUR, DAY = 60, 3600, 86_400
TOLD = {"errors": "told_errors", "refusals": "told_refusals"}  # requests that the signal's metric tells of
SIGNALS = {**TOLD, "slow_p90": "timed", "slow_p99": "timed"}  # of what
FEW = 0.5  # of a fleet's requests: when its metric of failures tells of less, it does not tell of good ones
SLOW = ("p90", "p99")
DECILES = tuple(f"p{tenth}" for tenth in range(10, 100, 10))


def fleet(endpoint: str, config: str | None) -> tuple[tuple[str, str], ...]:
    """The dimensions of one configuration's metrics; without one, of all that the endpoint serves."""
    own = (("EndpointName", endpoint), ("VariantName", names.VARIANT))
    return (*own, ("EndpointConfigName", config)) if config else own


def counted(dimensions: tuple[tuple[str, str], ...], latency_us: Mapping[str, float]) -> dict[str, Metric]:
    """What is counted of a fleet: requests, and by signal its failures and the requests they are among."""
    stats = {
        "requests": ("Invocations", "Sum"),
        "errors": ("Invocation5XXErrors", "Sum"),
        "told_errors": ("Invocation5XXErrors", "SampleCount"),
        "refusals": ("Invocation4XXErrors", "Sum"),
        "told_refusals": ("Invocation4XXErrors", "SampleCount"),
        "timed": ("ModelLatency", "SampleCount"),
    }
    stats |= {f"slow_{one}": ("ModelLatency", f"TC({bound:.0f}:)") for one, bound in latency_us.items()}
    return {key: Metric("AWS/SageMaker", name, dimensions, stat) for key, (name, stat) in stats.items()}


def among(found: Mapping[str, Values], signal: str, fleets: Sequence[str] = ("",)) -> str:
    """The key of the requests that failures by `signal` are among; keys begin with each of `fleets`. Pure.

    That the metrics of failures tell of good requests too, as 0, is documented (dg/monitoring-cloudwatch).
    Where one fleet's do not, all requests of every fleet are taken, and failures that are late pass for none.
    """
    told = SIGNALS[signal]
    few = signal in TOLD and any(
        sum(found[f"{fleet}{told}"].values()) < FEW * sum(found[f"{fleet}requests"].values())
        for fleet in fleets
    )
    return "requests" if few else told


def scored(environment: str, model: str, edges: list[float]) -> dict[str, Metric]:
    """How many of a model's scores lie in each of the ranges between `edges`, below them and above."""
    if not edges:
        return {}
    space, own = names.metrics(names.project(), environment), (("Model", model),)
    bounds = ["", *(f"{edge:.10f}" for edge in edges), ""]
    ranges = [f"TC({low}:{high})" for low, high in pairwise(bounds)]
    stats = {"scores": "SampleCount", **{f"scores_{n}": stat for n, stat in enumerate(ranges)}}
    return {key: Metric(space, "Score", own, stat) for key, stat in stats.items()}


@dataclass(frozen=True)
class Before:
    """The live model in the day before a release.

    `rate` is of the endpoint's requests, per second of AWS's time; `base` each signal's share of failures;
    `phi` their dispersion; `latency_us` its p90 and p99; `score_edges` the deciles of its answers. What was
    not counted is absent.
    """

    rate: float
    base: dict[str, float]
    phi: dict[str, float]
    latency_us: dict[str, float]
    score_edges: list[float]


def before(environment: str, endpoint: str, config: str, model: str, now: float) -> Before:
    """What the last day, or as much as there is of it, says of the live model; `now` is AWS's.

    Raises ClientError.
    """
    own, since = fleet(endpoint, config), now - aws.real(DAY)
    timing = {one: Metric("AWS/SageMaker", "ModelLatency", own, one) for one in (*SLOW, "SampleCount")}
    space, answers = names.metrics(names.project(), environment), (("Model", model),)
    scores = {f"score {one}": Metric(space, "Score", answers, one) for one in (*DECILES, "SampleCount")}
    hours = measured.read(timing | scores, since=since, now=now, period=HOUR)
    middles = {one: measured.middle(hours[one], hours["SampleCount"]) for one in SLOW}
    latency_us = {one: value for one, value in middles.items() if value is not None}
    edges = {measured.middle(hours[f"score {one}"], hours["score SampleCount"]) for one in DECILES}
    everyone = {"everyone": Metric("AWS/SageMaker", "Invocations", fleet(endpoint, None), "Sum")}
    minutes = measured.read(counted(own, latency_us) | everyone, since=since, now=now, period=MINUTE)
    return Before(
        rate=rate(minutes["everyone"], aws.period(now, MINUTE)),
        base={signal: share(minutes, signal) for signal in SIGNALS if minutes.get(signal)},
        phi={signal: clumps(minutes, signal) for signal in SIGNALS if minutes.get(signal)},
        latency_us=latency_us,
        score_edges=sorted(edge for edge in edges if edge is not None),
    )


def rate(requests: Mapping[int, float], now: int) -> float:
    """Requests a second over the last hour's whole minutes, or those since the first that had any. Pure."""
    counted = {number: value for number, value in requests.items() if now - MINUTE <= number < now}
    return sum(counted.values()) / (MINUTE * (now - min(counted))) if counted else 0.0


def share(minutes: Mapping[str, Values], signal: str) -> float:
    """The share of requests that failed by `signal`. Pure."""
    asked = sum(minutes[among(minutes, signal)].values())
    return sum(minutes[signal].values()) / asked if asked else 0.0


def clumps(minutes: Mapping[str, Values], signal: str) -> float:
    """The dispersion of the failures by `signal`, 1 where they come one by one. Pure."""
    asked = minutes[among(minutes, signal)]
    periods = range(min(asked), max(asked) + 1) if asked else range(0)
    return dispersion(measured.row(minutes[signal], periods), measured.row(asked, periods))


@dataclass(frozen=True)
class Began:
    """When an update and the present bake of its fleet began, stamps of AWS."""

    update: float
    bake: float


def during(record: Record, service: Service, rules: Canary, *, began: Began, now: float) -> dict[str, Counts]:
    """Counts by signal of both fleets since the new one has traffic, or else since it should have: the bake.

    Ticks are periods of `rules.metric_seconds`; the last one is older than `rules.settled_seconds`. Before
    there is one, there is no signal. Scores are [ranges, ticks]. Raises ClientError.
    """
    plan = record.details["plan"]
    latency_us, edges, seconds = plan["latency_us"], plan.get("score_edges", []), rules.metric_seconds
    asked: dict[str, Metric] = {}
    for side, config, model in (
        ("old", record.config_before, plan["live_model"]),
        ("new", record.config_asked, record.model),
    ):
        metrics = counted(fleet(service.endpoint, config), latency_us)
        metrics |= scored(record.environment, model, edges)
        asked |= {f"{side} {key}": metric for key, metric in metrics.items()}
    found = measured.read(asked, since=began.update, now=now, period=seconds)
    first, last = aws.period(began.bake, seconds) + 1, settled(found, now, rules)
    return lay(found, range(min(found["new requests"], default=first), last + 1), ranges=len(edges))


def settled(found: Mapping[str, Values], now: float, rules: Canary) -> int:
    """The newest period that may be judged: all of it is `settled_seconds` old. Pure.

    Now is the later of AWS's stamp, which is in whole seconds, and of the newest period found: neither can
    lie ahead of AWS's clock, and where time runs fast a second is long.
    """
    newest = max((number for values in found.values() for number in values), default=0)
    present = max(now * aws.SPEED, newest * rules.metric_seconds)
    return int((present - rules.settled_seconds) // rules.metric_seconds) - 1


def lay(found: Mapping[str, Values], periods: Sequence[int], *, ranges: int) -> dict[str, Counts]:
    """Both fleets' values side by side in `periods`, by signal. Pure."""
    if not periods:
        return {}
    signals = {
        signal: _side_by_side(found, among(found, signal, ("new ", "old ")), signal, periods)
        for signal in SIGNALS
        if f"new {signal}" in found
    }
    if ranges and found["new scores"] and found["old scores"]:
        signals["scores"] = _stacked(
            [_side_by_side(found, "scores", f"scores_{n}", periods) for n in range(ranges + 1)]
        )
    return signals


def _side_by_side(found: Mapping[str, Values], of: str, signal: str, periods: Sequence[int]) -> Counts:
    keys = (f"new {of}", f"old {of}", f"new {signal}", f"old {signal}")
    return Counts(*(measured.row(found[key], periods) for key in keys))


def _stacked(ranges: Sequence[Counts]) -> Counts:
    """One Counts with the ranges as its first axis."""
    fields = ("canary", "stable", "canary_failed", "stable_failed")
    return Counts(*(np.stack([getattr(one, name) for one in ranges]) for name in fields))


def served(service: Service, config: str, *, since: float, now: float) -> tuple[int, int]:
    """A configuration's requests and 5xx since the stamp `since`, in whole minutes. Raises ClientError."""
    own = counted(fleet(service.endpoint, config), {})
    found = measured.read(
        {one: own[one] for one in ("requests", "errors")},
        since=since - aws.real(MINUTE),
        now=now,
        period=MINUTE,
    )
    return round(sum(found["requests"].values())), round(sum(found["errors"].values()))
