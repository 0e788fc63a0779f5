"""Pictures: well-formed, standalone, and honest about what is no number."""

import math
import re
from xml.etree import ElementTree

import pytest

from pipeline import picture

SVG = "{http://www.w3.org/2000/svg}"
NAN = math.nan


def drawn(svg: str, kind: str) -> list[ElementTree.Element]:
    """The elements of one kind; fails where the picture is not XML."""
    return list(ElementTree.fromstring(svg).iter(f"{SVG}{kind}"))  # noqa: S314 - our own text


def words(svg: str) -> list[str]:
    """Every line of text as a reader sees it."""
    return [element.text or "" for element in drawn(svg, "text")]


def bin_of(predicted: float, observed: float, rows: float = 10) -> dict[str, float]:
    """One bin of a curve."""
    return {"predicted": predicted, "observed": observed, "rows": rows}


PICTURES = {
    "calibration": picture.calibration({"candidate": [bin_of(0.1, 0.2), bin_of(0.5, 0.4)]}),
    "one bin": picture.calibration({"candidate": [bin_of(0.3, 0.3)]}),
    "intervals": picture.intervals("Log loss", [("all", -0.01, -0.02, 0.01)], zero=0),
    "many rows": picture.intervals("Many", [(f"carrier={n}", n, n - 1, n + 1) for n in range(300)]),
    "one value": picture.intervals("One", [("all", 0.5, 0.5, 0.5)]),
    "huge values": picture.runs("Huge", [("a", 1e300), ("b", -1e300)]),
    "tiny values": picture.runs("Tiny", [("a", 1e-300), ("b", 2e-300)]),
    "zero": picture.runs("Zero", [("a", 0.0)]),
    "nothing": picture.runs("Nothing", []),
    "no number": picture.intervals("Nothing", [("all", NAN, NAN, NAN)]),
}


