"""What the model is worth on requests whose labels have come, against the rows of its evaluation. Pure.

Only labelled blocks are compared: a block whose labels are due, and has so many of them that those missing
cannot turn the picture. The interval is that of window minus evaluation, each drawn by its own blocks
(pipeline/intervals.py); worse is what is surely so, its low end above the bound.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from model import metrics
from model.metrics import METRICS
from pipeline import intervals
from pipeline.comparison import WHOLE
from pipeline.intervals import Floats, Interval
from pipeline.monitor.document import Document
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding
from pipeline.monitor.moment import Moment, stamp
from pipeline.sections import Monitor


def due(found: Document, rules: Monitor, moment: Moment) -> list[Document]:
    """The blocks with rows whose every label is due, oldest first."""
    return [
        one
        for one in found["blocks"]
        if one["rows"] and moment.past(stamp(one["to"]), rules.label_hours * 60)
    ]


def has_labels(block: Document, rules: Monitor, moment: Moment) -> bool:
    """Whether a block has so many of its labels that it is judged."""
    least = rules.label_share * moment.labels_kept * block["rows"]
    return bool(block["labelled"] and block["labelled"] >= least)


def labelled(found: Document, rules: Monitor, moment: Moment) -> list[Document]:
    """The blocks that are judged."""
    return [one for one in due(found, rules, moment) if has_labels(one, rules, moment)]


def findings(found: Document, rules: Monitor, moment: Moment) -> Iterator[Finding]:
    """One on each metric of `[monitor.worsening]`, and one on each of its segments with rows enough."""
    blocks = labelled(found, rules, moment)
    try:
        yield from _compared(found, rules, blocks)
    except ValueError as error:  # tallies of another model/metrics.py
        for metric in rules.worsening:
            yield Finding(metric, UNKNOWN, f"the model's evaluation cannot be read: {error}")


def _compared(found: Document, rules: Monitor, blocks: list[Document]) -> Iterator[Finding]:
    parts = {WHOLE: _tallies(blocks)} | {one: _tallies(blocks, one) for one in found["segments"]}
    base = (found["evaluation"] or {}).get("tallies", {})
    for segment, window in parts.items():
        rows = int(metrics.rows(window).sum())
        if why := _cannot(segment, rows, len(window), base, rules):
            if segment == WHOLE:
                yield from (Finding(metric, UNKNOWN, why) for metric in rules.worsening)
            continue
        before = intervals.read(base[segment], sorted(base[segment]))
        differences = intervals.apart(window, before)
        for metric, bound in rules.worsening.items():
            yield worsened(
                metric, bound, differences[metric], segment, f"{len(window)} blocks, {rows:,} rows"
            )


def _cannot(segment: str, rows: int, blocks: int, base: Mapping[str, Any], rules: Monitor) -> str | None:
    """Why a segment is not judged, or None."""
    if not blocks:
        return "no block has its labels yet, so nobody can tell how good the model is"
    if rows < rules.minimum_rows or blocks < intervals.FEWEST:
        return (
            f"{blocks} labelled blocks with {rows:,} rows show too little: it takes {intervals.FEWEST} and "
            f"{rules.minimum_rows:,} (monitor.minimum_rows)"
        )
    if not base.get(segment):
        return "the model has no evaluation to compare with: release a version that `pipeline register` made"
    return None


def worsened(metric: str, bound: float, more: Interval, segment: str, on: str) -> Finding:
    """The finding on a metric that is `more` in the window than on the evaluation's rows."""
    worse = more if METRICS[metric].better == "lower" else more.turned()
    subject = "" if segment == WHOLE else segment
    title = METRICS[metric].title + (f" of {subject}" if subject else "")
    if np.isnan(worse.low):
        why = f"{title} has no interval on {on}: the evaluation has too few days"
        return Finding(metric, UNKNOWN, why, subject)
    told = f"{title} is {_more(worse.value)} than on the rows of its evaluation"
    told += f" [{worse.low:+.4f}, {worse.high:+.4f}], on {on}; the bound is {bound:g} (monitor.worsening)"
    numbers = {"value": worse.value, "low": worse.low, "high": worse.high, "bound": bound}
    if worse.low > bound:
        what = f"see what moved in {subject}" if subject else "see `pipeline due` whether a retrain has begun"
        return Finding(metric, BROKEN, f"{told}: {what}", subject, **numbers)
    return Finding(metric, KEPT, told, subject, **numbers)


def _more(value: float) -> str:
    return f"{abs(value):.4f} {'worse' if value > 0 else 'better'}"


def _tallies(blocks: list[Document], segment: str = "") -> Floats:
    """The tallies [blocks, size] of the rows of a segment, or of all."""
    held = [one["segments"].get(segment) if segment else one["tally"] for one in blocks]
    nothing = np.zeros(metrics.SIZE)
    read = [metrics.decode(one) if one else nothing for one in held]
    return np.array(read).reshape(-1, metrics.SIZE)


def numbers(found: Document, rules: Monitor, moment: Moment) -> dict[str, float]:
    """Every metric of the labelled blocks together; none where it is not defined or nothing is labelled."""
    blocks = labelled(found, rules, moment)
    try:
        whole = metrics.values(_tallies(blocks).sum(0))
    except ValueError:
        return {}
    return {name: float(value) for name, value in whole.items() if not np.isnan(value)}


def share(found: Document, rules: Monitor, moment: Moment) -> float | None:
    """Which share of the rows whose labels are due has them; None where none are due."""
    blocks = due(found, rules, moment)
    rows = sum(one["rows"] for one in blocks)
    return sum(one["labelled"] for one in blocks) / rows if rows else None
