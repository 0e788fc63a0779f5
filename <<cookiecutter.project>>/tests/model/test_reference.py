"""model/reference.py: what a window is compared with, day by day, and when there is nothing to compare."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import reference
from model.profile import Counts
from model.reference import NoReferenceError, Reference

YEAR = [date(2013, 1, 1) + timedelta(days=day) for day in range(365)]
ROWS = 40  # a day


def columns(days: Sequence[date], seed: int, shift: float = 0.0) -> dict[str, Any]:
    """Rows of every day: a temperature that follows the season, a size that does not, two airports."""
    random = np.random.default_rng(seed)
    late = np.repeat([day.timetuple().tm_yday for day in days], ROWS)
    return {
        "temperature": 50 - 25 * np.cos(2 * np.pi * late / 365) + random.normal(0, 4, len(late)),
        "size": random.normal(shift, 1, len(late)),
        "airport": random.choice(["JFK", "LGA"], len(late)).tolist(),
    }


def made(days: Sequence[date]) -> Reference:
    """The reference of the rows of some days."""
    given = columns(days, 1)
    return reference.make(
        given,
        [day for day in days for _ in range(ROWS)],
        {"airport": given["airport"]},
        categories=["airport"],
        seasonal=["temperature"],
        budgets={"size": 0.1, "another": 0.5},
    )


YEARS = made(YEAR)


def window(found: Reference, days: Sequence[date], shift: float = 0.0) -> Counts:
    """The counts of the rows of each of some days."""
    given = columns(days, 2, shift)
    return found.profile.blocks(given, np.repeat(np.arange(len(days)), ROWS), len(days))


def fortnight(start: date, days: int = 14) -> list[date]:
    """So many days from `start` on."""
    return [start + timedelta(days=day) for day in range(days)]


def test_every_row_is_counted_on_its_day() -> None:
    """Of all rows and of each segment."""
    place = YEARS.profile.places["size"]
    assert YEARS.counts[:, place].sum(axis=1).tolist() == [ROWS] * 365
    assert sorted(YEARS.segments) == ["airport=JFK", "airport=LGA"]
    parts = sum(counts.sum() for counts in YEARS.segments.values())
    assert parts == YEARS.counts.sum()


def test_a_column_of_no_rows_has_no_budget() -> None:
    """Budgets of the contract's other columns are nobody's here."""
    assert YEARS.budgets == {"size": 0.1}


def test_a_season_is_no_drift_and_a_shift_is() -> None:
    """A fortnight of the next January: as cold as it was, and another size."""
    days = fortnight(date(2014, 1, 5))
    found = YEARS.drifts(window(YEARS, days, shift=1), days, season_days=30)
    told = {name: one.p is not None and one.p <= 0.05 for name, one in found.items()}
    assert told == {"temperature": False, "size": True, "airport": False}
    assert found["size"].psi > 0.2 > found["temperature"].psi


def test_a_season_goes_over_the_end_of_the_year() -> None:
    """The days that are compared with New Year's are before and after it."""
    days = fortnight(date(2014, 1, 1), 7)
    compared = YEARS.drifts(window(YEARS, days), days, season_days=10)["temperature"].compared
    assert compared.sum() == ROWS * (7 + 10 + 10 - 1)  # 366 days a year, of which 2013 has one less


@pytest.mark.parametrize(("start", "before", "after"), [(date(2013, 7, 10), 0, 0), (date(2013, 6, 1), 10, 0)])
def test_a_season_that_training_has_not_seen_is_not_judged(start: date, before: int, after: int) -> None:
    """After a training on spring: nor one of which it has seen the beginning, which differs as seasons do."""
    spring = made(YEAR[59:151])
    days = fortnight(start)
    found = spring.drifts(window(spring, days), days, season_days=10)
    why = f"follows the season, of which training has {before} days before the window's and {after} after"
    assert found["temperature"].p is None
    assert found["temperature"].why == f"{why}: 7 of each are needed"
    assert found["temperature"].compared.sum() == 92 * ROWS
    assert found["size"].p is not None and found["size"].why is None


def test_a_window_of_few_blocks_is_not_judged() -> None:
    """A block without rows is none; how far apart the rows are is said all the same."""
    days = fortnight(date(2014, 1, 5), 8)
    blocks = window(YEARS, days, shift=1)
    blocks[:2] = 0
    found = YEARS.drifts(blocks, days, season_days=30)["size"]
    assert found.why == "6 blocks of the window have rows, and 7 are needed to see how blocks differ"
    assert found.p is None and found.psi > 0.2


def test_a_window_without_rows_is_not_judged() -> None:
    """A month without traffic; nor is a segment that training has on few days."""
    days = fortnight(date(2014, 1, 5))
    found = YEARS.drifts(window(YEARS, days) * 0, days, season_days=30)
    assert {one.p for one in found.values()} == {None} and {one.psi for one in found.values()} == {0}
    rare = made(YEAR[:20])
    rare.segments["airport=JFK"][3:] = 0
    found = rare.drifts(window(rare, days), days, season_days=30, segment="airport=JFK")
    assert found["size"].why == "training has 3 days, and 7 are needed"


def test_a_segment_is_compared_with_itself() -> None:
    """All rows of a segment have its value."""
    days = fortnight(date(2014, 1, 5))
    given = columns(days, 2)
    there = np.array(given["airport"]) == "JFK"
    part = {name: np.array(values)[there] for name, values in given.items()}
    counts = YEARS.profile.blocks(part, np.repeat(np.arange(14), ROWS)[there], 14)
    found = YEARS.drifts(counts, days, season_days=30, segment="airport=JFK")
    assert found["airport"].psi == 0 and found["airport"].p == 1
    with pytest.raises(KeyError, match="airport=EWR"):
        YEARS.drifts(counts, days, season_days=30, segment="airport=EWR")


def test_it_is_the_same_after_json(tmp_path: Path) -> None:
    """The file says all that there is."""
    tmp_path.joinpath(reference.FILE).write_text(json.dumps(YEARS.document()))
    read = reference.read(tmp_path)
    assert (read.profile, read.days, read.seasonal) == (YEARS.profile, YEARS.days, YEARS.seasonal)
    assert read.budgets == YEARS.budgets and (read.counts == YEARS.counts).all()
    assert all((read.segments[name] == counts).all() for name, counts in YEARS.segments.items())


def test_an_archive_without_it_says_what_to_do(tmp_path: Path) -> None:
    """A model of an older project can be served, and not be watched."""
    with pytest.raises(
        NoReferenceError, match=r"holds no reference.json, as one of an older project: train again"
    ):
        reference.read(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"columns": {}, "days": ["never"]}'])
def test_a_file_that_is_something_else_says_so(tmp_path: Path, content: str) -> None:
    """One sentence, whatever is wrong with it."""
    tmp_path.joinpath(reference.FILE).write_text(content)
    with pytest.raises(NoReferenceError, match=r"reference.json cannot be read .*: train again"):
        reference.read(tmp_path)


def test_counts_of_other_bins_are_refused(tmp_path: Path) -> None:
    """They would be read as other values."""
    document = YEARS.document()
    document["counts"][0].append(1)
    tmp_path.joinpath(reference.FILE).write_text(json.dumps(document))
    with pytest.raises(NoReferenceError, match="count again"):
        reference.read(tmp_path)
