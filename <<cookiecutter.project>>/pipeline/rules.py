"""The gate's rules: what a candidate has to fulfil. Pure; their numbers are those of policy.toml [gate].

Margins decide, intervals inform: a rule holds the value itself against its bound, and the interval beside it
says how sure that is. Where a rule is about a metric, its value is a lead: how much better the candidate is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from model.metrics import METRICS, values
from pipeline import comparison, intervals
from pipeline.command import Document
from pipeline.comparison import Comparison
from pipeline.errors import UserError
from pipeline.intervals import Interval
from pipeline.sections import Gate

STRUCTURAL = ("same_rows", "overlap")  # without them the other rules' numbers mean nothing
ANOTHER = "train another model, with better data or parameters, then `pipeline gate`"
NEXT = {
    "rows": "pin more data with `pipeline data add`, so that the evaluation days hold enough rows",
    "same_rows": (
        "ask `pipeline gate` again; if model/metrics.py has changed since the champion was evaluated, name "
        "same_rows in policy.toml, [gate] off, for one release: it is compared with the base rate alone"
    ),
    "known_in_time": "take the column out of model/features.py, or correct its moment in model/contract.py",
    "overlap": "evaluate on rows that are newer than all training: pin newer data with `pipeline data add`",
    "base_rate": "look at the labels and features first: the model knows less than the mean does",
    "segments": "look at that segment's newest rows: a join or a column may be broken there alone",
    "too_good": (
        "look for a column that knows the label; if the lead is real, say why: "
        "`pipeline gate --override too_good --reason …`"
    ),
}


@dataclass(frozen=True)
class Rule:
    """One rule and the numbers it was decided on; `passed` is None when the policy has switched it off."""

    rule: str
    passed: bool | None
    value: float | str
    bound: float | str
    sentence: str
    interval: list[float] | None = None
    next: str | None = None


def decide(
    bounds: Gate, candidate: Document, champion: Document | None, compared: Comparison | None = None
) -> list[Rule]:
    """Every rule that applies; `compared` spares a caller who has the comparison its computation.

    A metric that is NaN passes nothing. Rules that compare with the champion are there when there is one and
    it was scored on the same rows. Raises UserError when a protected column is no segment of the evaluation.
    """
    compared = compared or Comparison(candidate, champion)
    rival = champion if compared.champion else None
    found = [
        _rows(bounds, candidate),
        *([_same_rows(candidate, champion, rival is not None)] if champion else []),
        _known_in_time(candidate),
        _overlap(candidate, rival),
        _base_rate(bounds, compared),
        *(_against_champion(bounds, compared) if rival else []),
        *_protected(bounds, compared),
        _too_good(bounds, compared),
    ]
    return [replace(rule, passed=None) if rule.rule in bounds.off else _advised(rule) for rule in found]


def called(metric: str, difference: Interval | None, margin: float) -> str:
    """What a candidate is: an improvement only where the whole interval is better by more than the margin.

    Models of equal skill differ, too, and on the same days the interval sees it: in a year of the example
    it is wholly better for one pair in seven, and by more than the margin for one in a hundred.
    """
    if difference is None:
        return "first"
    lead = comparison.lead(metric, difference)
    if lead.low > margin:
        return "improvement"
    return "no worse" if lead.value >= -margin and not lead.high < 0 else "worse"


def _rule(
    name: str, passed: Any, value: float, bound: float, sentence: str, span: Interval | None = None
) -> Rule:
    return Rule(name, bool(passed), float(value), bound, sentence, span.pair if span else None)


def _advised(rule: Rule) -> Rule:
    """A refusal says what to do now."""
    return rule if rule.passed else replace(rule, next=NEXT.get(rule.rule, ANOTHER))


def _rows(bounds: Gate, candidate: Document) -> Rule:
    rows, least = candidate["rows"], bounds.minimum_rows
    return _rule("rows", rows >= least, rows, least, f"{rows} evaluation rows, at least {least} are needed")


def _same_rows(candidate: Document, champion: Document, same: bool) -> Rule:
    ours, theirs = comparison.rows_of(candidate), comparison.rows_of(champion)
    if same:
        sentence = f"both are scored on {ours}"
    elif ours == theirs:
        sentence = "the champion's evaluation has no tallies of the kind that model/metrics.py counts now"
    else:
        sentence = f"the candidate is scored on {ours}, the champion on {theirs}"
    return Rule("same_rows", same, ours, theirs, sentence)


def _known_in_time(candidate: Document) -> Rule:
    columns = candidate["model"]["columns"]
    late = [f"{one['name']} ({one['known']})" for one in columns if not one["in_time"]]
    sentence = (
        f"known too late for a prediction: {', '.join(late)}" if late else "every column is known in time"
    )
    return Rule("known_in_time", not late, ", ".join(late), "", sentence)


def _overlap(candidate: Document, champion: Document | None) -> Rule:
    """No model may have been trained on a moment of the window that both are judged on."""
    judged, trained = _window(candidate["window"]), {"candidate": candidate, "champion": champion}
    inside = []
    for who, document in trained.items():
        if document:
            first, last = _window(document["model"]["training"]["window"])
            if first <= judged[1] and last >= judged[0]:
                inside.append(f"the {who} was trained on {first.isoformat()} to {last.isoformat()}")
    start, end = (moment.isoformat() for moment in judged)
    said = f"{' and '.join(inside)}, which reaches into the evaluation window from {start} to {end}"
    sentence = said if inside else f"no model was trained on rows of {start} to {end}"
    return Rule("overlap", not inside, "; ".join(inside), f"{start} to {end}", sentence)


def _window(window: Document) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(window["from"]), datetime.fromisoformat(window["to"])


def _base_rate(bounds: Gate, compared: Comparison) -> Rule:
    metric = bounds.metric
    lead = comparison.lead(metric, compared.to_baseline[metric])
    sentence = f"{_against(metric, compared, lead, compared.baseline, 'base rate')}, it must be better"
    return _rule("base_rate", lead.value > 0, lead.value, 0.0, sentence, lead)


def _against_champion(bounds: Gate, compared: Comparison) -> Iterator[Rule]:
    """The margin of the policy's metric, the allowed worsening of others, and the same in each segment."""
    for name, metric, allowed in (
        ("champion", bounds.metric, bounds.margin),
        *((metric, metric, allowed) for metric, allowed in bounds.worsening.items()),
    ):
        lead = comparison.lead(metric, compared.to_champion[metric])
        against = _against(metric, compared, lead, compared.champion or {}, "champion")
        sentence = f"{against}, {allowed:g} worse is allowed"
        yield _rule(name, lead.value >= -allowed, lead.value, -allowed, sentence, lead)
    yield _segments(bounds, compared)


