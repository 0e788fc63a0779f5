"""`policy.toml`, parsed once: every number within its bound, or one sentence that says which is not."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pipeline import names, runbook
from pipeline.errors import UserError
from pipeline.sections import (
    Approval,
    Backstop,
    Canary,
    Data,
    Gate,
    Monitor,
    Releases,
    Replay,
    Retrain,
    Shadow,
    Slo,
    Staging,
)

Section = TypeVar("Section")
MOST_AN_HOUR = 1000  # US$ for one instance
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
TRIGGERS = ("inputs", "data", "age")  # of a retrain; monitor.worsening adds one for each of its metrics
CLOUDWATCH_PERIOD = 60  # seconds; an alarm on a metric of AWS takes multiples of it


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The whole file."""

    data: Data
    gate: Gate
    canary: Canary
    backstop: Backstop
    replay: Replay
    shadow: Shadow
    approval: Approval
    releases: Releases
    slo: Slo
    monitor: Monitor
    retrain: Retrain
    staging: Staging
    costs: Mapping[str, float]  # US$ an hour, by instance type
    owners: Mapping[str, str]  # who answers, by the alarm's kind


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
    sections = {key: kind for key, kind in get_type_hints(Policy).items() if key not in ("costs", "owners")}
    policy = Policy(
        **{key: _section(key, kind, document[key]) for key, kind in sections.items()},
        costs=_costs(document["costs"]),
        owners=_owners(document["owners"]),
    )
    _check_metrics(policy)
    _check_canary(policy.canary, policy.backstop)
    _check_slo(policy.slo)
    _check_owners(policy)
    return policy


def _check_metrics(policy: Policy) -> None:
    """Every metric that gate and monitor name is known, and one that may be worse has a worse."""
    from model.metrics import METRICS  # here, because numpy takes a tenth of a second

    gate, worsening = policy.gate, policy.monitor.worsening
    ordered = [name for name, metric in METRICS.items() if metric.better]
    asked = {"gate.metric": [gate.metric], "gate.gaps": gate.gaps, "gate.off": gate.off}
    asked |= {f"gate.{key}": getattr(gate, key) for key in ("worsening", "segment_worsening")}
    asked |= {"monitor.worsening": worsening, "retrain.on": policy.retrain.on}
    known = {
        "gate.gaps": list(METRICS),
        "gate.off": [*RULES, *gate.worsening],
        "retrain.on": [*worsening, *TRIGGERS],
    }
    for key, given in asked.items():
        for name in given:
            if name not in known.get(key, ordered):
                choices = ", ".join(known.get(key, ordered))
                raise UserError(
                    f"policy.toml: {key} names {name!r}, which is unknown: write one of {choices}"
                )


def _check_canary(canary: Canary, backstop: Backstop) -> None:
    for key, value in (
        ("canary.heartbeat_seconds", canary.heartbeat_seconds),
        ("backstop.period_seconds", backstop.period_seconds),
    ):
        if value % CLOUDWATCH_PERIOD:
            raise UserError(
                f"policy.toml: {key} = {value} is no multiple of {CLOUDWATCH_PERIOD}, the seconds of an "
                "alarm's period: write 60, 120, …"
            )
    least = max(
        (max(backstop.periods, backstop.latency_periods) + 1) * backstop.period_seconds,
        canary.heartbeat_seconds + CLOUDWATCH_PERIOD,
    )
    if canary.shortest_seconds < least:
        raise UserError(
            f"policy.toml: canary.shortest_seconds = {canary.shortest_seconds} ends before every alarm can "
            f"fire: write at least {least}"
        )
    if canary.longest_seconds < canary.shortest_seconds:
        raise UserError(
            f"policy.toml: canary.longest_seconds = {canary.longest_seconds} is less than "
            f"canary.shortest_seconds = {canary.shortest_seconds}: write at least as much"
        )
    if canary.detect <= canary.base * canary.times:
        raise UserError(
            f"policy.toml: canary.detect = {canary.detect:g} is no more than canary.times * canary.base = "
            f"{canary.times * canary.base:g}, which is healthy: write more"
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


def _check_owners(policy: Policy) -> None:
    """Every alarm has an owner, and every owner an alarm."""
    kinds = set(runbook.kinds(policy.monitor.worsening))
    if nobodys := sorted(kinds - set(policy.owners)):
        raise UserError(
            f"policy.toml: owners.{nobodys[0]} is missing, and an alarm that is nobody's wakes nobody: "
            f'write {nobodys[0]} = "the name of a team" below [owners]'
        )
    if unknown := sorted(set(policy.owners) - kinds):
        raise UserError(
            f"policy.toml: owners.{unknown[0]} is no alarm's: write one of {', '.join(sorted(kinds))}"
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


def _owners(values: Any) -> dict[str, str]:
    """The table of owners, by the kind of an alarm."""
    if not isinstance(values, dict):
        raise UserError("policy.toml: owners is not a table: write [owners] above its names")
    for kind, owner in values.items():
        if not isinstance(owner, str) or not owner.strip():
            raise UserError(f"policy.toml: owners.{kind} = {owner!r} is nobody: write a name in quotes")
    return dict(values)


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
            raise UserError(
                f"policy.toml: {key} = {value!r} is unknown: write one of {', '.join(map(str, choices))}"
            )
        return value
    if item.metadata.get("switch"):
        if not isinstance(value, bool):
            raise UserError(f"policy.toml: {key} = {value!r} is neither: write true or false")
        return value
    if top := item.metadata.get("folder"):
        return _folder(key, top, value)
    if named := item.metadata.get("names"):
        return _names(key, named, value)
    if bound := item.metadata.get("table"):
        if not isinstance(value, dict):
            raise UserError(f"policy.toml: {key} is not a table: write [{key}] above its keys")
        return {name: _number(f"{key}.{name}", float, bound, number) for name, number in value.items()}
    return _number(key, kind, item.metadata["bound"], value)


def _folder(key: str, top: str, value: Any) -> str:
    """A folder of the bucket, at or below `top`."""
    if not isinstance(value, str) or not re.fullmatch(rf"{re.escape(top)}([A-Za-z0-9._-]+/)*", value):
        raise UserError(f'policy.toml: {key} = {value!r} is no such folder: write "{top}", or one below it')
    return value


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
