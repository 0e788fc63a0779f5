"""The expressions of a row, evaluated."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jmespath  # type: ignore[import-untyped]
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

from sandbox.unknown import UNKNOWN

Facts = Mapping[str, Any]


def value(expression: str, facts: Facts) -> Any:
    """What `expression` finds in `facts`; unknown when a function meets what is not known yet."""
    try:
        return _compiled(expression).search(facts)
    except JMESPathError:
        if _is_partly_unknown(facts):
            return UNKNOWN
        raise


def holds(expression: str, facts: Facts) -> bool:
    """Whether `expression` is true of `facts`, as JMESPath has it: 0 is; what is unknown counts as there."""
    found = value(expression, facts)
    return found is not None and found is not False and found not in ("", [], {})


def members(expressions: Mapping[str, str], facts: Facts) -> dict[str, Any]:
    """The value of each expression; null is left out, at any depth."""
    found = {path: tidy(value(expression, facts)) for path, expression in expressions.items()}
    return {path: item for path, item in found.items() if item is not None}


def inputs_of(*expressions: str) -> set[str]:
    """The properties that expressions read. `untagged` is what `tags` no longer holds."""
    text = " ".join(expressions)
    return set(re.findall(r"inputs\.(\w+)", text)) | ({"tags"} if "untagged" in text else set())


def tidy(found: Any) -> Any:
    """`found` without the nulls in its blocks."""
    if isinstance(found, Mapping):
        return {name: tidy(item) for name, item in found.items() if item is not None}
    return [tidy(item) for item in found] if isinstance(found, list) else found


def _is_partly_unknown(facts: Any) -> bool:
    if isinstance(facts, Mapping):
        return any(_is_partly_unknown(item) for item in facts.values())
    if isinstance(facts, list):
        return any(_is_partly_unknown(item) for item in facts)
    return facts is UNKNOWN


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)
