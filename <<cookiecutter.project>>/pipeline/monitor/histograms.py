"""How a column lay in training and lies in the window: pictures that stand side by side. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import svg
from pipeline.command import Document

SMALL = 348.0  # pixels wide
HEIGHT = 232.0
LEFT, RIGHT, TOP, BOTTOM = 54.0, 14.0, 74.0, 56.0
MOST = 14  # bins of a category; of more, those that hold least are drawn together
APART = 0.6  # of a bin, between the values and what is none: unseen or outside, and missing
REST = "others"
NONE = 2  # the last bins of every column


@dataclass(frozen=True)
class Bin:
    """A bin with its share of both sets of rows; `rest` tells that it holds none of training's values."""

    name: str
    before: float
    now: float
    rest: bool = False


def column(title: str, found: Document, said: str, *, moved: bool, width: float = SMALL) -> str:
    """One column's picture; `said` stands below its title, and what has `moved` is of another colour."""
    bins, tone = shown(found), "c1" if moved else "c0"
    body = [svg.text(svg.EDGE, 50, said, "soft", width=width - 2 * svg.EDGE)]
    if not bins:
        return svg.page(title, TOP, body, width)
    bottom, wide = HEIGHT - BOTTOM, (width - LEFT - RIGHT) / (len(bins) + APART)
    scale = svg.Scale([0.0, *(share for one in bins for share in (one.before, one.now))], bottom - TOP)
    body += [
        svg.level(LEFT, width - RIGHT, bottom - scale.at(tick), f"{tick:.0%}")
        for tick in (scale.ticks[0], scale.ticks[-1])
    ]
    places = [LEFT + wide * (place + APART * one.rest) for place, one in enumerate(bins)]
    body += [_bars(one, x, wide, bottom, scale, tone) for one, x in zip(bins, places, strict=True)]
    body += _names(bins, places, wide, bottom, width, edges=found["kind"] != "category")
    return svg.page(title, HEIGHT, [*body, *_legend(tone)], width)


def _bars(one: Bin, x: float, wide: float, bottom: float, scale: svg.Scale, tone: str) -> str:
    """Training's share in grey, and before it the window's, narrower, so that both are seen."""
    said = f"{one.name}: {one.before:.1%} in training, {one.now:.1%} in the window"
    behind = box(x + 0.06 * wide, bottom, 0.88 * wide, scale.at(one.before), "idle")
    before = box(x + 0.28 * wide, bottom, 0.44 * wide, scale.at(one.now), tone)
    return f"<g><title>{svg.clean(said)}</title>{behind}{before}</g>"


def box(x: float, bottom: float, wide: float, high: float, tone: str) -> str:
    """A bar that stands on `bottom`; what is idle is pale."""
    place = f'x="{x:.1f}" y="{bottom - high:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    return f'<g class="{tone}"><rect {place} class="{"back" if tone == "idle" else "front"}"/></g>'


def _names(
    bins: Sequence[Bin], places: Sequence[float], wide: float, bottom: float, width: float, *, edges: bool
) -> list[str]:
    """The names of those bins that have room for one; a range of numbers is named where it begins."""
    drawn, free = [], 0.0
    for one, x in zip(bins, places, strict=True):
        words = begins(one.name) if edges and not one.rest else one.name
        half, middle = svg.width_of(words) / 2, x + (0.06 if edges and not one.rest else 0.5) * wide
        middle = min(middle, width - 6 - half)
        if middle - half >= free:
            drawn.append(svg.text(middle, bottom + 18, words, "soft", "middle"))
            free = middle + half + 8
    return drawn


def begins(name: str) -> str:
    """Where a range of numbers begins, in few digits."""
    low = name.split(" to ")[0]
    try:
        return f"{float(low):.3g}" if abs(float(low)) < 1000 else f"{float(low):.0f}"
    except ValueError:
        return low


def _legend(tone: str) -> list[str]:
    """Which bar is which."""
    y = HEIGHT - 13
    return [
        *(box(LEFT, y + 1, 10, 10, "idle"), svg.text(LEFT + 16, y, "training", "soft")),
        *(box(LEFT + 92, y + 1, 10, 10, tone), svg.text(LEFT + 108, y, "window", "soft")),
    ]


def shown(found: Document) -> list[Bin]:
    """The bins that are drawn; of those that hold no value of training only the ones with rows.

    None at all where the window is empty: how training lay is then nobody's question.
    """
    if not any(found["window"]):
        return []
    every = [Bin(*one) for one in zip(found["bins"], found["reference"], found["window"], strict=True)]
    values, none = every[:-NONE], every[-NONE:]
    if found["kind"] == "category":
        values = fewer(values)
    return [*values, *(Bin(one.name, one.before, one.now, True) for one in none if one.before or one.now)]


def fewer(bins: Sequence[Bin]) -> list[Bin]:
    """At most MOST of them, in their order; those that hold least on both sides are added up."""
    largest = sorted((one for one in bins if one.name != REST), key=lambda one: -max(one.before, one.now))
    kept = {one.name for one in largest[: MOST - 1]}
    rest = [one for one in bins if one.name not in kept]
    before, now = sum(one.before for one in rest), sum(one.now for one in rest)
    return [*(one for one in bins if one.name in kept), *([Bin(REST, before, now)] if before or now else [])]
