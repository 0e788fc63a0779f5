"""What an endpoint was asked and answered in a window, joined with the labels that came, block by block."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from model import metrics
from model.labels import MALFORMED, UNMATCHED, Labels
from serving.blocks import WHOLE, Blocks, Part
from serving.callers import Callers
from serving.captured import UNANSWERED, Event, short

UNTIMED, EARLY, AMBIGUOUS = "untimed", "early", "ambiguous"
SKEW = 300.0  # seconds: AWS refuses a call whose clock is further off, so two of its clocks are closer


@dataclass(frozen=True, kw_only=True)
class Window:
    """From `since` to `now`, and how long a block is: seconds. A block begins at a multiple of its length."""

    since: float
    now: float
    block: float

    def place(self, at: float | None) -> int | str:
        """The number of the block that a time is in, or why it is in none."""
        if at is None or at > self.now + SKEW:
            return UNTIMED
        return EARLY if at < self.since else int(at // self.block)


@dataclass
class Traffic:
    """The requests so far; `skipped` counts what was left out. An answer lies from `low` to `high`."""

    window: Window
    labels: Labels
    callers: Callers
    blocks: Blocks
    low: float
    high: float
    skipped: Counter[str]
    requests: int = 0
    _met: set[str] = field(default_factory=set)
    _given: set[bytes] = field(default_factory=set)  # ids of callers, which need not be each request's own

    def take(self, found: Event) -> None:
        """Take in one request."""
        known = self._labels(found)
        block = self.window.place(found.at)
        if isinstance(block, str):
            self.skipped[block] += 1
            return
        self.requests += 1
        self.blocks.parts.setdefault(block, {WHOLE: Part()})
        if (rows := self.callers.read(found)) is None:
            return
        count = len(next(iter(rows.values())))
        scores = self._scores(found, count)
        if known is not None and (len(known) != count or not all(map(is_label, known))):
            self.skipped[MALFORMED] += 1
            known = None
        self.blocks.add(block, rows, scores, known)

    def end(self) -> None:
        """Count what waits, and the labels of requests that were not among those captured."""
        self.blocks.flush()
        self.skipped += self.labels.skipped
        self.skipped[UNMATCHED] = len({*self.labels.of, *self.labels.conflicting} - self._met)

    def _labels(self, found: Event) -> Sequence[float] | None:
        """The labels under the caller's id, else under the event's; an id that was used before has none."""
        ids = [one for one in (found.inference, found.event) if one is not None]
        self._met.update(one for one in ids if one in self.labels.of or one in self.labels.conflicting)
        if found.inference is not None:
            given = short(found.inference)
            if given in self._given:
                self.skipped[AMBIGUOUS] += 1
                return None
            self._given.add(given)
        return next((self.labels.of[one] for one in ids if one in self.labels.of), None)

    def _scores(self, found: Event, count: int) -> Sequence[float] | None:
        scores = found.predictions
        if scores is None or len(scores) != count or not all(self.low <= one <= self.high for one in scores):
            self.skipped[UNANSWERED] += 1
            return None
        return scores


@lru_cache(maxsize=4096)
def is_label(value: float) -> bool:
    """Whether the metrics count a row with this label, and stay finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        tally = metrics.tally(np.array([value]), np.array([value]))
    return bool(metrics.rows(tally) == 1) and bool(np.isfinite(tally).all())
