"""Whether a statement's Condition holds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html has the
operators, reference_policies_condition-single-vs-multi-valued-context-keys.html beside it what ForAnyValue and
ForAllValues mean. A value of a request that an operator cannot read fits nothing.
"""

import base64
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sandbox.access.matching import arn_like, like, listed, resolved
from sandbox.access.question import Context


class BadPolicy(Exception):
    """A policy that AWS would not accept; the message says what is wrong with it."""


@dataclass(frozen=True)
class _Operator:
    """How values are read (raising ValueError on those that are none), how compared, and what a value looks like."""

    read: Callable[[str], Any]
    compare: Callable[[Any, Any], bool]  # of a policy's value and a request's
    form: str = "text"


def _moment(text: str) -> datetime:
    """ISO 8601, in UTC unless it says otherwise, or seconds since 1970."""
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _network(text: str) -> IPv4Network | IPv6Network:
    """A block of addresses; a single one is a block too."""
    return ip_network(text, strict=False)


def _within(block: IPv4Network | IPv6Network, given: IPv4Network | IPv6Network) -> bool:
    return block.version == given.version and given.subnet_of(block)  # type: ignore[arg-type]  # of one version


def _octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {  # the policy's value stands first
    "Equals": operator.eq,
    "LessThan": operator.gt,
    "LessThanEquals": operator.ge,
    "GreaterThan": operator.lt,
    "GreaterThanEquals": operator.le,
}
_OPERATORS: dict[str, _Operator] = {
    "StringEquals": _Operator(str, operator.eq),
    "StringEqualsIgnoreCase": _Operator(str.lower, operator.eq),
    "StringLike": _Operator(str, like),
    "ArnEquals": _Operator(str, arn_like),  # AWS: ArnEquals and ArnLike behave identically
    "ArnLike": _Operator(str, arn_like),
    "Bool": _Operator(str.lower, operator.eq),
    **{f"Numeric{word}": _Operator(float, compare, "a number") for word, compare in _ORDER.items()},
    **{
        f"Date{word}": _Operator(_moment, compare, "a time such as 2026-01-31T00:00:00Z, or seconds since 1970")
        for word, compare in _ORDER.items()
    },
    "BinaryEquals": _Operator(_octets, operator.eq, "base64"),
    "IpAddress": _Operator(_network, _within, "an address or block such as 203.0.113.0/24"),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}


def check(condition: Any) -> None:
    """Raises BadPolicy on what `holds` could not judge: other than a mapping of operators to keys to values.

    Values with policy variables are known only when a request is there.
    """
    if not isinstance(condition, Mapping) or not all(isinstance(pairs, Mapping) for pairs in condition.values()):
        raise BadPolicy('a Condition is no object of operators: write {"StringEquals": {"KEY": "VALUE"}}')
    for name, pairs in condition.items():
        if name == "Null":
            continue
        known = _operator(name)
        for word in _words(pairs.values()):
            if "${" not in word and _read(known, word) is None:
                raise BadPolicy(f"the condition operator {name} has the value {word}: write {known.form}")


def holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether every operator holds for every key. Names of keys count in any case.

    Raises BadPolicy on an operator that IAM does not know.
    """
    given = {key.lower(): values for key, values in context.items()}
    return all(
        _holds(name, list(_words([wanted])), given.get(key.lower(), ()), context)
        for name, pairs in condition.items()
        for key, wanted in pairs.items()
    )


def _words(values: Any) -> Iterator[str]:
    for value in values:
        for word in listed(value):
            yield str(word).lower() if isinstance(word, bool) else str(word)


def _holds(name: str, wanted: list[str], given: tuple[str, ...], context: Context) -> bool:
    """One operator on one key: what is absent is false to it, and true to its negation."""
    if name == "Null":
        return (not given) == (wanted == ["true"])
    known = _operator(name)
    quantifier, _, bare = name.rpartition(":")
    plain = bare.removesuffix("IfExists")
    negated = plain in _NEGATED
    if not given:
        return bare != plain or quantifier == "ForAllValues" or (negated and not quantifier)
    patterns = [pattern for word in wanted if (pattern := resolved(word, context)) is not None]
    fitting = [any(_fits(known, pattern, value) for pattern in patterns) != negated for value in given]
    one_is_enough = quantifier == "ForAnyValue" or (not quantifier and not negated)
    return any(fitting) if one_is_enough else all(fitting)


def _operator(name: str) -> _Operator:
    quantifier, _, bare = name.rpartition(":")
    plain = bare.removesuffix("IfExists")
    found = _OPERATORS.get(_NEGATED.get(plain, plain))
    if found is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise BadPolicy(f"a policy's condition has the operator {name}, which is none of IAM's: write {_known()}")
    return found


def _fits(known: _Operator, pattern: str, value: str) -> bool:
    wanted, given = _read(known, pattern), _read(known, value)
    return wanted is not None and given is not None and known.compare(wanted, given)


def _read(known: _Operator, text: str) -> Any:
    """None when it cannot be read."""
    try:
        return known.read(text)
    except (ValueError, OverflowError):
        return None


def _known() -> str:
    return f"one of {', '.join([*_OPERATORS, *_NEGATED, 'Null'])}, with IfExists, ForAnyValue: or ForAllValues:"
