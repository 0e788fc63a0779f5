"""The parts that pictures are drawn of: paper, words, lines, dots, a scale. Coordinates are pixels.

A picture brings its own paper and follows the reader's light or dark setting in both, so that words keep
their contrast whatever is behind it.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

WIDTH, EDGE = 720.0, 20.0
TOP = 52.0  # the title is above
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
.picture .mark{font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4px}
.picture .idle{--c:var(--soft)}.picture .whole{--c:var(--ink)}
.picture .band{fill:var(--c);fill-opacity:.18;stroke:var(--paper)}
.picture .back{fill:var(--c);fill-opacity:.3}.picture .front{fill:var(--c)}
.picture .bound{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:6 3}
"""


class Scale:
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


def width_of(text: str) -> float:
    """About how many pixels a text is wide at 13 px, in a font that nobody has measured."""
    return sum(14.0 if east_asian_width(char) in "WF" else 9.0 if char.isupper() else 7.3 for char in text)


def cut(text: str, width: float) -> str:
    """The text, or as much of it as `width` pixels take, with an ellipsis."""
    if width_of(text) <= width:
        return text
    while text and width_of(text + "…") > width:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, width: float, most: int | None = None) -> list[str]:
    """The text in lines of at most `width` pixels, `most` of them; what is longer stays whole."""
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and width_of(longer) > width and (most is None or len(found) < most):
            found.append(word)
        else:
            found[-1] = longer
    return found


def clean(text: str) -> str:
    """Text as XML takes it: escaped, without control characters."""
    return escape("".join(char if char.isprintable() else " " for char in text))


def text(
    x: float,
    y: float,
    words: str,
    kind: str,
    anchor: str = "start",
    width: float = WIDTH - 2 * EDGE,
    turned: bool = False,
) -> str:
    """One line of text; what does not fit is cut, and shown whole where the pointer rests."""
    shown = cut(words, width)
    whole = f"<title>{clean(words)}</title>" if shown != words else ""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}'
    return f'<text {place} class="{kind}">{clean(shown)}{whole}</text>'


def segment(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line in the style of `kind`."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def upright(x: float, top: float, bottom: float, name: str) -> str:
    """A vertical rule with its tick's name below."""
    return segment(x, top, x, bottom, "rule") + text(x, bottom + 18, name, "soft", "middle")


def level(left: float, right: float, y: float, name: str) -> str:
    """A horizontal rule with its tick's name on the left."""
    return segment(left, y, right, y, "rule") + text(left - 8, y + 4, name, "soft", "end")


def line(places: Sequence[tuple[float, float]]) -> str:
    """A line through places; nothing through fewer than two."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{points}" class="line"/>' if len(places) > 1 else ""


def dot(x: float, y: float, radius: float, kind: str = "") -> str:
    """A dot, in the colour of the group that it is in."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="dot{kind}"/>'


def apart(heights: Sequence[float], least: float) -> list[float]:
    """The heights in their order, each at least `least` from the next."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    found = list(heights)
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + least)
    return found


def nothing(title: str) -> str:
    """A picture that says that there is nothing to draw."""
    return page(title, TOP + 40, [text(EDGE, TOP + 12, "There is no value to show.", "soft")])


def page(title: str, height: float, body: Iterable[str], width: float = WIDTH) -> str:
    """The SVG of what is drawn on it."""
    head = text(EDGE, 32, title, "title", width=(width - 2 * EDGE) * 13 / 15)
    paper = f'<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8" class="paper"/>'
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" class="picture">'
        f"<title>{clean(title)}</title><style>{STYLE}</style>{paper}{head}{''.join(body)}</svg>\n"
    )
