"""Candidate, champion and base rate side by side, with intervals. Pure, from evaluation documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from model import metrics
from pipeline import intervals
from pipeline.command import Document
from pipeline.intervals import Floats, Interval

WHOLE = "all"  # the name that an evaluation gives to the tallies of all rows
Values = dict[str, float]


@dataclass(frozen=True)
class Segment:
    """One part of the rows; `lead` is how much better than the champion every metric is there."""

    name: str
    rows: int
    candidate: Values
    champion: Values
    leads: Mapping[str, Interval]


def lead(name: str, difference: Interval) -> Interval:
    """A difference turned so that more is better."""
    return difference.turned() if metrics.METRICS[name].better == "lower" else difference


def same_rows(candidate: Document, champion: Document) -> bool:
    """Whether both were scored on the same rows, and counted in the same way."""
    return rows_of(candidate) == rows_of(champion) and readable(champion) and readable(candidate)


def rows_of(document: Document) -> str:
    """What was scored: manifest, number of rows, first and last moment."""
    window = document["window"]
    return f"{document['manifest_sha256'][:12]}, {document['rows']} rows, {window['from']} to {window['to']}"


def readable(document: Document) -> bool:
    """Whether this tree's model/metrics.py understands the tallies of an evaluation."""
    try:
        intervals.read(document["tallies"][WHOLE], [])
    except (KeyError, TypeError, ValueError):
        return False
    return True


class Comparison:
    """What two evaluations of the same rows say; without a champion, of one against the base rate.

    A champion that was scored on other rows counts as none.
    """

    def __init__(self, candidate: Document, champion: Document | None) -> None:
        """Take the documents; intervals are computed when they are asked for, and once."""
        champion = champion if champion and same_rows(candidate, champion) else None
        self.tallies = candidate["tallies"]
        self.others = champion["tallies"] if champion else {}
        self.days = sorted(self.tallies[WHOLE])
        self._candidate = self._read(self.tallies[WHOLE])
        self._champion = self._read(self.others[WHOLE]) if champion else None
        self._baseline = self._read(candidate["baseline_tallies"][WHOLE])

    @cached_property
    def candidate(self) -> Values:
        """Every metric of the candidate."""
        return _values(self._candidate)

    @cached_property
    def champion(self) -> Values | None:
        """Every metric of the champion."""
        return None if self._champion is None else _values(self._champion)

    @cached_property
    def baseline(self) -> Values:
        """Every metric of the base rate."""
        return _values(self._baseline)

    @cached_property
    def to_champion(self) -> dict[str, Interval]:
        """How much more every metric is than the champion's; nothing without one."""
        return {} if self._champion is None else intervals.differences(self._candidate, self._champion)

    @cached_property
    def to_baseline(self) -> dict[str, Interval]:
        """How much more every metric is than the base rate's."""
        return intervals.differences(self._candidate, self._baseline)

    @cached_property
    def segments(self) -> list[Segment]:
        """Every part of the rows that both have, in the candidate's order; none without a champion."""
        found = []
        for name in self.tallies:
            if name != WHOLE and name in self.others:
                ours, theirs = self._read(self.tallies[name]), self._read(self.others[name])
                leads = {one: lead(one, way) for one, way in intervals.differences(ours, theirs).items()}
                rows = int(metrics.rows(ours.sum(0)))
                found.append(Segment(name, rows, _values(ours), _values(theirs), leads))
        return found

    def values_of(self, column: str, least: int) -> dict[str, Floats]:
        """The candidate's tallies [days, size] of each value of a column that has at least `least` rows."""
        read = {
            name: self._read(held) for name, held in self.tallies.items() if name.startswith(f"{column}=")
        }
        return {name: days for name, days in read.items() if metrics.rows(days.sum(0)) >= least}

    def _read(self, tallies: Document) -> Floats:
        return intervals.read(tallies, self.days)


def _values(days: Floats) -> Values:
    return {name: float(value) for name, value in metrics.values(days.sum(0)).items()}
