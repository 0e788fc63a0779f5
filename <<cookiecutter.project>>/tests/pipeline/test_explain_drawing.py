"""A release's picture: on the paper, on one clock, and with nothing drawn that the record does not say."""

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from pipeline.explain import drawing, facts
from pipeline.ledger import Record
from tests.pipeline.explain_sample import ENDED, EVERY, JUDGE, OPEN, at, looks, without

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str, kind: str) -> list[ElementTree.Element]:
    """The elements of one kind; fails where the picture is not XML."""
    return list(ElementTree.fromstring(svg).iter(f"{SVG}{kind}"))  # noqa: S314 - our own text


def words(svg: str) -> list[str]:
    """Every line of text as a reader sees it."""
    return [element.text or "" for element in drawn(svg, "text")]


def places(svg: str) -> list[tuple[float, float]]:
    """Where every text, band, line and bend of a line is."""
    found = [(each.get("x", "nan"), each.get("y", "nan")) for each in drawn(svg, "text") + drawn(svg, "rect")]
    found += [
        (line.get(f"x{end}", "nan"), line.get(f"y{end}", "nan"))
        for line in drawn(svg, "line")
        for end in "12"
    ]
    pairs = [pair.split(",") for line in drawn(svg, "polyline") for pair in str(line.get("points")).split()]
    return [(float(x), float(y)) for x, y in [*found, *pairs]]


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_every_mark_lies_on_the_paper(record: Record) -> None:
    """None is outside, none is NaN."""
    svg = drawing.draw(record)
    width, height = (float(one) for one in str(ElementTree.fromstring(svg).get("viewBox")).split()[2:])  # noqa: S314
    assert [place for place in places(svg) if not (0 <= place[0] <= width and 0 <= place[1] <= height)] == []


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_a_picture_brings_everything_along(record: Record) -> None:
    """No script, link or font from elsewhere."""
    assert not re.search(r"<script|href|url\(|@import|@font-face|\bon\w+=", drawing.draw(record))


def test_the_bound_and_what_decided_are_named() -> None:
    """A reader sees why in ten seconds."""
    said = words(drawing.draw(JUDGE))
    assert {"100: taken back", "the judge rejects", "alarm: reject", "rolled back", "Baking"} <= set(said)
    assert {"candidate 48", "live model 3", "errors", "together"} <= set(said)


def test_a_release_without_a_judge_has_no_evidence() -> None:
    """An empty panel would look like a clean one."""
    said = words(drawing.draw(ENDED["heartbeat"]))
    assert "alarm: heartbeat" in said
    assert not {"evidence against it", "requests", "the judge rejects"} & set(said)


def test_evidence_grows_upwards_and_stays_in_its_panel() -> None:
    """Powers of ten; what is beyond them lies on the edge."""
    huge = replace(JUDGE, details=without("ticks") | {"ticks": looks(24, growth=1e6)})
    lines = drawn(drawing.draw(huge), "polyline")
    heights = [float(pair.split(",")[1]) for pair in str(lines[0].get("points")).split()]
    assert heights == sorted(heights, reverse=True)
    assert all(math.isfinite(height) for height in heights)


def test_time_is_amazons_time() -> None:
    """Where a clock runs sixty times as fast, eleven of its seconds are eleven minutes."""
    fast = replace(
        JUDGE, started=at(0), ended=at(11), details={"stages": [{"at": at(0), "stage": "Updating, Baking"}]}
    )
    assert "minutes since the update was asked for" in words(drawing.draw(fast, 60.0))
    assert "seconds since the update was asked for" in words(drawing.draw(fast, 1.0))


def test_what_comes_before_the_update_takes_no_room() -> None:
    """Replay and gate take long, and nothing of them is drawn."""
    early = drawing.draw(replace(JUDGE, started="2013-06-30T10:00:00+00:00"))
    assert early == drawing.draw(JUDGE)
    assert "seconds since it began" in words(drawing.draw(OPEN["locked"]))


def test_a_stamp_that_cannot_be_read_is_left_out() -> None:
    """The rest is drawn."""
    record = replace(
        JUDGE, details=without() | {"stages": [{"at": "now", "stage": "Odd"}, {"stage": "None"}]}
    )
    assert "Odd" not in words(drawing.draw(record))


def test_a_record_without_any_moment_says_so() -> None:
    """And is a picture all the same."""
    assert "It has no moments to draw." in words(drawing.draw(replace(OPEN["locked"], started="")))


def test_a_stamp_without_an_offset_is_utc() -> None:
    """Both spellings are one moment."""
    assert facts.moment("2013-07-01T10:00:00") == facts.moment("2013-07-01T12:00:00+02:00")