@pytest.mark.parametrize("svg", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_one_standalone_file(svg: str) -> None:
    """It has a viewBox and is XML; no script, link, import or font comes from elsewhere."""
    assert ElementTree.fromstring(svg).get("viewBox")  # noqa: S314
    assert not re.search(r"<script|href|url\(|@import|@font-face|\bon\w+=", svg)
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("svg", PICTURES.values(), ids=PICTURES)
def test_every_mark_lies_on_the_paper(svg: str) -> None:
    """No coordinate is outside of the viewBox, and none is NaN."""
    width, height = (float(one) for one in str(ElementTree.fromstring(svg).get("viewBox")).split()[2:])  # noqa: S314
    marks = [(float(dot.get("cx", "nan")), float(dot.get("cy", "nan"))) for dot in drawn(svg, "circle")]
    marks += [(float(text.get("x", "nan")), float(text.get("y", "nan"))) for text in drawn(svg, "text")]
    assert [mark for mark in marks if not (0 <= mark[0] <= width and 0 <= mark[1] <= height)] == []


def test_a_label_is_text_and_no_markup() -> None:
    """What a data set calls its segments is escaped, and a control character is dropped."""
    svg = picture.intervals("<b>&", [("</text><script>x\x00\ud800", 1.0, 0.0, 2.0)])
    assert "<script" not in svg
    assert "</text><script>x  " in words(svg)
    assert "<b>&" in words(svg)


def test_a_long_label_is_cut_and_kept_whole_beside_it() -> None:
    """It ends in an ellipsis; the pointer shows the rest."""
    label = "carrier=" + "x" * 200
    svg = picture.intervals("Long", [(label, 1.0, 0.0, 2.0)])
    [shown] = [word for word in words(svg) if word.startswith("carrier=")]
    assert shown.endswith("…")
    assert label in [element.text for element in drawn(svg, "title")]


def test_a_wide_script_is_cut_sooner() -> None:
    """A Chinese character takes the place of two Latin ones."""
    latin, wide = (words(picture.runs("", [(char * 200, 1.0)])) for char in ("a", "航"))
    assert max(len(word) for word in wide) < max(len(word) for word in latin)


def test_what_is_no_number_is_said_and_not_drawn() -> None:
    """The row stays, without a dot; the other one has its own."""
    svg = picture.intervals("Two", [("a", NAN, NAN, NAN), ("b", 1.0, 0.0, 2.0)])
    assert "no value" in words(svg)
    assert len(drawn(svg, "circle")) == 1


def test_a_value_without_interval_is_a_dot_without_a_line() -> None:
    """Infinite bounds are no interval, either."""
    svg = picture.intervals("One", [("a", 1.0, -math.inf, math.inf), ("b", 2.0, NAN, NAN)])
    assert len(drawn(svg, "circle")) == 2
    assert drawn(svg, "polyline") == []
    assert "1" in words(svg)


@pytest.mark.parametrize(("low", "high", "is_open"), [(-1.0, 1.0, True), (0.0, 1.0, True), (0.5, 1.0, False)])
def test_a_dot_is_open_while_its_interval_contains_zero(low: float, high: float, is_open: bool) -> None:
    """Then nothing says that there is a difference."""
    [dot] = drawn(picture.intervals("One", [("a", 0.7, low, high)], zero=0), "circle")
    assert ("open" in str(dot.get("class"))) == is_open


def test_the_line_of_zero_is_on_the_axis_even_far_from_the_values() -> None:
    """Or a reader would take all of them for large."""
    svg = picture.intervals("One", [("a", 5.0, 4.9, 5.1)], zero=0)
    assert "0" in words(svg)
    assert [line for line in drawn(svg, "line") if line.get("class") == "zero"]


def test_numbers_stand_beside_their_row() -> None:
    """Four significant digits, the interval in brackets."""
    assert "0.1235 [0.1, 12,346]" in words(picture.intervals("One", [("a", 0.123456, 0.1, 12345.6)]))


def test_runs_keep_their_order_and_are_joined() -> None:
    """Oldest first, when they are given so; a run without a value breaks nothing."""
    svg = picture.runs("Log loss", [("first", 2.0), ("second", NAN), ("third", 1.0)])
    assert [word for word in words(svg) if word in ("first", "second", "third")] == [
        "first",
        "second",
        "third",
    ]
    [line] = drawn(svg, "polyline")
    assert len(str(line.get("points")).split()) == 2


def test_a_calibration_drops_the_bins_that_hold_nothing() -> None:
    """An empty bin has no mean; a curve of empty bins has no line and no name."""
    empty, full = bin_of(NAN, NAN, 0), bin_of(0.4, 0.5)
    svg = picture.calibration({"candidate": [empty, full], "champion": [empty]})
    assert len(drawn(svg, "circle")) == 1
    assert "candidate" in words(svg)
    assert "champion" not in words(svg)


def test_a_dot_of_a_calibration_grows_with_its_rows() -> None:
    """So that a reader sees which bins carry the weight."""
    svg = picture.calibration({"candidate": [bin_of(0.1, 0.1, 1), bin_of(0.9, 0.9, 1000)]})
    few, many = (float(dot.get("r", "nan")) for dot in drawn(svg, "circle"))
    assert few < many


def test_names_at_the_ends_of_two_lines_do_not_overlap() -> None:
    """Two curves that end in the same place."""
    curve = [bin_of(0.1, 0.1), bin_of(0.9, 0.9)]
    svg = picture.calibration({"candidate": curve, "champion": curve})
    ours, theirs = (float(text.get("y", "nan")) for text in drawn(svg, "text") if text.get("class") == "name")
    assert abs(ours - theirs) >= 18


def test_the_axis_says_what_is_measured() -> None:
    """Both axes of a calibration, the one of the rows."""
    assert {"predicted (minutes)", "observed (minutes)"} <= set(
        words(picture.calibration({"candidate": [bin_of(1, 2)]}, unit="minutes"))
    )
    assert "log loss" in words(picture.runs("Runs", [("a", 1.0)], unit="log loss"))


def test_pictures_follow_the_readers_light_or_dark_setting() -> None:
    """Paper and ink change together."""
    for svg in PICTURES.values():
        assert "prefers-color-scheme:dark" in svg
        assert [rect for rect in drawn(svg, "rect") if rect.get("class") == "paper"]
