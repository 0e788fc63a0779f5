"""Text and tables as GitHub's Markdown takes them. Pure.

Names come from data and sentences from verdicts: nothing in them may become markup, a mention or a link.
"""

import math
import re
from collections.abc import Sequence
from html import escape

from pipeline.picture import number

LONGEST = 300  # characters of one cell; the whole of it is in the verb's JSON
SPECIAL = re.compile(r"([\\`*_\[\]|~])")
TICKS = re.compile(r"`+")
LINKED = re.compile(r"(@|#|://|www\.)")  # GitHub turns what follows into a mention, an issue or a link
NOTHING = "-"
JOINT = "\u2060"  # a word joiner: not seen, and breaks what LINKED finds


def plain(text: str) -> str:
    """Text that reads as it is written, on one line; what stands between two backticks is a name."""
    parts = _short(text).split("`")
    if len(parts) % 2 == 0 or "" in parts[1::2]:
        return _escaped("`".join(parts))
    return "".join(code(part) if place % 2 else _escaped(part) for place, part in enumerate(parts))


def code(text: str) -> str:
    """A name in the typewriter's letters; also within a table, where a bar would end the cell."""
    return f"`{_short(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def fenced(text: str) -> str:
    """A difference in a fence that nothing in it ends; what does not print is left out."""
    clean = "".join(char for char in text if char.isprintable() or char in "\n\t").strip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in TICKS.findall(clean)), default=0))
    return f"{fence}diff\n{clean}\n{fence}"


def value(number_or_none: float | None) -> str:
    """A number with four decimals, or four digits where that says more; a dash where there is none."""
    if number_or_none is None or not math.isfinite(number_or_none):
        return NOTHING
    if number_or_none == 0 or 0.0001 <= abs(number_or_none) < 100:
        return f"{number_or_none:.4f}"
    return number(number_or_none)


def interval(pair: Sequence[float] | None) -> str:
    """Both ends in brackets; a dash where they are unknown."""
    return NOTHING if pair is None else f"[{value(pair[0])}, {value(pair[1])}]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> str:
    """A table of the first `most` rows, and below it how many more there are. Cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows[:most]]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    left = len(rows) - most
    return text if left <= 0 else f"{text}\n\n… and {left:,} more."


def listed(names: Sequence[str], most: int) -> str:
    """Names one after the other, the first `most` of them."""
    left = len(names) - most
    return ", ".join(map(code, names[:most])) + (f" and {left:,} more" if left > 0 else "")


def _escaped(text: str) -> str:
    return LINKED.sub(rf"\1{JOINT}", SPECIAL.sub(r"\\\1", escape(text, quote=False)))


def _short(text: str) -> str:
    begin = text[: 2 * LONGEST]  # most of a text that long is not looked at
    line = " ".join("".join(char if char.isprintable() else " " for char in begin).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
