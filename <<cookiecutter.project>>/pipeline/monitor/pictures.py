"""The pictures of a look, each with what stands below it. Pure."""

import math
from datetime import datetime

import numpy as np

from model import metrics
from model.metrics import METRICS
from pipeline import intervals, picture, svg
from pipeline.command import Document
from pipeline.comparison import WHOLE
from pipeline.intervals import Floats
from pipeline.monitor import histograms, timeline
from pipeline.monitor.verdict import SCORE, drifted, moved
from pipeline.monitor.view import View

Drawn = tuple[str, str]  # an SVG, and words below it
BEFORE, NOW = "on evaluation", "in the window"
FEWEST = 10  # rows of a dot of the reliability curve: fewer come true as they like
ANSWERS = "What the model answers"
PLACES = 4  # segments that are named
ESTIMATES = (
    "diamonds are estimates from calibrated scores, which cannot see that a score means something else"
)


def worth(view: View) -> list[Drawn]:
    """Each metric that is promised, by block."""
    return [_metric(view, name, bound) for name, bound in view.rules.worsening.items()]


def _metric(view: View, name: str, bound: float) -> Drawn:
    found = view.document["blocks"]
    judged = [held for one in found if one["from"] in view.judged and (held := tally(one)) is not None]
    window = intervals.intervals(np.array(judged))[name] if judged else None
    base = evaluated(view.document)
    before = math.nan if base is None else float(metrics.values(base)[name])
    worst = before + (bound if METRICS[name].better == "lower" else -bound)
    title = METRICS[name].title
    drawn = timeline.worth(title[:1].upper() + title[1:], blocks(view, name), window, before, worst)
    said = ["no block has its labels, or they are not due"]
    if window is not None:
        band = "the band is the window's 95 % interval" if window.pair else "too few blocks for an interval"
        said = ["full dots are judged, open ones wait for labels", band]
    if any(not one["labelled"] and one.get("expected") for one in found):
        said.append(ESTIMATES)
    words = "; ".join(said)
    return drawn, f"{words[:1].upper()}{words[1:]}."


def blocks(view: View, metric: str) -> list[timeline.Block]:
    """The blocks, with what one metric was in each."""
    found = []
    for one in view.document["blocks"]:
        held, expected = tally(one), (one.get("expected") or {}).get(metric)
        measured = math.nan if held is None else float(metrics.values(held)[metric])
        estimate = math.nan if expected is None else float(expected)
        judged = one["from"] in view.judged
        found.append(
            timeline.Block(when(one["from"]), one["rows"], one["labelled"], measured, estimate, judged)
        )
    return found


def tally(block: Document) -> Floats | None:
    """A block's tally; None without labels, or where it is of other metrics than these."""
    try:
        return metrics.decode(block["tally"]) if block["tally"] else None
    except ValueError:
        return None


def evaluated(found: Document) -> Floats | None:
    """The tally of the evaluation's rows; None where there is none, or one of other metrics than these."""
    days = ((found["evaluation"] or {}).get("tallies") or {}).get(WHOLE)
    try:
        return np.array([metrics.decode(one) for one in days.values()]).sum(0) if days else None
    except ValueError:
        return None


def calibration(view: View) -> Drawn:
    """What came true of the scores, in the window and on the evaluation's rows."""
    held = [one for block in view.document["blocks"] if (one := tally(block)) is not None]
    both = {NOW: np.array(held).sum(0) if held else None, BEFORE: evaluated(view.document)}
    curves = {
        name: [point for point in metrics.curve(one) if point["rows"] >= FEWEST]
        for name, one in both.items()
        if one is not None
    }
    rows = sum(one["labelled"] for one in view.document["blocks"])
    said = f"Scores of {rows:,} labelled rows in the window" if rows else "No row of the window has a label"
    return picture.calibration(curves), f"{said}; dots of fewer than {FEWEST} rows are left out."


def traffic(view: View) -> Drawn:
    """Rows by block, and their labels."""
    found = blocks(view, next(iter(METRICS)))
    said = f"A label is due {view.rules.label_hours:g} hours after its request." if found else ""
    return timeline.traffic("Rows and their labels", found, view.rules.label_share), said


def answers(view: View) -> list[Drawn]:
    """How the answers lie, as wide as the other large pictures; none where that was not counted."""
    return [_column(view, SCORE, ANSWERS, svg.WIDTH)] if SCORE in view.document["columns"] else []


def columns(view: View) -> tuple[list[Drawn], list[Drawn]]:
    """The columns that have moved, and the others, the furthest first of both."""
    found = view.document["columns"]
    order = sorted(set(found) - {SCORE}, key=lambda name: (-(found[name]["psi"] or 0), name))
    moved = [name for name in order if has_moved(view, name)]
    others = [name for name in order if name not in moved]
    return [_column(view, name, name) for name in moved], [_column(view, name, name) for name in others]


def has_moved(view: View, name: str) -> bool:
    """Whether a column is one of those that break the promise of the inputs."""
    return moved(view.document["columns"][name], view.rules)


def _column(view: View, name: str, title: str, width: float = histograms.SMALL) -> Drawn:
    one = view.document["columns"][name]
    said = f"not judged: {one['why']}"
    if one["judged"]:
        said = f"stability index {one['psi']:.3f}, p {one['p']:.3f}"
    return histograms.column(title, one, said, moved=has_moved(view, name), width=width), places(view, name)


def places(view: View, name: str) -> str:
    """The segments in which a column has moved, the furthest first, in a sentence."""
    known = {segment: one for segment, one in view.document["segments"].items() if not one["new"]}
    found = {
        segment: one["psi"][name]
        for segment, one in known.items()
        if drifted(one["p"].get(name), one["psi"].get(name), view.rules, len(known))
    }
    order = sorted(found, key=lambda segment: -found[segment])
    if not order:
        return ""
    more = f" and {len(order) - PLACES} more" if len(order) > PLACES else ""
    return f"In {', '.join(f'{segment} {found[segment]:.2f}' for segment in order[:PLACES])}{more}."


def when(stamp: str) -> str:
    """A stamp in words: the day, unless it is midnight the minute, and where it is between two the second."""
    moment = datetime.fromisoformat(stamp)
    if moment.second or moment.microsecond:
        return f"{moment:%d %b %H:%M:%S}"
    return f"{moment:%d %b}" if moment.hour == moment.minute == 0 else f"{moment:%d %b %H:%M}"
