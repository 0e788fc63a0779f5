"""How many rows lie in each bin of each column: what is kept of rows that are gone. With numpy alone.

Bins are fixed once, by the rows of training. Counts in them add up: those of two blocks, or of two segments,
are those of all their rows. A number is counted as the model sees it, in 32 bits, and NaN is a missing value.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = Sequence[Any] | NDArray[Any]  # the values of some rows
Counts = NDArray[np.int64]
PARTS = 16  # of a number's range, with about equally many of training's rows in each
VALUES = 40  # of a category, the most frequent in training; the others that it saw are one bin
UNSEEN, NULL = -2, -1  # the places of the last two bins of every column
ENOUGH = 100_000  # rows, evenly spread: more move no edge
SHOWN = 40  # characters of a value that training has not seen
SCORE = "score"  # the model's answer, a column beside those that it was given


class Bins(ABC):
    """The bins of one column; the last two are UNSEEN and NULL. None and NaN are missing values."""

    @property
    @abstractmethod
    def labels(self) -> list[str]:
        """What each bin holds, in words."""

    @abstractmethod
    def codes(self, values: Column) -> Counts:
        """The bin of each value: [n]."""

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """For JSON."""

    @property
    def size(self) -> int:
        """How many bins there are."""
        return len(self.labels)

    def count(self, values: Column) -> Counts:
        """The rows in each bin: [size]."""
        return np.bincount(self.codes(values), minlength=self.size)

    def unseen(self, values: Column) -> Counter[str]:
        """How often each value that training has not seen is there, as text."""
        odd = np.flatnonzero(self.codes(values) == self.size + UNSEEN).tolist()
        return Counter(str(values[place])[:SHOWN] for place in odd)


@dataclass(frozen=True)
class Ranges(Bins):
    """The bins of a number: from each of the rising `edges` to below the next, from the last one to `last`.

    With `points` the edges are all the values that training saw, and any other is unseen. Else a number just
    outside is in the first or the last bin, as a new record is nothing odd, and unseen is what lies further
    out than the range is wide. Unseen are infinities, too, and what is no number, as True or "1".
    """

    edges: tuple[float, ...]
    last: float
    points: bool

    @cached_property
    def labels(self) -> list[str]:
        """What each bin holds, in words."""
        uppers = (*self.edges, self.last)[1:]
        named = [
            f"{low:.5g}" if self.points or low == high else f"{low:.5g} to {high:.5g}"
            for low, high in zip(self.edges, uppers, strict=True)
        ]
        return [*named, "outside", "missing"]

    def codes(self, values: Column) -> Counts:
        """The bin of each value: [n]."""
        numbers, codes = _numbers(values), np.full(len(values), -1, dtype=np.int8)
        edges = np.array(self.edges, dtype=np.float32)
        for edge in edges:  # ten times faster than a binary search, for so few
            codes += numbers >= edge
        if not self.edges:
            outside = np.ones(len(numbers), dtype=bool)
        elif self.points:
            outside = edges[codes] != numbers
        else:
            wide = self.last - self.edges[0]
            outside = (numbers < self.edges[0] - wide) | (numbers > self.last + wide) | np.isinf(numbers)
            np.maximum(codes, 0, out=codes)
        codes[outside] = self.size + UNSEEN
        codes[np.isnan(numbers)] = self.size + NULL
        return codes.astype(np.int64)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": "number", "edges": list(self.edges), "last": self.last, "points": self.points}


@dataclass(frozen=True)
class Values(Bins):
    """The bins of a category: one for each frequent value, one for the rare ones of training together.

    What is no text is unseen.
    """

    frequent: tuple[str, ...]
    rare: tuple[str, ...] = ()

    @cached_property
    def labels(self) -> list[str]:
        """What each bin holds, in words."""
        return [*self.frequent, "others", "unseen", "missing"]

    def codes(self, values: Column) -> Counts:
        """The bin of each value: [n]."""
        listed, unseen = _listed(values), self.size + UNSEEN
        try:
            found = self._found(listed)
        except TypeError:
            listed = _hashable(listed)
            found = self._found(listed)
        for place in np.flatnonzero(found == unseen).tolist():
            if listed[place] != listed[place]:  # NaN
                found[place] = self.size + NULL
        return found

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": "category", "values": list(self.frequent), "rare": list(self.rare)}

    def _found(self, listed: Sequence[Any]) -> Counts:
        """The places of values [n]. Raises TypeError for one that cannot be looked up."""
        places = map(self._places.get, listed, repeat(self.size + UNSEEN))
        return np.fromiter(places, dtype=np.int64, count=len(listed))

    @cached_property
    def _places(self) -> dict[Any, int]:
        places: dict[Any, int] = {value: place for place, value in enumerate(self.frequent)}
        return places | dict.fromkeys(self.rare, len(self.frequent)) | {None: self.size + NULL}


def ranges(values: Column, parts: int = PARTS) -> Ranges:
    """The bins of a number that training saw as `values` [n].

    A value that fills more than one part by itself gets a bin of its own, so the rest is still told apart.
    """
    numbers = _numbers(values)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return Ranges((), 0.0, points=True)
    ordered = np.sort(numbers[:: max(1, len(numbers) // ENOUGH)])
    distinct = ordered[np.append(True, ordered[1:] > ordered[:-1])]
    if len(distinct) <= parts:
        distinct = np.unique(numbers)
    if points := len(distinct) <= parts:
        edges = distinct
    else:
        picked = ordered[np.arange(parts) * len(ordered) // parts]
        heavy = picked[1:][picked[1:] == picked[:-1]]
        after = np.searchsorted(distinct, heavy, side="right")
        edges = np.unique(np.append(picked, distinct[after[after < len(distinct)]]))
    return Ranges(tuple(_exact(edge) for edge in edges), _exact(numbers.max()), points)


def categories(values: Column, most: int = VALUES) -> Values:
    """The bins of a category that training saw as `values` [n]; equally frequent ones go by name."""
    listed = _listed(values)
    try:
        counts = Counter(listed)
    except TypeError:
        counts = Counter(_hashable(listed))
    ranked = sorted((one for one in counts if isinstance(one, str)), key=lambda one: (-counts[one], one))
    return Values(tuple(ranked[:most]), tuple(sorted(ranked[most:])))


@dataclass(frozen=True)
class Profile:
    """The bins of several columns; all their counts stand in one array, in the order of `columns`."""

    columns: Mapping[str, Bins]

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where the counts of each column stand."""
        return dict(self._places())

    @cached_property
    def size(self) -> int:
        """How many counts all columns have."""
        return sum(bins.size for bins in self.columns.values())

    def count(self, columns: Mapping[str, Column]) -> Counts:
        """The counts [size] of rows, given by column. Raises KeyError for a column that is missing."""
        return np.concatenate([bins.count(columns[name]) for name, bins in self.columns.items()])

    def codes(self, columns: Mapping[str, Column]) -> Counts:
        """Where each row's value of each column is counted: [n, columns]. Raises KeyError."""
        coded = [self.columns[name].codes(columns[name]) + place.start for name, place in self.places.items()]
        return np.stack(coded, axis=1)

    def blocks(self, columns: Mapping[str, Column], block: NDArray[Any], blocks: int) -> Counts:
        """The counts [blocks, size] of rows of which each is in its `block` [n]. Raises KeyError."""
        counted = []
        for name, bins in self.columns.items():
            places = bins.codes(columns[name]) + block * bins.size
            counted.append(np.bincount(places, minlength=blocks * bins.size).reshape(blocks, bins.size))
        return np.concatenate(counted, axis=1)

    def empty(self) -> Counts:
        """The counts of no rows."""
        return np.zeros(self.size, dtype=np.int64)

    def encode(self, counts: Counts) -> list[int]:
        """Counts [size] for JSON, so many zeros in a row as one number below zero."""
        runs = groupby(counts.tolist(), key=lambda count: count == 0)
        return [count for empty, run in runs for count in ([-len(list(run))] if empty else run)]

    def decode(self, document: Sequence[int]) -> Counts:
        """The counts that `encode` wrote. Raises ValueError when they are of other bins than these."""
        written = np.array(document, dtype=np.int64)
        times = np.where(written < 0, -written, 1)
        if written.ndim != 1 or times.sum() != self.size:
            raise ValueError(
                f"counts of {self.size} bins are wanted, and these are of {times.sum()}: count again"
            )
        return np.repeat(np.maximum(written, 0), times)

    def document(self) -> dict[str, Any]:
        """The bins of each column, for JSON."""
        return {name: bins.document() for name, bins in self.columns.items()}

    def _places(self) -> Iterator[tuple[str, slice]]:
        start = 0
        for name, bins in self.columns.items():
            end = start + bins.size
            yield name, slice(start, end)
            start = end


