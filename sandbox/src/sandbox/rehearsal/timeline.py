"""Charts of the traffic: who answered, who failed, and when the verdict fell.

The curves are a stretched SVG; every word is HTML on top, so that a narrow page stays readable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

ROWS, LETTER = 4, 0.7  # of labels above a chart; the width of a letter in percent of a chart on a wide page
HEIGHT = 100.0  # of the drawing's own coordinates, stretched to the page


@dataclass(frozen=True)
class Mark:
    """A vertical line at `at` seconds since the rehearsal began."""

    at: float
    label: str
    kind: str = ""


@dataclass(frozen=True)
class Window:
    """A stretch of the rehearsal, in seconds since it began."""

    start: float
    end: float

    def percent(self, at: float) -> float:
        """Where `at` lies, 0 at the start and 100 at the end."""
        return 100 * (at - self.start) / (self.end - self.start)


def chart(traffic: Mapping[str, Any], window: Window, hues: Mapping[str, str], marks: Sequence[Mark]) -> str:
    """Share of each model over `window` as stacked areas; `hues` gives each model's colour class, in order."""
    models = [model for model in hues if model in traffic["models"]]
    buckets = _buckets(traffic, window)
    areas, base = [], [0.0] * len(buckets)
    for model in models:
        top = [b + s for b, s in zip(base, _shares(traffic, model, buckets), strict=True)]
        areas.append(f'<path class="area {hues[model]}" d="{_area(traffic, window, buckets, base, top)}"/>')
        base = top
    svg = f'<svg viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">{"".join(areas)}</svg>'
    return f'<div class="chart">{svg}{_scale()}{_marks(window, marks)}</div>{_axis(window)}'


def failures(traffic: Mapping[str, Any], window: Window, model: str, hue: str, label: str) -> str:
    """One lane of red bars: the failed requests of `model`, with their number said."""
    lanes = traffic["models"].get(model, {"answered": [], "failed": []})
    buckets = _buckets(traffic, window)
    failed = [lanes["failed"][b] if b < len(lanes["failed"]) else 0 for b in buckets]
    answered = [lanes["answered"][b] if b < len(lanes["answered"]) else 0 for b in buckets]
    tallest, width = max([*failed, 1]), traffic["bucket_seconds"]
    bars = "".join(
        f'<rect x="{window.percent(_time(traffic, b)):.2f}" width="{100 * width / (window.end - window.start):.2f}" '
        f'y="{HEIGHT - HEIGHT * n / tallest:.1f}" height="{HEIGHT * n / tallest:.1f}"/>'
        for b, n in zip(buckets, failed, strict=True)
        if n
    )
    total = sum(failed) + sum(answered)
    said = f"{sum(failed)} of {total} requests failed" if total else "no request"
    return (
        f'<div class="lane"><p><i class="dot {hue}"></i>{escape(label)}'
        f'<b class="{"bad" if sum(failed) else ""}">{said}</b></p>'
        f'<svg viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">{bars}</svg></div>'
    )


def _buckets(traffic: Mapping[str, Any], window: Window) -> list[int]:
    """Numbers of the buckets that have requests and lie in the window."""
    width, began = traffic["bucket_seconds"], traffic["started"]
    length = max((len(lanes["answered"]) for lanes in traffic["models"].values()), default=0)
    first, last = int((window.start - began) / width), int((window.end - began) / width)
    inside = range(max(0, first), min(length, last + 1))
    return [b for b in inside if any(_total(lanes, b) for lanes in traffic["models"].values())]


def _total(lanes: Mapping[str, Sequence[int]], bucket: int) -> int:
    return lanes["answered"][bucket] + lanes["failed"][bucket]


def _shares(traffic: Mapping[str, Any], model: str, buckets: Sequence[int]) -> list[float]:
    everybody = traffic["models"].values()
    return [_total(traffic["models"][model], b) / sum(_total(lanes, b) for lanes in everybody) for b in buckets]


def _time(traffic: Mapping[str, Any], bucket: int) -> float:
    return float(traffic["started"] + bucket * traffic["bucket_seconds"])


def _area(
    traffic: Mapping[str, Any],
    window: Window,
    buckets: Sequence[int],
    base: Sequence[float],
    top: Sequence[float],
) -> str:
    """A closed path between `base` and `top`; each bucket is a step, so that no share is invented between two."""
    if not buckets:
        return ""
    width = traffic["bucket_seconds"]
    upper, lower = [], []
    for bucket, low, high in zip(buckets, base, top, strict=True):
        left = max(0.0, window.percent(_time(traffic, bucket)))
        right = min(100.0, window.percent(_time(traffic, bucket) + width))
        upper += [f"{left:.2f},{HEIGHT * (1 - high):.1f}", f"{right:.2f},{HEIGHT * (1 - high):.1f}"]
        lower += [f"{left:.2f},{HEIGHT * (1 - low):.1f}", f"{right:.2f},{HEIGHT * (1 - low):.1f}"]
    return "M" + " L".join(upper + lower[::-1]) + " Z"


def _scale() -> str:
    return "".join(f'<span class="level" style="top:{100 - level}%">{level} %</span>' for level in (0, 50, 100))


def _marks(window: Window, marks: Sequence[Mark]) -> str:
    """Vertical lines; a label stands in the lowest row that is free there, and left of its line near the end."""
    lines, taken = [], [0.0] * ROWS  # of each row, up to where
    for mark in sorted(marks, key=lambda one: one.at):
        at, wide = window.percent(mark.at), LETTER * len(mark.label)
        if not 0 <= at <= 100:
            continue
        side = " left" if at + wide > 100 else ""
        begin = at - wide if side else at
        row = next((row for row in range(ROWS) if taken[row] <= begin), taken.index(min(taken)))
        taken[row] = begin + wide
        style = f"left:{at:.2f}%;--row:{row}"
        lines.append(f'<span class="mark {mark.kind}{side}" style="{style}"><em>{escape(mark.label)}</em></span>')
    return "".join(lines)


def _axis(window: Window) -> str:
    """Seconds since the window's start, at four to nine round places."""
    length = window.end - window.start
    step = next(s for s in (1, 2, 5, 10, 20, 60, 120, 600, 3600) if length / s <= 9)
    ticks = range(0, int(length) + 1, step)
    places = "".join(f'<span style="left:{100 * tick / length:.2f}%">{tick} s</span>' for tick in ticks)
    return f'<div class="axis">{places}</div>'