def _against(metric: str, compared: Comparison, lead: Interval, other: comparison.Values, whose: str) -> str:
    value = compared.candidate[metric]
    way = "better" if lead.value >= 0 else "worse"
    than = f"{abs(lead.value):.4f} {way} than the {whose}'s {other[metric]:.4f}"
    return f"{METRICS[metric].title} {value:.4f} is {than}"


def _segments(bounds: Gate, compared: Comparison) -> Rule:
    """The segment and metric that come nearest to their bound, or are furthest beyond it."""
    judged = [
        (segment.leads[metric].value + allowed, segment, metric, allowed)
        for segment in compared.segments
        if segment.rows >= bounds.segment_rows
        for metric, allowed in bounds.segment_worsening.items()
    ]
    if not judged:
        sentence = f"no segment of {bounds.segment_rows} rows or more is held against a bound"
        return _rule("segments", True, 0.0, 0.0, sentence)
    room, segment, metric, allowed = min(judged, key=lambda one: -np.inf if np.isnan(one[0]) else one[0])
    lead = segment.leads[metric]
    way = "better" if lead.value >= 0 else "worse"
    others = {one[1].name for one in judged if not one[0] >= 0} - {segment.name}
    more = f"; beyond a bound, too: {', '.join(sorted(others))}" if others else ""
    sentence = (
        f"{segment.name}: {METRICS[metric].title} is {abs(lead.value):.4f} {way} than the champion's there, "
        f"{allowed:g} worse is allowed in a segment{more}"
    )
    return _rule("segments", room >= 0, lead.value, -allowed, sentence, lead)


def _protected(bounds: Gate, compared: Comparison) -> Iterable[Rule]:
    """The gap that comes nearest to its bound, among the values of the protected columns."""
    judged = []
    for column in bounds.protected:
        if not compared.values_of(column, 0):
            known = sorted({name.partition("=")[0] for name in compared.tallies} - {comparison.WHOLE})
            raise UserError(f"policy.toml: gate.protected names {column!r}: write one of {', '.join(known)}")
        parts = compared.values_of(column, bounds.segment_rows)
        if len(parts) > 1 and bounds.gaps:
            found = intervals.gaps(list(parts.values()))
            for metric, allowed in bounds.gaps.items():
                measured = {name: float(values(days.sum(0))[metric]) for name, days in parts.items()}
                of = {name: value for name, value in measured.items() if not np.isnan(value)}
                if len(of) > 1:
                    judged.append((allowed - found[metric].value, metric, allowed, found[metric], of))
    if not judged:
        return []
    room, metric, allowed, gap, of = min(judged, key=lambda one: one[0])
    low, high = min(of, key=of.__getitem__), max(of, key=of.__getitem__)
    sentence = (
        f"{METRICS[metric].title} is {of[low]:.4f} for {low} and {of[high]:.4f} for {high}, "
        f"they may be {allowed:g} apart"
    )
    return [_rule("protected", room >= 0, gap.value, allowed, sentence, gap)]


def _too_good(bounds: Gate, compared: Comparison) -> Rule:
    """A lead that no honest candidate has: a person has to say where it comes from."""
    metric, first = bounds.metric, compared.champion is None
    difference = (compared.to_baseline if first else compared.to_champion)[metric]
    lead, most = comparison.lead(metric, difference), bounds.too_good_first if first else bounds.too_good
    whose = "base rate" if first else "champion"
    title = METRICS[metric].title
    sentence = f"a lead of {lead.value:.4f} in {title} over the {whose}, up to {most:g} is believable"
    return _rule("too_good", lead.value <= most, lead.value, most, sentence, lead)
