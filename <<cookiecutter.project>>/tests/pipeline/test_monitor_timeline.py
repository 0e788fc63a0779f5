"""pipeline/monitor/timeline.py: blocks in order of time, and what is known of each."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from pipeline import svg
from pipeline.intervals import Interval
from pipeline.monitor import timeline
from pipeline.monitor.timeline import Block

NOT = math.nan
BLOCKS = [
    Block("1 Nov", 100, 100, 0.4, 0.5, True),
    Block("2 Nov", 100, 30, 0.6, 0.5, False),
    Block("3 Nov", 100, 0, NOT, 0.5, False),
    Block("4 Nov", 0, 0, NOT, NOT, False),
]


def titles(drawn: str) -> list[str]:
    """What is said where the pointer rests."""
    tree = ElementTree.fromstring(drawn)  # noqa: S314 - our own text
    return [one.text or "" for one in tree.iter() if one.tag.endswith("title")][1:]


def test_a_block_says_how_many_of_its_rows_have_labels() -> None:
    """Also one without any row."""
    said = titles(timeline.traffic("Rows", BLOCKS, 0.8))
    assert said == [
        "1 Nov: 100 rows, 100% labelled",
        "2 Nov: 100 rows, 30% labelled",
        "3 Nov: 100 rows, 0% labelled",
        "4 Nov: 0 rows, 0% labelled",
    ]


def test_too_few_labels_have_another_colour() -> None:
    """Two bars: one filled with enough, one with too few."""
    drawn = timeline.traffic("Rows", BLOCKS[:2], 0.8)
    bars = re.findall(r'<g class="(c\d)"><rect', drawn.split("labels enough")[0])
    assert bars[:2] == ["c2", "c1"]


def test_what_was_measured_and_what_is_estimated_look_different() -> None:
    """A dot for rows with labels, a diamond for scores without, nothing for no rows."""
    drawn = timeline.worth("Log loss", BLOCKS, Interval(0.45, 0.4, 0.55), 0.42, 0.45)
    assert titles(drawn) == [
        "1 Nov: 0.4000 on 100 labelled rows",
        "2 Nov: 0.6000 on 30 labelled rows",
        "3 Nov: 0.5000, an estimate from the scores of 100 rows",
    ]
    assert drawn.count("<circle") == 2
    assert drawn.count('class="dot open"') == 2
    assert "bound 0.4500" in drawn
    assert 'class="band"' in drawn


def test_a_window_of_few_blocks_has_no_band() -> None:
    """Its interval is unknown."""
    drawn = timeline.worth("Log loss", BLOCKS, Interval(0.45, NOT, NOT), NOT, NOT)
    assert 'class="band"' not in drawn
    assert "window 0.4500" in drawn
    assert "bound" not in drawn.split("</style>")[1]


@pytest.mark.parametrize("when", ["1 Nov", "27 Nov 07:26:13"])
def test_names_of_blocks_do_not_touch(when: str) -> None:
    """Of many blocks, or under long names, every so manieth is named."""
    drawn = timeline.traffic("Rows", [Block(when, 1, 1, NOT, NOT, True)] * 60, 0.8)
    places = [float(x) for x in re.findall(rf'<text x="([\d.]+)"[^>]*>{when}<', drawn)]
    assert len(places) > 2
    assert min(after - before for before, after in pairwise(places)) > svg.width_of(when)


def test_without_anything_known_there_is_nothing_to_draw() -> None:
    """And the picture says so."""
    assert "no value to show" in timeline.worth("Log loss", BLOCKS[3:], None, 0.4, 0.5)
    assert "no value to show" in timeline.traffic("Rows", [], 0.8)
