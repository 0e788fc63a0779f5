"""Pictures as one standalone SVG each: no script, no font from elsewhere, readable on any page.

A picture brings its own paper and follows the reader's light or dark setting in both, so that words keep
their contrast whatever is behind it. What is no number is left out of the drawing and said as "no value".
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

Row = tuple[str, float, float, float]  # label, value, low, high

WIDTH, EDGE = 720.0, 20.0
LABELS = 260.0  # at most, left of the rows
VALUES = 170.0  # right of the rows
SQUARE = 380.0  # of a calibration
LINE = 24.0  # from one row to the next
TOP, BOTTOM = 52.0, 52.0  # title above; ticks and the axis's name below
# The palette of Okabe and Ito, which keeps apart for colour-blind readers; on dark paper the lighter tones.
STYLE = """
.picture{font:13px system-ui,sans-serif;--paper:#fff;--ink:#1c2330;--soft:#5c6675;--rule:#dfe2e7;
--c0:#0072b2;--c1:#b35900;--c2:#00785a;--c3:#a3477d}
@media(prefers-color-scheme:dark){.picture{--paper:#161b22;--ink:#e8ebf0;--soft:#a3adba;--rule:#343c48;
--c0:#56b4e9;--c1:#e69f00;--c2:#2fc79b;--c3:#e08fc0}}
.picture .paper{fill:var(--paper);stroke:var(--rule)}.picture text{fill:var(--ink)}
.picture .title{font-size:15px;font-weight:600}.picture .soft{fill:var(--soft)}
.picture .rule{stroke:var(--rule)}.picture .zero{stroke:var(--soft);stroke-dasharray:5 4}
.picture .c0{--c:var(--c0)}.picture .c1{--c:var(--c1)}.picture .c2{--c:var(--c2)}.picture .c3{--c:var(--c3)}
.picture .line{fill:none;stroke:var(--c);stroke-width:2}.picture .faint{opacity:.45}
.picture .dot{fill:var(--c);stroke:var(--c);stroke-width:2}.picture .open{fill:var(--paper)}
.picture .name{fill:var(--c);font-weight:600}
"""


def calibration(
    curves: Mapping[str, Sequence[Mapping[str, float]]], title: str = "Calibration", unit: str = ""
) -> str:
    """What was observed against what was predicted, one line for each name in `curves`, at most four.

    A curve is a list of {"predicted", "observed", "rows"}: means of a bin in the labels' own `unit`, and how
    many rows it holds, which the dot's area shows. On the dashed diagonal both are equal.
    """
    kept = {
        name: [p for p in curve if _finite(p["predicted"], p["observed"])] for name, curve in curves.items()
    }
    kept = {name: sorted(curve, key=lambda p: p["predicted"]) for name, curve in kept.items() if curve}
    if not kept:
        return _nothing(title)
    every = [p for curve in kept.values() for p in curve]
    scale = _Scale([p[key] for p in every for key in ("predicted", "observed")], SQUARE)
    left, bottom = EDGE + 70, TOP + SQUARE
    most = max(p["rows"] for p in every)
    said = f" ({unit})" if unit else ""
    body = [
        *(_upright(left + scale.at(tick), TOP, bottom, scale.name(tick)) for tick in scale.ticks),
        *(_level(left, bottom - scale.at(tick), scale.name(tick)) for tick in scale.ticks),
        _segment(left, bottom, left + SQUARE, TOP, "zero"),
        _text(left + SQUARE / 2, bottom + 40, f"predicted{said}", "soft", "middle"),
        _text(EDGE + 14, TOP + SQUARE / 2, f"observed{said}", "soft", "middle", turned=True),
        _text(left + SQUARE + 16, bottom - 17, "area of a dot: rows", "soft"),
        _text(left + SQUARE + 16, bottom, "dashed: as predicted", "soft"),
    ]
    ends = _apart([bottom - scale.at(curve[-1]["observed"]) for curve in kept.values()], 18)
    for index, ((name, curve), end) in enumerate(zip(kept.items(), ends, strict=True)):
        places = [(left + scale.at(p["predicted"]), bottom - scale.at(p["observed"])) for p in curve]
        dots = [
            _dot(x, y, 2 + 5 * math.sqrt(p["rows"] / most if most else 0))
            for p, (x, y) in zip(curve, places, strict=True)
        ]
        label = _text(left + SQUARE + 16, end + 4, name, "name", width=WIDTH - left - SQUARE - EDGE - 16)
        body.append(f'<g class="c{index % 4}">{_path(places)}{"".join(dots)}{label}</g>')
    return _page(title, TOP + SQUARE + BOTTOM + 8, body)


def intervals(title: str, rows: Sequence[Row], zero: float | None = None, unit: str = "") -> str:
    """A row for each (label, value, low, high), all in `unit`, on one axis.

    `zero` draws the line of "no difference": a dot whose interval contains it stays open.
    """
    clear = [
        zero is None or not _finite(low, high) or not low <= zero <= high
        for _label, _value, low, high in rows
    ]
    return _rows(title, rows, clear, zero, unit)


def runs(title: str, points: Sequence[tuple[str, float]], unit: str = "") -> str:
    """A row for each (label, value in `unit`), in the order given, joined by a line."""
    rows = [(label, value, math.nan, math.nan) for label, value in points]
    return _rows(title, rows, [True] * len(rows), None, unit, joined=True)


def _rows(
    title: str,
    rows: Sequence[Row],
    clear: Sequence[bool],
    zero: float | None,
    unit: str,
    joined: bool = False,
) -> str:
    """Labels on the left, dots with their intervals on a common axis, the numbers in words on the right."""
    numbers = [number for row in rows for number in row[1:] if _finite(number)]
    if not numbers:
        return _nothing(title)
    labels = min(LABELS, max(_width(row[0]) for row in rows))
    left, right = EDGE + labels + 18, WIDTH - EDGE - VALUES
    scale, bottom = _Scale(numbers + ([] if zero is None else [zero]), right - left), TOP + LINE * len(rows)
    body = [_upright(left + scale.at(tick), TOP, bottom, scale.name(tick)) for tick in scale.ticks]
    if zero is not None:
        body.append(_segment(left + scale.at(zero), TOP, left + scale.at(zero), bottom, "zero"))
    body.append(_text((left + right) / 2, bottom + 40, unit, "soft", "middle"))
    heights = [TOP + LINE * (index + 0.5) for index in range(len(rows))]
    if joined:
        places = [
            (left + scale.at(row[1]), y) for row, y in zip(rows, heights, strict=True) if _finite(row[1])
        ]
        body.append(f'<g class="c0 faint">{_path(places)}</g>')
    for (label, value, low, high), y, full in zip(rows, heights, clear, strict=True):
        body.append(_text(EDGE + labels, y + 4, label, "", "end", width=labels))
        body.append(_text(right + 16, y + 4, _said(value, low, high), "soft"))
        between = [(left + scale.at(one), y) for one in (low, high)] if _finite(low, high) else []
        dot = _dot(left + scale.at(value), y, 4, "" if full else " open") if _finite(value) else ""
        body.append(f'<g class="c0">{_path(between)}{dot}</g>')
    return _page(title, bottom + BOTTOM, body)


class _Scale:
    """Round ticks around `numbers` (finite, at least one) on an axis of `length` pixels."""

    def __init__(self, numbers: Iterable[float], length: float) -> None:
        low, high = min(held := list(numbers)), max(held)
        if high - low <= 1e-9 * max(abs(low), abs(high)):  # one value: some room around it
            low, high = low - (abs(low) or 1) / 10, high + (abs(high) or 1) / 10
        rough = (high - low) / max(2.0, length / 90)
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        self.ticks = [index * step for index in range(first, last + 1)]
        self.length, self._decimals = length, max(0, -math.floor(math.log10(step)))

    def at(self, number: float) -> float:
        """How far along the axis a number is, in pixels."""
        return self.length * (number - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])

    def name(self, tick: float) -> str:
        """A tick in words."""
        return f"{tick:.3g}" if abs(tick) >= 1e6 or self._decimals > 6 else f"{tick:,.{self._decimals}f}"


def _finite(*numbers: float) -> bool:
    return all(math.isfinite(number) for number in numbers)


def _said(value: float, low: float, high: float) -> str:
    if not _finite(value):
        return "no value"
    return number(value) + (f" [{number(low)}, {number(high)}]" if _finite(low, high) else "")


def number(value: float) -> str:
    """A value in words, to four significant digits."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:.4g}"


def _width(text: str) -> float:
    """About how many pixels a text is wide at 13 px, in a font that nobody has measured."""
    return sum(14.0 if east_asian_width(char) in "WF" else 9.0 if char.isupper() else 7.3 for char in text)


def _cut(text: str, width: float) -> str:
    """The text, or as much of it as `width` pixels take, with an ellipsis."""
    if _width(text) <= width:
        return text
    while text and _width(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _clean(text: str) -> str:
    """Text as XML takes it: escaped, without control characters."""
    return escape("".join(char if char.isprintable() else " " for char in text))


def _text(
    x: float,
    y: float,
    text: str,
    kind: str,
    anchor: str = "start",
    width: float = WIDTH - 2 * EDGE,
    turned: bool = False,
) -> str:
    """One line of text; what does not fit is cut, and shown whole where the pointer rests."""
    shown = _cut(text, width)
    whole = f"<title>{_clean(text)}</title>" if shown != text else ""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}'
    return f'<text {place} class="{kind}">{_clean(shown)}{whole}</text>'


def _segment(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _upright(x: float, top: float, bottom: float, name: str) -> str:
    """A vertical rule with its tick's name below."""
    return _segment(x, top, x, bottom, "rule") + _text(x, bottom + 18, name, "soft", "middle")


def _level(left: float, y: float, name: str) -> str:
    """A horizontal rule with its tick's name on the left."""
    return _segment(left, y, left + SQUARE, y, "rule") + _text(left - 8, y + 4, name, "soft", "end")


def _path(places: Sequence[tuple[float, float]]) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{points}" class="line"/>' if len(places) > 1 else ""


def _dot(x: float, y: float, radius: float, kind: str = "") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="dot{kind}"/>'


def _apart(heights: Sequence[float], least: float) -> list[float]:
    """The heights in their order, each at least `least` from the next."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    found = list(heights)
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + least)
    return found


def _nothing(title: str) -> str:
    return _page(title, TOP + 40, [_text(EDGE, TOP + 12, "There is no value to show.", "soft")])


def _page(title: str, height: float, body: Iterable[str]) -> str:
    """The SVG of what is drawn on it."""
    head = _text(EDGE, 32, title, "title", width=(WIDTH - 2 * EDGE) * 13 / 15)
    paper = f'<rect x=".5" y=".5" width="{WIDTH - 1:.0f}" height="{height - 1:.0f}" rx="8" class="paper"/>'
    size = f'viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}" height="{height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" class="picture">'
        f"<title>{_clean(title)}</title><style>{STYLE}</style>{paper}{head}{''.join(body)}</svg>\n"
    )
