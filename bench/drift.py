"""What the project's own test says of rows, by day: which columns of a window drift. `make bench-drift` asks it.

A baked project has to be on the path, whose code and bounds are measured.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import drift_frames
import model
import numpy as np
import polars as pl
from drift_frames import DAY, FAULTS, SEED
from model import columns, reference
from model.profile import Counts
from model.reference import Drift, Reference
from numpy.typing import NDArray
from pipeline import policy

BOUNDS = policy.load(Path(model.__file__).parents[1]).monitor
QUIET, FAULTY = 200, 40  # windows without a fault, and with each
LONG, SHORT = 14, 7  # days of a window
STEP = 9  # days from one fortnight's first day to the next one's
TRIVIAL, TRIVIAL_ROWS, TRIVIAL_WINDOWS = 0.01, 1_000_000, 5  # of a standard deviation

Judged = dict[str, Drift]


@dataclass(frozen=True)
class Frame:
    """Rows as captured requests are read: a list of texts or an array of numbers a column, and each row's day."""

    columns: Mapping[str, Any]
    days: NDArray[np.datetime64]


def frame(rows: pl.DataFrame) -> Frame:
    """Rows that bench/drift_frames.py makes."""
    values = {
        name: column.to_list() if column.dtype == pl.String else column.to_numpy()
        for name, column in rows.drop(DAY).to_dict().items()
    }
    return Frame(values, rows[DAY].to_numpy())


def learned(rows: Frame, seasonal: Sequence[str] = ()) -> Reference:
    """What training would leave of these rows."""
    words = [name for name, values in rows.columns.items() if isinstance(values, list)]
    return reference.make(rows.columns, rows.days, {}, categories=words, seasonal=seasonal, budgets={})


def counted(known: Reference, rows: Frame) -> tuple[Counts, list[date]]:
    """The counts [days, bins] of rows, and their days."""
    days, block = np.unique(rows.days, return_inverse=True)
    return known.profile.blocks(rows.columns, block, len(days)), days.astype("datetime64[D]").tolist()


def judged(known: Reference, counts: Counts, days: Sequence[date]) -> Judged:
    """What the test says of each column of a window."""
    return known.drifts(counts, days, season_days=BOUNDS.season_days)


def drifted(found: Judged) -> set[str]:
    """The columns that drift by the policy's bounds: surely, and so far that it matters."""
    return {name for name, one in found.items() if _sure(one) and one.psi >= BOUNDS.effect}


def fitted(before: Frame) -> Callable[[Frame], set[str]]:
    """What names the columns of a window that drift from `before`."""
    known = learned(before)
    return lambda rows: drifted(judged(known, *counted(known, rows)))


def state(rows: pl.DataFrame) -> dict[str, int]:
    """Bytes that a window of rows leaves, and that a block of it does at most."""
    known = learned(frame(rows))
    written = [_bytes(known, counts) for counts in (known.counts.sum(axis=0), *known.counts)]
    return {"window": written[0], "block": max(written[1:]), "bins": known.profile.size}


def extra(flights: Path) -> dict[str, Any]:
    """How the test does as a monitor asks it: a window of days against a year of them."""
    year = drift_frames.year(flights)
    return {
        "windows": {str(size): windows(year, size) for size in (LONG, SHORT)},
        "fortnights": fortnights(year),
        "trivial": trivial(),
    }


def windows(year: pl.DataFrame, size: int) -> dict[str, Any]:
    """Random days against all others of the year: how often any column drifts, and how often a fault is named."""
    known = learned(frame(year))
    broken = {name: counted(known, frame(fault.change(year)))[0] for name, fault in FAULTS.items()}
    quiet = [_drawn(known, known.counts, draw, size) for draw in range(QUIET)]
    named = {
        name: sum(FAULTS[name].column in drifted(_drawn(known, counts, draw, size)) for draw in range(FAULTY)) / FAULTY
        for name, counts in broken.items()
    }
    return {
        "windows": QUIET,
        "any_column_sure": sum(any(map(_sure, one.values())) for one in quiet) / QUIET,
        "any_column": sum(bool(drifted(one)) for one in quiet) / QUIET,
        "fault_windows": FAULTY,
        "faults": named,
    }


def fortnights(year: pl.DataFrame) -> dict[str, Any]:
    """Days in a row, as a monitor sees them, against all others of the year: what drifts, and which faults are named.

    With seasonal columns compared by season, and without. What drifts here may well have changed with time.
    """
    known = learned(frame(year), [name for name in columns.seasonal() if name in year.columns])
    starts = range(STEP, len(known.days) - LONG - STEP, STEP)
    found: dict[str, Any] = {"windows": len(starts)}
    for how, seasonal in (("by_season", known.seasonal), ("without", frozenset[str]())):
        asked = replace(known, seasonal=seasonal)
        told = [drifted(_against(asked, known.counts, range(start, start + LONG))) for start in starts]
        counts = Counter(name for one in told for name in one)
        weather = sum(bool(one & known.seasonal) for one in told)
        found[how] = {
            "any_seasonal_column": weather / len(starts),
            "columns": {name: count / len(starts) for name, count in counts.most_common()},
        }
    found["faults"] = {}
    for name, fault in FAULTS.items():
        counts_of = counted(known, frame(fault.change(year)))[0]
        told = [drifted(_against(known, counts_of, range(start, start + LONG))) for start in starts]
        found["faults"][name] = sum(fault.column in one for one in told) / len(starts)
    return found


def trivial() -> dict[str, Any]:
    """Many rows and a shift that matters to nobody: how often any column drifts; and how long a test takes."""
    before = frame(drift_frames.wide(TRIVIAL_ROWS, drift_frames.REFERENCE))
    known, any_column, seconds = learned(before), 0, []
    for number in range(TRIVIAL_WINDOWS):
        rows = frame(drift_frames.wide(TRIVIAL_ROWS, drift_frames.WINDOW + number))
        moved = {**rows.columns, "number_0": rows.columns["number_0"] + TRIVIAL}
        counts = counted(known, Frame(moved, rows.days))
        began = time.process_time()
        any_column += bool(drifted(judged(known, *counts)))
        seconds.append(time.process_time() - began)
    return {"windows": TRIVIAL_WINDOWS, "any_column": any_column / TRIVIAL_WINDOWS, "test_s": min(seconds)}


def _drawn(known: Reference, counts: Counts, draw: int, size: int) -> Judged:
    """So many of the days, at random, against the others; the window's have `counts`."""
    order = np.random.default_rng((SEED, size, draw)).permutation(len(known.days))
    return _against(known, counts, np.sort(order[:size]).tolist())


def _against(known: Reference, counts: Counts, chosen: Sequence[int]) -> Judged:
    """Some days, with `counts`, against the others."""
    others = np.setdiff1d(np.arange(len(known.days)), chosen)
    rest = replace(known, days=tuple(known.days[day] for day in others), counts=known.counts[others])
    return judged(rest, counts[list(chosen)], [known.days[day] for day in chosen])


def _sure(one: Drift) -> bool:
    return one.p is not None and one.p <= BOUNDS.false_alarms


def _bytes(known: Reference, counts: Counts) -> int:
    return len(json.dumps(known.profile.encode(counts), separators=(",", ":")))
