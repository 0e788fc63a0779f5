"""Pictures as one standalone SVG each: no script, no font from elsewhere, readable on any page.

What is no number is left out of the drawing and said as "no value".
"""

import math
from collections.abc import Mapping, Sequence

from pipeline import svg
from pipeline.svg import EDGE, TOP, WIDTH

Row = tuple[str, float, float, float]  # label, value, low, high

LABELS = 260.0  # at most, left of the rows
VALUES = 170.0  # right of the rows
SQUARE = 380.0  # of a calibration
LINE = 24.0  # from one row to the next
BOTTOM = 52.0  # ticks and the axis's name


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
        return svg.nothing(title)
    every = [p for curve in kept.values() for p in curve]
    scale = svg.Scale([p[key] for p in every for key in ("predicted", "observed")], SQUARE)
    left, bottom = EDGE + 70, TOP + SQUARE
    most = max(p["rows"] for p in every)
    said = f" ({unit})" if unit else ""
    body = [
        *(svg.upright(left + scale.at(tick), TOP, bottom, scale.name(tick)) for tick in scale.ticks),
        *(svg.level(left, left + SQUARE, bottom - scale.at(tick), scale.name(tick)) for tick in scale.ticks),
        svg.segment(left, bottom, left + SQUARE, TOP, "zero"),
        svg.text(left + SQUARE / 2, bottom + 40, f"predicted{said}", "soft", "middle"),
        svg.text(EDGE + 14, TOP + SQUARE / 2, f"observed{said}", "soft", "middle", turned=True),
        svg.text(left + SQUARE + 16, bottom - 17, "area of a dot: rows", "soft"),
        svg.text(left + SQUARE + 16, bottom, "dashed: as predicted", "soft"),
    ]
    ends = svg.apart([bottom - scale.at(curve[-1]["observed"]) for curve in kept.values()], 18)
    for index, ((name, curve), end) in enumerate(zip(kept.items(), ends, strict=True)):
        places = [(left + scale.at(p["predicted"]), bottom - scale.at(p["observed"])) for p in curve]
        dots = [
            svg.dot(x, y, 2 + 5 * math.sqrt(p["rows"] / most if most else 0))
            for p, (x, y) in zip(curve, places, strict=True)
        ]
        label = svg.text(left + SQUARE + 16, end + 4, name, "name", width=WIDTH - left - SQUARE - EDGE - 16)
        body.append(f'<g class="c{index % 4}">{svg.line(places)}{"".join(dots)}{label}</g>')
    return svg.page(title, TOP + SQUARE + BOTTOM + 8, body)


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
        return svg.nothing(title)
    labels = min(LABELS, max(svg.width_of(row[0]) for row in rows))
    left, right = EDGE + labels + 18, WIDTH - EDGE - VALUES
    scale, bottom = (
        svg.Scale(numbers + ([] if zero is None else [zero]), right - left),
        TOP + LINE * len(rows),
    )
    body = [svg.upright(left + scale.at(tick), TOP, bottom, scale.name(tick)) for tick in scale.ticks]
    if zero is not None:
        body.append(svg.segment(left + scale.at(zero), TOP, left + scale.at(zero), bottom, "zero"))
    body.append(svg.text((left + right) / 2, bottom + 40, unit, "soft", "middle"))
    heights = [TOP + LINE * (index + 0.5) for index in range(len(rows))]
    if joined:
        places = [
            (left + scale.at(row[1]), y) for row, y in zip(rows, heights, strict=True) if _finite(row[1])
        ]
        body.append(f'<g class="c0 faint">{svg.line(places)}</g>')
    for (label, value, low, high), y, full in zip(rows, heights, clear, strict=True):
        body.append(svg.text(EDGE + labels, y + 4, label, "", "end", width=labels))
        body.append(svg.text(right + 16, y + 4, _said(value, low, high), "soft"))
        between = [(left + scale.at(one), y) for one in (low, high)] if _finite(low, high) else []
        dot = svg.dot(left + scale.at(value), y, 4, "" if full else " open") if _finite(value) else ""
        body.append(f'<g class="c0">{svg.line(between)}{dot}</g>')
    return svg.page(title, bottom + BOTTOM, body)


def _finite(*numbers: float) -> bool:
    return all(math.isfinite(number) for number in numbers)


def _said(value: float, low: float, high: float) -> str:
    if not _finite(value):
        return "no value"
    return number(value) + (f" [{number(low)}, {number(high)}]" if _finite(low, high) else "")


def number(value: float) -> str:
    """A value in words, to four significant digits."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:.4g}"