def profile(document: Mapping[str, Any]) -> Profile:
    """The profile that `Profile.document` wrote."""
    return Profile({name: _bins(bins) for name, bins in document.items()})


def _bins(document: Mapping[str, Any]) -> Bins:
    if document["kind"] == "category":
        return Values(tuple(document["values"]), tuple(document["rare"]))
    return Ranges(tuple(document["edges"]), document["last"], document["points"])


def _exact(number: np.float32) -> float:
    """The shortest decimal that is this 32-bit number."""
    return float(str(number))


def _numbers(values: Column) -> NDArray[np.float32]:
    """Values [n] in 32 bits: NaN for what is missing, infinity for what is no finite number."""
    with np.errstate(over="ignore"):
        if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
            return values.astype(np.float32)
        if set(map(type, values)) <= {int, float, type(None)}:
            try:
                return np.array(values, dtype=np.float32)
            except OverflowError:  # a whole number of hundreds of digits
                pass
        return np.array([_number(value) for value in values], dtype=np.float32)


def _number(value: Any) -> float:
    if value is None:
        return np.nan
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return np.inf
    try:
        return float(value)
    except OverflowError:
        return np.inf


def _listed(values: Column) -> Sequence[Any]:
    listed: Sequence[Any] = values.tolist() if isinstance(values, np.ndarray) else values
    return listed


def _hashable(listed: Sequence[Any]) -> Sequence[Any]:
    """Values [n] of which each can be looked up: False stands for one that cannot."""
    return [value if isinstance(value, str | float | None) else False for value in listed]
