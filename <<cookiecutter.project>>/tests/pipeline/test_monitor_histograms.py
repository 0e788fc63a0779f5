"""pipeline/monitor/histograms.py: two sets of shares as bars that can be told apart."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from pipeline.monitor import histograms

NUMBER = {
    "kind": "number",
    "bins": ["0 to 10", "10 to 2000.5", "outside", "missing"],
    "reference": [0.75, 0.25, 0.0, 0.0],
    "window": [0.25, 0.5, 0.0, 0.25],
}


def texts(drawn: str) -> list[str]:
    """The words of a picture."""
    tree = ElementTree.fromstring(drawn)  # noqa: S314 - our own text
    return [text.strip() for one in tree.iter() if (text := one.text or "").strip()]


def category(bins: int) -> dict[str, Any]:
    """A column of so many values, the last of them most frequent in the window, and of rare ones."""
    names = [f"v{n}" for n in range(bins)]
    shares = [1 / (bins + 1)] * (bins + 1)
    now = [0.0] * (bins - 1) + [1.0, 0.0]
    return {
        "kind": "category",
        "bins": [*names, "others", "unseen", "missing"],
        "reference": [*shares, 0.0, 0.0],
        "window": [*now, 0.0, 0.0],
    }


def test_a_bin_says_both_of_its_shares() -> None:
    """Where the pointer rests; below it stands where its range begins."""
    said = texts(histograms.column("seats", NUMBER, "stability index 0.9", moved=True))
    assert "10 to 2000.5: 25.0% in training, 50.0% in the window" in said
    assert {"seats", "stability index 0.9", "0", "10", "missing", "training", "window"} <= set(said)


def test_what_is_none_is_drawn_where_there_are_such_rows() -> None:
    """Nothing lies outside here, and something is missing."""
    assert [one.name for one in histograms.shown(NUMBER)] == ["0 to 10", "10 to 2000.5", "missing"]


def test_what_has_moved_has_another_colour() -> None:
    """And the legend has it, too."""
    colours = [
        set(re.findall(r'class="(c\d)"', histograms.column("seats", NUMBER, "", moved=moved)))
        for moved in (True, False)
    ]
    assert colours == [{"c1"}, {"c0"}]


def test_of_many_values_those_that_hold_most_are_drawn() -> None:
    """On either side: a value that came up is one to see. None of the rows is lost."""
    found = histograms.shown(category(60))
    assert len(found) == histograms.MOST
    assert "v59" in [one.name for one in found]
    assert sum(one.before for one in found) == pytest.approx(1)
    assert sum(one.now for one in found) == pytest.approx(1)


def test_a_window_without_rows_has_no_bars() -> None:
    """How training lay is nobody's question then."""
    empty = NUMBER | {"window": [0.0] * 4}
    assert histograms.shown(empty) == []
    assert "training" not in texts(
        histograms.column("seats", empty, "not judged: there are no rows", moved=False)
    )
    assert histograms.shown({"kind": "number", "bins": [], "reference": [], "window": []}) == []


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a & b", "x" * 400])
def test_a_name_stays_text(name: str) -> None:
    """Callers choose the values of a category."""
    found = category(3) | {"bins": [name, "v1", "v2", "others", "unseen", "missing"]}
    drawn = histograms.column(name, found, name, moved=False)
    assert "<script>" not in drawn
    ElementTree.fromstring(drawn)  # noqa: S314 - our own text
