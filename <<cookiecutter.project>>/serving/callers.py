"""What callers send, held against the model's signature: what it refuses, does not use, or has never seen."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.scoring import Column
from serving.captured import Event
from serving.requests import Columns, RequestError, parse_all

PLACE = re.compile(r"^(?:\$\.instances\[\d+\]\.?|row \d+: )")  # of a row in its request, in a sentence
SENTENCES, NAMES, VALUES = 20, 50, 1000  # different ones that are counted apart; callers may send any number
SENTENCE, NAME, VALUE = 200, 60, 40  # characters of one
OTHERS = "others"


@dataclass
class Callers:
    """What was seen so far; every count is of rows.

    `columns` are the signature's, `vocabulary` has the values that training saw of each category, `used`
    names columns that the model does not know and a monitor does.
    """

    columns: Sequence[Column]
    vocabulary: Mapping[str, Sequence[str]]
    used: Collection[str]
    rows: int = 0
    refused: int = 0
    why: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    nulls: Counter[str] = field(default_factory=Counter)
    unseen: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The values of each category, to be looked up."""
        self._known = {name: {None, *values} for name, values in self.vocabulary.items()}
        self.unseen = {name: Counter() for name in self._known}

    def read(self, found: Event) -> Columns | None:
        """The rows of a request, by column, with those of `used`; None when the signature refuses them."""
        try:
            known, others = parse_all(found.body, found.content_type, self.columns)
        except RequestError as error:
            rows = rows_of(found.body)
            self.refused += rows
            _count(self.why, PLACE.sub("", str(error))[:SENTENCE], rows, SENTENCES)
            return None
        for name, values in others.items():
            if name not in self.used:
                _count(self.unknown, name[:NAME], len(values) - values.count(None), NAMES)
        self.rows += len(next(iter(known.values())))
        for name, values in known.items():
            self.nulls[name] += values.count(None)
        for name, seen in self._known.items():
            for value in known[name]:
                if value not in seen:
                    _count(self.unseen[name], value[:VALUE], 1, VALUES)
        return known | {name: values for name, values in others.items() if name in self.used}


def rows_of(body: bytes) -> int:
    """About how many rows a refused body has; at least one, as somebody wanted an answer."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return max(1, len([line for line in body.splitlines() if line.strip()]))
    rows: Any = found.get("instances") if isinstance(found, dict) else None
    return max(1, len(rows)) if isinstance(rows, list) else 1


def printable(text: str) -> str:
    """Text of callers as anything can show it: what is no character is a blank."""
    return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)


def _count(counter: Counter[str], name: str, rows: int, most: int) -> None:
    """Add rows under a name, or under OTHERS when there are `most` names already."""
    name = printable(name)
    if rows:
        counter[name if name in counter or len(counter) < most else OTHERS] += rows
