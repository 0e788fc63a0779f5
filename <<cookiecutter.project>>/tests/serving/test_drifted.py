"""serving/drifted.py: counts of blocks against those of training, by column and segment."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from model import reference
from model.labels import Labels
from model.reference import Reference
from model.scoring import Column
from serving import drifted
from serving.blocks import Blocks
from serving.callers import Callers
from serving.drifted import Search
from serving.live import Evaluation, Live, segments
from serving.traffic import Traffic, Window

DAY = 86_400.0
SEARCH = Search(permutations=99, season_days=30)
FIRST = date(1970, 1, 1)  # block 0
COLUMNS = (Column("seats", "number", True), Column("origin", "category", False))


def rows(days: int, seed: int, shift: float = 0.0) -> dict[str, list[Any]]:
    """Twenty rows a day."""
    random, n = np.random.default_rng(seed), days * 20
    seats = (random.integers(50, 300, n) + shift).tolist()
    return {
        "seats": [None if one % 7 == 0 else float(one) for one in seats],
        "origin": random.choice(["JFK", "LGA"], n).tolist(),
        "score": random.random(n).tolist(),
    }


def trained(days: int = 40) -> Reference:
    """The reference of so many days."""
    columns = rows(days, 1)
    return reference.make(
        columns,
        [FIRST + timedelta(days=at // 20) for at in range(days * 20)],
        {"origin": columns["origin"]},
        categories=["origin"],
        seasonal=["score"],
        budgets={"seats": 0.3},
    )


def live(known: Reference | None) -> Live:
    """A model with this reference."""
    return Live("0" * 64, COLUMNS, {"origin": ["JFK", "LGA"]}, 0, 1, known, None if known else "train again")


def traffic(model: Live, days: int = 10, shift: float = 0.0, origin: str | None = None) -> Traffic:
    """So many days of traffic, all of one origin if it is named."""
    parted = segments(model, Evaluation())
    found = Traffic(
        Window(since=0, now=400 * DAY, block=DAY),
        Labels(),
        Callers(COLUMNS, model.vocabulary, parted),
        Blocks(model.reference.profile if model.reference else None, parted, None),
        0,
        1,
        Counter(),
    )
    sent = rows(days, 2, shift)
    for day in range(days):
        part = {name: values[day * 20 : day * 20 + 20] for name, values in sent.items()}
        if origin:
            part["origin"] = [origin] * 20
        found.callers.rows += 20
        found.callers.nulls["seats"] += part["seats"].count(None)
        found.blocks.add(day, {name: part[name] for name in ("seats", "origin")}, part["score"], None)
    found.end()
    return found


def test_a_column_that_has_moved_is_far_and_another_is_not() -> None:
    """With shares of both sides, bin by bin."""
    model = live(trained())
    found = drifted.columns(model, traffic(model, shift=120), SEARCH)
    assert found["seats"]["p"] < 0.05 < found["origin"]["p"]
    assert found["seats"]["psi"] > 0.1 > found["origin"]["psi"]
    for one in found.values():
        assert sum(one["reference"]) == pytest.approx(1, abs=1e-4)
        assert sum(one["window"]) == pytest.approx(1, abs=1e-4)
    assert (found["seats"]["nulls_budget"], found["origin"]["nulls_budget"]) == (0.3, None)
    assert 0.1 < found["seats"]["nulls_before"] < 0.2


def test_too_few_blocks_are_judged_by_nobody() -> None:
    """The columns say so, and what is sent is shown all the same."""
    model = live(trained())
    found = drifted.columns(model, traffic(model, days=3), SEARCH)
    assert {one["judged"] for one in found.values()} == {False}
    assert "blocks" in found["seats"]["why"]
    assert sum(found["seats"]["window"]) == pytest.approx(1, abs=1e-4)


def test_a_window_without_rows_shows_training_alone() -> None:
    """And says that there is none."""
    model = live(trained())
    found = drifted.columns(model, traffic(model, days=0), SEARCH)
    assert {one["why"] for one in found.values()} == {drifted.EMPTY}
    assert sum(found["seats"]["window"]) == 0


def test_without_a_reference_there_is_what_callers_do_alone() -> None:
    """Nulls are counted, no score is."""
    model = live(None)
    found = drifted.columns(model, traffic(model), SEARCH)
    assert set(found) == {"seats", "origin"}
    assert (found["seats"]["judged"], found["seats"]["why"]) == (False, "train again")
    assert found["seats"]["nulls"] > 0
    assert drifted.segments(model, traffic(model), SEARCH) == {}


def test_a_segment_is_compared_with_itself() -> None:
    """Not with all rows, of which it is another mixture."""
    model = live(trained())
    found = drifted.segments(model, traffic(model, shift=120), SEARCH)
    assert set(found) == {"origin=JFK", "origin=LGA"}
    assert sum(one["rows"] for one in found.values()) == 200
    assert all(one["psi"]["origin"] < 0.01 for one in found.values())
    assert all(one["p"]["seats"] < 0.05 for one in found.values())


def test_a_new_segment_has_nothing_to_be_compared_with() -> None:
    """It is named, with its rows."""
    model = live(trained())
    found = drifted.segments(model, traffic(model, origin="SWF"), SEARCH)
    assert found == {"origin=SWF": {"rows": 200, "new": True, "psi": {}, "p": {}}}
