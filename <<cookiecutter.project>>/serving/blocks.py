"""Traffic by blocks of time and segments: rows, how their columns lie, what became of them. No row is kept.

Rows of one block wait until there are enough to be counted at once, which takes a hundredth of the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import metrics
from model.metrics import Floats
from model.profile import NULL, SCORE, Counts, Profile
from serving.callers import printable

WAITING = 65_536  # rows of all blocks together that wait to be counted: some 100 MB
NEW = 20  # values of a segment's column that nobody knows; rows of those beyond are in no segment
SHOWN = 40  # characters of one
WHOLE = "all"  # the part of a block that is every row
Columns = Mapping[str, Sequence[Any]]
Segments = Mapping[str, set[str]]  # the known values of each column that parts the rows


@dataclass
class Part:
    """All rows of a block, or those of a segment; `counts` are [profile.size], the tallies [metrics.SIZE]."""

    rows: int = 0
    labelled: int = 0
    counts: Counts | None = None
    tally: Floats | None = None
    expected: Floats | None = None


@dataclass
class Waiting:
    """Rows of one block that are not counted yet; NaN stands for a score or a label that there is not."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    labels: list[float] = field(default_factory=list)


@dataclass
class Blocks:
    """What was counted, by block and then by part: WHOLE, or a segment such as origin=JFK.

    Without a `profile` no column is counted. Without `judged`, the tally of an evaluation, or with metrics of
    which scores alone tell nothing, no loss is expected.
    """

    profile: Profile | None
    segments: Segments
    judged: Floats | None
    parts: dict[int, dict[str, Part]] = field(default_factory=dict)
    new: dict[str, list[str]] = field(default_factory=dict)  # values of the segments' columns
    _waiting: dict[int, Waiting] = field(default_factory=dict)
    _held: int = 0

    def __post_init__(self) -> None:
        """Which columns of a row are looked at."""
        counted = set(self.profile.columns) - {SCORE} if self.profile else set()
        self._kept = sorted(counted | set(self.segments))
        self._expected = getattr(metrics, "expected", None) if self.judged is not None else None

    def add(
        self, block: int, rows: Columns, scores: Sequence[float] | None, labels: Sequence[float] | None
    ) -> None:
        """Take in the rows [n] of a request, by column, with a score and a label for each, or None."""
        count = len(next(iter(rows.values())))
        missing = [np.nan] * count
        waiting = self._waiting.setdefault(block, Waiting())
        for name in self._kept:
            waiting.columns.setdefault(name, []).extend(rows.get(name) or [None] * count)
        waiting.scores.extend(missing if scores is None else scores)
        waiting.labels.extend(missing if scores is None or labels is None else labels)
        self._held += count
        if self._held >= WAITING:
            self.flush()

    def flush(self) -> None:
        """Count every row that waits."""
        for block, waiting in self._waiting.items():
            scores, labels = np.array(waiting.scores), np.array(waiting.labels)
            codes = self.profile.codes({**waiting.columns, SCORE: scores}) if self.profile else None
            parts = self.parts.setdefault(block, {})
            whole = parts.setdefault(WHOLE, Part())
            self._count(whole, codes, scores, labels)
            known = scores[~np.isnan(scores)]
            if self._expected and len(known):
                whole.expected = _sum(whole.expected, self._expected(known, self.judged))
            for name, at in self._segments(waiting.columns):
                of_part = None if codes is None else codes[at]
                self._count(parts.setdefault(name, Part()), of_part, scores[at], labels[at])
        self._waiting.clear()
        self._held = 0

    def _count(self, part: Part, codes: Counts | None, scores: Floats, labels: Floats) -> None:
        part.rows += len(scores)
        if self.profile and codes is not None:
            counts = np.bincount(codes.ravel(), minlength=self.profile.size)
            counts[self.profile.places[SCORE]][NULL] = 0  # a row without an answer says nothing of the others
            part.counts = _sum(part.counts, counts)
        known = ~np.isnan(labels)
        if known.any():
            part.labelled += int(known.sum())
            part.tally = _sum(part.tally, metrics.tally(labels[known], scores[known]))

    def _segments(self, columns: Columns) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Each segment with the places of its rows."""
        for column, known in sorted(self.segments.items()):
            places: dict[str, list[int]] = {}
            for place, value in enumerate(columns[column]):
                if value is not None:
                    places.setdefault(str(value)[:SHOWN], []).append(place)
            new = self.new.setdefault(column, [])
            for raw, at in sorted(places.items()):
                value = raw if raw in known else printable(raw)
                if value not in known and value not in new and len(new) < NEW:
                    new.append(value)
                if value in known or value in new:
                    yield f"{column}={value}", np.array(at)


def _sum(before: Any, found: Any) -> Any:
    return found if before is None else before + found
