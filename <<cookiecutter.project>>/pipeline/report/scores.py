"""A candidate's numbers beside the champion's, or the base rate's where there is none. Pure.

A *lead* is how much better the candidate is: below zero it is worse, whichever way the metric goes.
"""

import math

from model import metrics
from pipeline import comparison, intervals, picture, table
from pipeline.command import Document
from pipeline.comparison import WHOLE, Comparison
from pipeline.intervals import Interval


def measured(candidate: Document, champion: Document | None) -> list[Document]:
    """An entry for each metric: what candidate and base rate have, and the lead; None where unknown."""
    compared = Comparison(candidate, champion)
    own = intervals.intervals(intervals.read(candidate["tallies"][WHOLE], compared.days))
    differences = compared.to_champion if champion else compared.to_baseline
    return [
        {
            "metric": name,
            "title": metric.title,
            "candidate": _spread(own[name]),
            "baseline": table.number(compared.baseline[name]),
            "lead": _spread(comparison.lead(name, differences[name])) if metric.better else None,
        }
        for name, metric in metrics.METRICS.items()
    ]


def alone(candidate: Document, metric: str, least: int) -> list[Document]:
    """The segments as the gate has them, where there is no champion: the interval is the candidate's own."""
    tallies = candidate["tallies"]
    days, found = sorted(tallies[WHOLE]), []
    for name, held in tallies.items():
        if name != WHOLE:
            read = intervals.read(held, days)
            own, rows = intervals.intervals(read)[metric], int(metrics.rows(read.sum(0)))
            numbers = {"candidate": {metric: table.number(own.value)}, "champion": None, "lead": None}
            found.append(
                {"segment": name, "rows": rows, "judged": rows >= least, **numbers, "interval": own.pair}
            )
    return found


def worst_first(segments: list[Document], metric: str) -> list[Document]:
    """By lead, or by `metric` where there is no champion; after them those that the gate does not judge."""

    def place(one: Document) -> tuple[bool, float]:
        value = one["candidate"][metric] if one["champion"] is None else one["lead"]
        if value is None:
            return not one["judged"], math.inf
        turned = one["champion"] is None and metrics.METRICS[metric].better == "lower"
        return not one["judged"], -value if turned else value

    return sorted(segments, key=place)


def drawn(
    candidate: Document, champion: Document | None, metric: str, segments: list[Document]
) -> dict[str, str]:
    """The pictures by name of file: calibration of both, and the segments."""
    both = {"this change": candidate} | ({"champion": champion} if champion else {})
    curves = {name: metrics.curve(_whole(document)) for name, document in both.items()}
    known, rows = metrics.METRICS[metric], []
    for one in segments:
        value = one["lead"] if champion else one["candidate"][metric]
        low, high = one["interval"] or (math.nan, math.nan)
        rows.append((one["segment"], math.nan if value is None else value, low, high))
    if champion:
        title, unit, zero = f"Lead over the champion in {known.title}", "more is better", 0.0
    else:
        title, unit, zero = f"{metric_title(metric)} by segment", f"{known.better} is better", None
    return {
        "calibration.svg": picture.calibration(curves),
        "segments.svg": picture.intervals(title, rows, zero, f"{known.title}, {unit}"),
    }


def metric_title(metric: str) -> str:
    """What a heading calls a metric."""
    title: str = metrics.METRICS[metric].title
    return title[0].upper() + title[1:]


def _whole(document: Document) -> intervals.Floats:
    """The tally [size] of all rows."""
    tallies = document["tallies"][WHOLE]
    whole: intervals.Floats = intervals.read(tallies, sorted(tallies)).sum(0)
    return whole


def _spread(one: Interval) -> Document:
    return {"value": table.number(one.value), "interval": one.pair}
