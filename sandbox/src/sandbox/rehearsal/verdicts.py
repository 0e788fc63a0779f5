"""What the monitor said of the live model, verdict by verdict: how much worse than its evaluation, and how surely."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

HEIGHT = 30.0  # of a lane's own coordinates, stretched to the page
ROOM = 0.08  # of the widest interval, on either side
Document = Mapping[str, Any]


def section(verdicts: Sequence[Document]) -> str:
    """A lane for each verdict, all on one scale; nothing where the monitor was not asked."""
    if not verdicts:
        return ""
    promise = escape(verdicts[0]["promise"].replace("_", " "))
    scale = _scale(verdicts)
    lanes = "".join(_lane(verdict, scale) for verdict in verdicts)
    return (
        "<h2>The loop closes itself</h2><p>Labels come late. Once they are there, each bar shows where the model's "
        f"{promise} error lies against the rows of its own evaluation: wholly right of the line it is surely worse, an "
        f'alarm sounds, and a retrain starts.</p><div class="card">{lanes}</div>'
    )


def _scale(verdicts: Sequence[Document]) -> tuple[float, float]:
    """The ends of the drawing, in the metric's unit."""
    ends = [value for one in verdicts for value in (*one["worse"], one["bound"], 0.0) if value is not None]
    low, high = min(ends), max(ends)
    room = ROOM * (high - low or 1.0)
    return low - room, high + room


def _lane(verdict: Document, scale: tuple[float, float]) -> str:
    state = verdict["states"][verdict["promise"]]
    kind = {"kept": "good", "broken": "bad"}.get(state, "soft")
    version = f"version {verdict['version']}" if verdict["version"] else "no version"
    said = f"{escape(verdict['title'])}: {version}, {verdict['requests']:,} requests"
    return (
        f'<div class="lane worth"><p>{said}<b class="{kind}">{escape(_numbers(verdict))} {escape(state)}</b></p>'
        f'<svg viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{_drawn(verdict, scale, kind)}</svg></div>"
    )


def _numbers(verdict: Document) -> str:
    """Value, difference and interval in words; what is not known is left out."""
    low, worse, high = verdict["worse"]
    value = "" if verdict["value"] is None else f"{verdict['value']:.3f}, "
    return value if worse is None else f"{value}{worse:+.3f} [{low:+.3f}, {high:+.3f}]:"


def _drawn(verdict: Document, scale: tuple[float, float], kind: str) -> str:
    low, worse, high = (None if one is None else _percent(one, scale) for one in verdict["worse"])
    bound = "" if verdict["bound"] is None else _line("bound", _percent(verdict["bound"], scale))
    if low is None or worse is None or high is None:
        return bound
    bar = f'<rect class="{kind}" x="{low:.2f}" y="9" width="{max(0.3, high - low):.2f}" height="12"/>'
    return bar + _line("value", worse) + bound


def _line(kind: str, at: float) -> str:
    return f'<line class="{kind}" x1="{at:.2f}" x2="{at:.2f}" y1="0" y2="{HEIGHT}"/>'


def _percent(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    return 100 * (value - low) / (high - low)
