"""The rule of a composite alarm: which states of other alarms mean ALARM.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html, AlarmRule: `ALARM(x)`,
`OK(x)`, `INSUFFICIENT_DATA(x)`, `TRUE`, `FALSE`, joined by AND, OR, NOT and parentheses; x is a name or an ARN,
in quotes where it has other characters than letters, digits and `-_.`. AT_LEAST is not in the sandbox.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from sandbox.world import ApiError

_TOKENS = re.compile(r"""\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*("[^"]+"|[^\s()"]+)\s*\)|(\w+|[()]))\s*""")
States = Mapping[str, str]  # of alarms, by name
Holds = Callable[[States], bool]


@dataclass(frozen=True)
class Rule:
    """A parsed rule: `holds(states)` says whether it is ALARM, `names` whom it asks."""

    holds: Holds
    names: tuple[str, ...]


@cache
def parse(text: str) -> Rule:
    """The rule. Raises ApiError ValidationError."""
    tokens = list(_tokens(text))
    names = tuple(token[1] for token in tokens if token[1])
    holds = _either(tokens)
    if tokens:
        raise _invalid(f"{tokens[0][0]} is not expected there")
    return Rule(holds, names)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Words, and states with the name of the alarm that they are asked of."""
    found, at = [], 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:
            raise _invalid(f"{text[at : at + 20]!r} cannot be read")
        state, name, word = match.groups()
        found.append((state, name.strip('"').rpartition(":alarm:")[2]) if state else (word, ""))
        at = match.end()
    return found


def _either(tokens: list[tuple[str, str]]) -> Holds:
    sides = [_both(tokens)]
    while tokens and tokens[0] == ("OR", ""):
        tokens.pop(0)
        sides.append(_both(tokens))
    return lambda states: any(side(states) for side in sides)


def _both(tokens: list[tuple[str, str]]) -> Holds:
    sides = [_one(tokens)]
    while tokens and tokens[0] == ("AND", ""):
        tokens.pop(0)
        sides.append(_one(tokens))
    return lambda states: all(side(states) for side in sides)


def _one(tokens: list[tuple[str, str]]) -> Holds:
    if not tokens:
        raise _invalid("it ends too early")
    word, name = tokens.pop(0)
    if name:
        return lambda states: states.get(name) == word
    if word in ("TRUE", "FALSE"):
        return lambda _: word == "TRUE"
    if word == "NOT":
        inner = _one(tokens)
        return lambda states: not inner(states)
    if word == "(":
        inner = _either(tokens)
        if not tokens or tokens.pop(0) != (")", ""):
            raise _invalid("a parenthesis is not closed")
        return inner
    raise _invalid(f"{word} is not expected there")


def _invalid(why: str) -> ApiError:
    return ApiError("ValidationError", f"AlarmRule is not valid: {why}.")
