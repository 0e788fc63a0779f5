"""sandbox.rehearsal.verdicts: each verdict of the monitor on one scale, with what it says in words."""

import re

import pytest
import rehearsal_sample

from sandbox.rehearsal import verdicts

KEPT = rehearsal_sample.verdict("Before", 1, "kept", 0.037, 0.010)
BROKEN = rehearsal_sample.verdict("During", 1, "broken", 0.073, 0.045)
UNKNOWN = rehearsal_sample.verdict("Blind", 1, "unknown", 0.0, 0.0) | {"value": None, "worse": [None] * 3}


def test_nothing_is_drawn_where_nobody_was_asked() -> None:
    """No empty heading."""
    assert verdicts.section([]) == ""


def test_a_verdict_is_said_in_words() -> None:
    """Who, how many, how much worse, how surely, and whether it is kept."""
    drawn = verdicts.section([KEPT, BROKEN])
    assert "Before: version 1, 512 requests" in drawn
    assert '<b class="good">0.037, +0.010 [-0.021, +0.022]: kept</b>' in drawn
    assert '<b class="bad">0.073, +0.045 [+0.014, +0.057]: broken</b>' in drawn


def test_all_are_on_one_scale() -> None:
    """The bound is at the same place in each lane, and all of each bar is inside."""
    drawn = verdicts.section([KEPT, BROKEN])
    assert len(set(re.findall(r'class="bound" x1="([\d.]+)"', drawn))) == 1
    bars = re.findall(r'<rect class="\w+" x="([\d.-]+)" y="9" width="([\d.]+)"', drawn)
    assert all(float(start) >= 0 and float(start) + float(width) <= 100 for start, width in bars)
    assert float(bars[0][0]) < float(bars[1][0])


def test_what_nobody_can_tell_has_no_bar() -> None:
    """And is neither green nor red."""
    drawn = verdicts.section([UNKNOWN])
    assert "<rect" not in drawn
    assert '<b class="soft"> unknown</b>' in drawn


@pytest.mark.parametrize(("value", "text"), [("<b>", "x&lt;b&gt;y"), ("&", "x&amp;y")])
def test_words_are_escaped(value: str, text: str) -> None:
    """A title is text."""
    drawn = verdicts.section([KEPT | {"title": f"x{value}y"}])
    assert text in drawn
    assert f"x{value}y" not in drawn
