"""What training's rows look like, day by day, and how far the rows of a window are from that. Numpy alone.

`model/train.py` leaves it beside the model, as reference.json, so that whoever has the model can tell whether
it is asked for what it has learned.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import permutation, profile
from model.permutation import FEWEST, Chosen
from model.profile import Column, Counts, Profile

FILE = "reference.json"
YEAR = 366  # days, of a leap year: a day counts from the first of March or January alike


class NoReferenceError(ValueError):
    """There is nothing to compare production with."""


@dataclass(frozen=True)
class Drift:
    """How far one column of a window is from the reference.

    `psi` is its stability index, `p` how likely a column as far off is where none drifts, None where that
    cannot be told, for the reason in `why`. `compared` counts the reference's rows that it was held against.
    """

    psi: float
    p: float | None
    why: str | None
    compared: Counts


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`counts` [d, size] are training's rows of each of `days`; of `segments`, such as origin=JFK, the same.

    `budgets` has the largest share of missing values of each column that may have any.
    """

    profile: Profile
    days: tuple[date, ...]
    counts: Counts
    segments: Mapping[str, Counts]
    seasonal: frozenset[str]
    budgets: Mapping[str, float]

    def drifts(
        self,
        blocks: Counts,
        days: Sequence[date],
        *,
        season_days: int,
        deals: int = permutation.DEALS,
        segment: str | None = None,
    ) -> dict[str, Drift]:
        """Of every column, for a window's rows per block, `blocks` [w, size] with the day of each.

        A seasonal column is compared with the days of the reference that lie within `season_days` of one of
        the window's in the year, before it and after it: days from one side alone would show the season as
        drift. Blocks without rows are no blocks. Raises KeyError for an unknown segment.
        """
        reference, ours = self._with_rows(
            self.counts if segment is None else self.segments[segment], self.days
        )
        window, theirs = self._with_rows(blocks, days)
        offsets = _offsets(ours, theirs)
        season: Chosen = np.any(np.abs(offsets) <= season_days, axis=1)
        everything = np.ones(len(reference), dtype=bool)
        near = {name: season if name in self.seasonal else everything for name in self.profile.columns}
        few = _too_few(len(window), len(reference))
        why = {name: few or (name in self.seasonal and _one_sided(offsets, season)) or None for name in near}
        judged = {name: place for name, place in self.profile.places.items() if why[name] is None}
        found = permutation.p_values(reference, window, judged, near, deals=deals)
        drifts = {}
        for name, place in self.profile.places.items():
            compared = reference[near[name] if name in judged else everything, place].sum(axis=0)
            distance = permutation.psi(compared, window[:, place].sum(axis=0))
            drifts[name] = Drift(distance, found.get(name), why[name], compared)
        return drifts

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "columns": self.profile.document(),
            "seasonal": sorted(self.seasonal),
            "nulls": dict(self.budgets),
            "days": [day.isoformat() for day in self.days],
            "counts": self._encoded(self.counts),
            "segments": {name: self._encoded(counts) for name, counts in self.segments.items()},
        }

    def _encoded(self, counts: Counts) -> list[list[int]]:
        return [self.profile.encode(day) for day in counts]

    def _with_rows(self, blocks: Counts, days: Sequence[date]) -> tuple[Counts, list[date]]:
        """Those of some blocks [b, size] that have rows, of which each is in one bin of the first column."""
        full = blocks[:, : next(iter(self.profile.columns.values())).size].sum(axis=1) > 0
        return blocks[full], [day for day, rows in zip(days, full, strict=True) if rows]


