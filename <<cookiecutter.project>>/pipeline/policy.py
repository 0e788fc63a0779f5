"""`policy.toml`, parsed once: every number within its bound, or one sentence that says which is not."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pipeline import names
from pipeline.burn import Burn, burn
from pipeline.errors import UserError

Section = TypeVar("Section")
MOST_AN_HOUR = 1000  # US$ for one instance
PINNED, NEWEST = FOLLOWED = ("pinned", "newest")
RULES = (  # of the gate; gate.worsening adds one for each of its metrics
    "rows",
    "same_rows",
    "known_in_time",
    "overlap",
    "base_rate",
    "champion",
    "segments",
    "protected",
    "too_good",
)
CLOUDWATCH_PERIOD = 60  # SageMaker publishes invocation metrics once a minute


def between(low: float, high: float) -> Any:
    """A number from `low` to `high`, both allowed."""
    return field(metadata={"bound": (low, high)})


def table(low: float, high: float) -> Any:
    """Names, each with a number from `low` to `high`."""
    return field(metadata={"table": (low, high)})


def names_of(kind: type) -> Any:
    """One name, a str, or a list of them, a tuple."""
    return field(metadata={"names": kind})


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
    """A guarded update. Bounds: API shapes CapacitySize, WaitIntervalInSeconds; at most half of the fleet."""

    share: float = between(0.01, 0.5)
    period_seconds: int = between(60, 3600)
    periods: int = between(1, 10)
    max_error_rate: float = between(0.001, 0.99)
    bake_seconds: int = between(1, 3600)
    final_seconds: int = between(0, 3600)


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
class Staging:
    """How long staging's endpoint stays up after its last release."""

    lifetime_hours: float = between(0.5, 720)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The whole file."""

    data: Data
    gate: Gate
    canary: Canary
    slo: Slo
    staging: Staging
    costs: Mapping[str, float]  # US$ an hour, by instance type


def load(root: Path | None = None) -> Policy:
    """The policy of the project in `root`, or of the working directory. Raises UserError."""
    path = (root or names.root()) / "policy.toml"
    try:
        return parse(tomllib.loads(path.read_text()))
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing: restore it from git") from error
    except ValueError as error:  # not TOML, or not even text
        raise UserError(f"policy.toml is not TOML: {error}") from error


def parse(document: dict[str, Any]) -> Policy:
    """The policy in `document`. Raises UserError naming the key, its bound, and what to write instead."""
    _same_keys("", set(get_type_hints(Policy)), set(document))
    sections = {key: kind for key, kind in get_type_hints(Policy).items() if key != "costs"}
    policy = Policy(
        **{key: _section(key, kind, document[key]) for key, kind in sections.items()},
        costs=_costs(document["costs"]),
    )
    _check_gate(policy.gate)
    _check_canary(policy.canary)
    _check_slo(policy.slo)
    return policy


def _check_gate(gate: Gate) -> None:
    """Every metric is known, and one that may be worse has a worse."""
    from model.metrics import METRICS  # here, because numpy takes a tenth of a second

    ordered = [name for name, metric in METRICS.items() if metric.better]
    asked = {"gate.metric": [gate.metric], "gate.gaps": gate.gaps, "gate.off": gate.off}
    asked |= {f"gate.{key}": getattr(gate, key) for key in ("worsening", "segment_worsening")}
    known = {"gate.gaps": list(METRICS), "gate.off": [*RULES, *gate.worsening]}
    for key, given in asked.items():
        for name in given:
            if name not in known.get(key, ordered):
                choices = ", ".join(known.get(key, ordered))
                raise UserError(
                    f"policy.toml: {key} names {name!r}, which is unknown: write one of {choices}"
                )


def _check_canary(canary: Canary) -> None:
    if canary.period_seconds % CLOUDWATCH_PERIOD:
        raise UserError(
            f"policy.toml: canary.period_seconds = {canary.period_seconds} is no multiple of "
            f"{CLOUDWATCH_PERIOD}, the seconds between two metrics of an endpoint: write 60, 120, …"
        )
    least = (canary.periods + 1) * canary.period_seconds
    if canary.bake_seconds < least:
        raise UserError(
            f"policy.toml: canary.bake_seconds = {canary.bake_seconds} ends before the alarm can fire: write "
            f"at least {least}, which is (periods + 1) * period_seconds"
        )


def _check_slo(slo: Slo) -> None:
    fast, slow = slo.burns()
    for one in (fast, slow):
        if one.errors >= 1:
            raise UserError(
                f"policy.toml: slo.{one.name}_budget = {getattr(slo, one.name + '_budget'):g} would need "
                f"{one.errors:.0%} of the requests to fail, so its alarm could never fire: write less, or a "
                f"higher slo.availability than {slo.availability:g}"
            )
    if fast.long_seconds >= slow.long_seconds or fast.rate <= slow.rate:
        raise UserError(
            f"policy.toml: slo.fast_hours = {slo.fast_hours} with fast_budget = {slo.fast_budget:g} is no "
            f"faster than slo.slow_hours = {slo.slow_hours} with slow_budget = {slo.slow_budget:g}: write "
            "fewer fast_hours, and a fast_budget that burns faster"
        )
    if slo.latency_p50_ms > slo.latency_p95_ms:
        raise UserError(
            f"policy.toml: slo.latency_p50_ms = {slo.latency_p50_ms:g} is above slo.latency_p95_ms = "
            f"{slo.latency_p95_ms:g}, and a median is never above a 95th percentile: write at most "
            f"{slo.latency_p95_ms:g}"
        )


def _section(name: str, kind: type[Section], values: Any) -> Section:
    """One table of the file as its dataclass."""
    if not isinstance(values, dict):
        raise UserError(f"policy.toml: {name} is not a table: write [{name}] above its keys")
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
    _same_keys(f"{name}.", set(known), set(values))
    hints = get_type_hints(kind)
    return kind(
        **{key: _value(f"{name}.{key}", hints[key], known[key], value) for key, value in values.items()}
    )


def _costs(values: Any) -> dict[str, float]:
    """The table of prices; AWS has more instance types than a dataclass could name."""
    if not isinstance(values, dict):
        raise UserError("policy.toml: costs is not a table: write [costs] above its prices")
    for kind, price in values.items():
        if not re.fullmatch(r"ml(\.[a-z0-9-]+){2}", kind):
            raise UserError(f'policy.toml: costs has {kind}: write an instance type such as "ml.m5.large"')
        if not isinstance(price, int | float) or isinstance(price, bool) or not 0 <= price <= MOST_AN_HOUR:
            raise UserError(
                f"policy.toml: costs.{kind} = {price!r} is out of bounds: "
                f"write US$ an hour from 0 to {MOST_AN_HOUR}"
            )
    return {kind: float(price) for kind, price in values.items()}


def _same_keys(prefix: str, known: set[str], given: set[str]) -> None:
    if unknown := sorted(given - known):
        raise UserError(
            f"policy.toml: unknown key {prefix}{unknown[0]}: write one of {', '.join(sorted(known))}"
        )
    if missing := sorted(known - given):
        raise UserError(f"policy.toml: {prefix}{missing[0]} is missing: write it back")


def _value(key: str, kind: type, item: "Field[Any]", value: Any) -> Any:
    """`value` if it has the right type and lies within the field's bound."""
    if choices := item.metadata.get("choices"):
        if value not in choices:
            raise UserError(f"policy.toml: {key} = {value!r} is unknown: write one of {', '.join(choices)}")
        return value
    if named := item.metadata.get("names"):
        return _names(key, named, value)
    if bound := item.metadata.get("table"):
        if not isinstance(value, dict):
            raise UserError(f"policy.toml: {key} is not a table: write [{key}] above its keys")
        return {name: _number(f"{key}.{name}", float, bound, number) for name, number in value.items()}
    return _number(key, kind, item.metadata["bound"], value)


def _names(key: str, kind: type, value: Any) -> Any:
    """One name as a str, or a list of them as a tuple."""
    if kind is str and isinstance(value, str):
        return value
    if kind is tuple and isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    wanted = "a name in quotes" if kind is str else 'names in a list, such as ["one", "two"] or []'
    raise UserError(f"policy.toml: {key} = {value!r} is something else: write {wanted}")


def _number(key: str, kind: type, bound: tuple[float, float], value: Any) -> Any:
    """`value` if it is a number within `bound`; whole where `kind` is int."""
    low, high = bound
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = kind is int
    if not number or not low <= value <= high or (whole and value != int(value)):
        what = "whole number" if whole else "number"
        raise UserError(
            f"policy.toml: {key} = {value!r} is out of bounds: write a {what} from {low} to {high}"
        )
    return kind(value)
