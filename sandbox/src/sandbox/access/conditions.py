"""Whether a statement's Condition holds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html has the
operators, reference_policies_condition-single-vs-multi-valued-context-keys.html beside it what ForAnyValue and
ForAllValues mean.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.access.matching import arn_like, like, listed, resolved
from sandbox.access.question import Context

Compare = Callable[[str, str], bool]  # of a policy's value and a request's


class BadPolicy(Exception):
    """A policy that AWS would not accept; the message says what is wrong with it."""


def _number(compare: Callable[[float, float], bool]) -> Compare:
    return lambda wanted, given: compare(float(given), float(wanted))


def _date(compare: Callable[[datetime, datetime], bool]) -> Compare:
    return lambda wanted, given: compare(datetime.fromisoformat(given), datetime.fromisoformat(wanted))


def _same_in_any_case(wanted: str, given: str) -> bool:
    return wanted.lower() == given.lower()


_OPERATORS: dict[str, Compare] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": _same_in_any_case,
    "StringLike": like,
    "ArnEquals": arn_like,  # AWS: ArnEquals and ArnLike behave identically
    "ArnLike": arn_like,
    "Bool": _same_in_any_case,
    "NumericEquals": _number(operator.eq),
    "NumericLessThan": _number(operator.lt),
    "NumericLessThanEquals": _number(operator.le),
    "NumericGreaterThan": _number(operator.gt),
    "NumericGreaterThanEquals": _number(operator.ge),
    "DateLessThan": _date(operator.lt),
    "DateGreaterThan": _date(operator.gt),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether every operator holds for every key. Names of keys count in any case.

    Raises BadPolicy on an operator that IAM does not know.
    """
    given = {key.lower(): values for key, values in context.items()}
    return all(
        _holds(name, [_text(word) for word in listed(wanted)], given.get(key.lower(), ()), context)
        for name, pairs in condition.items()
        for key, wanted in pairs.items()
    )


def _text(word: Any) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)


def _holds(name: str, wanted: list[str], given: tuple[str, ...], context: Context) -> bool:
    """One operator on one key: what is absent is false to it, and true to its negation."""
    if name == "Null":
        return (not given) == (wanted == ["true"])
    quantifier, _, bare = name.rpartition(":")
    plain = bare.removesuffix("IfExists")
    negated = plain in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(plain, plain))
    if compare is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise BadPolicy(f"a policy's condition has the operator {name}, which is none of IAM's: write {_known()}")
    if not given:
        return bare != plain or quantifier == "ForAllValues" or (negated and not quantifier)
    patterns = [pattern for word in wanted if (pattern := resolved(word, context)) is not None]
    fitting = [any(compare(pattern, value) for pattern in patterns) != negated for value in given]
    one_is_enough = quantifier == "ForAnyValue" or (not quantifier and not negated)
    return any(fitting) if one_is_enough else all(fitting)


def _known() -> str:
    return f"one of {', '.join([*_OPERATORS, *_NEGATED, 'Null'])}, with IfExists, ForAnyValue: or ForAllValues:"
