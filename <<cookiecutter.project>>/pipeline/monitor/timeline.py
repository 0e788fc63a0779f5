"""The window block by block: rows, which of them have labels, and what the model was worth. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline import svg
from pipeline.intervals import Interval
from pipeline.monitor.histograms import box

LEFT, RIGHT = svg.EDGE + 58, svg.WIDTH - svg.EDGE - 150
HEIGHT = 176.0  # of what is drawn in
BOTTOM = 44.0
ROOM = 10.0  # between the names of two blocks
BARS = (("c2", "labels enough"), ("c1", "too few labels"), ("idle", "no label yet"))


@dataclass(frozen=True)
class Block:
    """One block: `when` in words, its rows, how many are labelled, and of a metric what was measured.

    `expected` is the estimate from scores alone; `judged` tells that the verdict counts this block. What is
    unknown is NaN.
    """

    when: str
    rows: int
    labelled: int
    value: float
    expected: float
    judged: bool


def traffic(title: str, blocks: Sequence[Block], due: float) -> str:
    """Rows by block, the labelled ones among them filled; `due` is the share that should be."""
    if not blocks:
        return svg.nothing(title)
    bottom, wide = svg.TOP + HEIGHT, (RIGHT - LEFT) / len(blocks)
    scale = svg.Scale([0.0, 1.0, *(float(one.rows) for one in blocks)], HEIGHT)
    body = [svg.level(LEFT, RIGHT, bottom - scale.at(tick), scale.name(tick)) for tick in scale.ticks]
    for place, one in enumerate(blocks):
        x, tone = LEFT + place * wide, "c2" if one.labelled >= due * one.rows else "c1"
        share = one.labelled / one.rows if one.rows else 0.0
        said = f"{one.when}: {one.rows:,} rows, {share:.0%} labelled"
        bars = [
            box(x + 0.1 * wide, bottom, 0.8 * wide, scale.at(one.rows), "idle"),
            box(x + 0.1 * wide, bottom, 0.8 * wide, scale.at(one.labelled), tone),
        ]
        y = bottom - scale.at(due * one.rows)
        mark = svg.segment(x + 0.04 * wide, y, x + 0.96 * wide, y, "bound")
        body.append(f"<g><title>{svg.clean(said)}</title>{''.join(bars)}{mark}</g>")
    for row, (tone, words) in enumerate(BARS):
        y = svg.TOP + 12 + 22 * row
        body += [box(RIGHT + 16, y + 1, 11, 11, tone), svg.text(RIGHT + 34, y, words, "soft")]
    y = svg.TOP + 12 + 22 * len(BARS)
    body += [svg.segment(RIGHT + 14, y - 4, RIGHT + 29, y - 4, "bound")]
    body += [svg.text(RIGHT + 34, y, f"{due:.0%} are due", "soft"), *_below(blocks, wide, bottom)]
    return svg.page(title, bottom + BOTTOM, body)


def worth(title: str, blocks: Sequence[Block], window: Interval | None, before: float, bound: float) -> str:
    """A metric by block, beside what it was on the evaluation's rows and the bound of the window's value.

    A full dot is a block that is judged, an open one has fewer labels, a diamond is an estimate without any.
    The band is the interval of the window's value.
    """
    values = [one for block in blocks for one in (block.value, block.expected) if math.isfinite(one)]
    if not values:
        return svg.nothing(title)
    band = [window.low, window.high] if window and window.pair else []
    told = {"window": window.value if window else math.nan, "evaluation": before, "bound": bound}
    told = {name: value for name, value in told.items() if math.isfinite(value)}
    bottom, scale = svg.TOP + HEIGHT, svg.Scale([*values, *band, *told.values()], HEIGHT)

    def height(value: float) -> float:
        return bottom - scale.at(value)

    body = [svg.level(LEFT, RIGHT, height(tick), scale.name(tick)) for tick in scale.ticks]
    if band:
        place = f'x="{LEFT:.1f}" y="{height(band[1]):.1f}" width="{RIGHT - LEFT:.1f}"'
        tall = height(band[0]) - height(band[1])
        body.append(f'<g class="c0"><rect {place} height="{tall:.1f}" class="band"/></g>')
    for name, kind in (("evaluation", "zero"), ("bound", "bound")):
        if name in told:
            body.append(svg.segment(LEFT, height(told[name]), RIGHT, height(told[name]), kind))
    wide = (RIGHT - LEFT) / len(blocks)
    places = [(LEFT + (place + 0.5) * wide, one) for place, one in enumerate(blocks)]
    line = svg.line([(x, height(one.value)) for x, one in places if one.judged and math.isfinite(one.value)])
    dots = "".join(_dot(x, one, height) for x, one in places)
    body.append(f'<g class="c0">{line}{dots}</g>')
    for (name, value), y in zip(
        told.items(), svg.apart([height(value) for value in told.values()], 18), strict=True
    ):
        words = svg.text(RIGHT + 10, y + 4, f"{name} {value:.4f}", "name", width=138)
        body.append(f'<g class="{"c0" if name == "window" else "whole"}">{words}</g>')
    return svg.page(title, bottom + BOTTOM, [*body, *_below(blocks, wide, bottom)])


def _dot(x: float, one: Block, height: Callable[[float], float]) -> str:
    if math.isfinite(one.value):
        said = f"{one.when}: {one.value:.4f} on {one.labelled:,} labelled rows"
        shape = svg.dot(x, height(one.value), 4, "" if one.judged else " open")
    elif math.isfinite(one.expected):
        said = f"{one.when}: {one.expected:.4f}, an estimate from the scores of {one.rows:,} rows"
        shape = f'<path d="M{x:.1f} {height(one.expected) - 6:.1f}l6 6l-6 6l-6 -6z" class="dot open"/>'
    else:
        return ""
    return f"<g><title>{svg.clean(said)}</title>{shape}</g>"


def _below(blocks: Sequence[Block], wide: float, bottom: float) -> list[str]:
    """The names of some blocks, evenly and apart."""
    step = math.ceil((max(svg.width_of(one.when) for one in blocks) + ROOM) / wide)
    return [
        svg.text(LEFT + (place + 0.5) * wide, bottom + 20, blocks[place].when, "soft", "middle")
        for place in range(0, len(blocks), step)
    ]