def make(
    columns: Mapping[str, Column],
    days: Sequence[date] | NDArray[np.datetime64],
    segments: Mapping[str, Sequence[Any]],
    *,
    categories: Sequence[str],
    seasonal: Sequence[str],
    budgets: Mapping[str, float],
) -> Reference:
    """The reference of rows given as the values [n] of each column, the score among them, and their days [n].

    `segments` has the values [n] of the columns whose values are segments.
    """
    bins = {
        name: profile.categories(values) if name in categories else profile.ranges(values)
        for name, values in columns.items()
    }
    made, (dates, at) = Profile(bins), _ordered(days)
    parts: dict[str, Counts] = {}
    for name, values in segments.items():
        order = {value: place for place, value in enumerate(sorted(set(values)))}
        place = np.array([order[value] for value in values], dtype=np.int64)
        counts = made.blocks(columns, place * len(dates) + at, len(order) * len(dates))
        parts |= {
            f"{name}={value}": part for value, part in zip(order, np.split(counts, len(order)), strict=True)
        }
    return Reference(
        profile=made,
        days=dates,
        counts=made.blocks(columns, at, len(dates)),
        segments=parts,
        seasonal=frozenset(seasonal) & set(columns),
        budgets={name: budget for name, budget in budgets.items() if name in columns},
    )


def read(folder: Path) -> Reference:
    """The reference in the folder of an unpacked model. Raises NoReferenceError when it has none."""
    path = folder / FILE
    if not path.is_file():
        raise NoReferenceError(
            f"the model's archive holds no {FILE}, as one of an older project: train again"
        )
    try:
        document = json.loads(path.read_text())
        found = profile.profile(document["columns"])
        days = tuple(date.fromisoformat(day) for day in document["days"])
        return Reference(
            profile=found,
            days=days,
            counts=_decoded(document["counts"], found, days),
            segments={name: _decoded(one, found, days) for name, one in document["segments"].items()},
            seasonal=frozenset(document["seasonal"]),
            budgets=document["nulls"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoReferenceError(f"the archive's {FILE} cannot be read ({error!r}): train again") from error


def _ordered(days: Sequence[date] | NDArray[np.datetime64]) -> tuple[tuple[date, ...], NDArray[np.int64]]:
    """The days that there are, and which of them each row's is: [n]."""
    numbers = np.asarray(days, dtype="datetime64[D]").astype(np.int64)
    there = np.bincount(numbers - numbers.min()) > 0  # in order, without sorting millions of rows
    dates = (np.flatnonzero(there) + numbers.min()).astype("datetime64[D]")
    return tuple(dates.tolist()), (np.cumsum(there) - 1)[numbers - numbers.min()]


def _decoded(document: Sequence[Sequence[int]], found: Profile, days: Sequence[date]) -> Counts:
    """The counts [d, size] of each of `days`. Raises ValueError."""
    counts = [found.decode(day) for day, _ in zip(document, days, strict=True)]
    return np.array(counts, dtype=np.int64).reshape(len(days), found.size)


def _offsets(ours: Sequence[date], theirs: Sequence[date]) -> NDArray[np.int64]:
    """By how many days each of ours is later in the year than each of theirs, the shorter way: [d, w]."""
    first, second = (
        np.array([day.timetuple().tm_yday for day in days], dtype=np.int64) for days in (ours, theirs)
    )
    return (first[:, None] - second[None, :] + YEAR // 2) % YEAR - YEAR // 2


def _too_few(blocks: int, days: int) -> str | None:
    """Why no column can be judged, if so."""
    if blocks < FEWEST:
        return f"{blocks} blocks of the window have rows, and {FEWEST} are needed to see how blocks differ"
    return f"training has {days} days, and {FEWEST} are needed" if days < FEWEST else None


def _one_sided(offsets: NDArray[np.int64], season: Chosen) -> str | None:
    """Why no seasonal column can be judged, if so: of the season there are few days before or after."""
    middle = offsets[season, offsets.shape[1] // 2]
    before, after = int((middle < 0).sum()), int((middle > 0).sum())
    if min(before, after) >= FEWEST:
        return None
    return (
        f"follows the season, of which training has {before} days before the window's and {after} after: "
        f"{FEWEST} of each are needed"
    )
