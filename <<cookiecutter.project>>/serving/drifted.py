"""How far each column lies from where it lay in training: over the window, and in each segment of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from model.permutation import share
from model.profile import NULL, SCORE, Counts
from model.reference import Drift, Reference
from serving.blocks import WHOLE, Part
from serving.live import Live
from serving.traffic import Traffic

SHOWN = 5  # values that training has not seen, the most frequent
EMPTY = "there are no rows"
Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Search:
    """How drift is told from chance: by so many `permutations` of blocks.

    Seasonal columns are compared with days that are within `season_days` of the window's in any year.
    """

    permutations: int
    season_days: int

    def of(self, reference: Reference, traffic: Traffic, part: str) -> Mapping[str, Drift]:
        """Each column in a part of the traffic; nothing where that has no rows."""
        found = [(number, one.counts) for number, one in counted(traffic, part) if one.counts is not None]
        if not found:
            return {}
        length = traffic.window.block
        return reference.drifts(
            np.array([counts for _, counts in found]),
            [datetime.fromtimestamp((number + 0.5) * length, UTC).date() for number, _ in found],
            season_days=self.season_days,
            deals=self.permutations,
            segment=None if part == WHOLE else part,
        )


def columns(model: Live, traffic: Traffic, search: Search) -> dict[str, Document]:
    """Each column that is sent, and the score: without a reference what callers do alone."""
    found = {one.name: sent(traffic, one.name, one.kind) for one in model.columns}
    if model.reference is None:
        return {name: one | {"why": model.why} for name, one in found.items()}
    drifts, bins = search.of(model.reference, traffic, WHOLE), model.reference.profile
    whole = model.reference.counts.sum(0)
    now = np.sum([np.zeros_like(whole), *(one.counts for _, one in counted(traffic, WHOLE))], axis=0)
    for name, place in bins.places.items():
        drift = drifts.get(name)
        compared = whole[place] if drift is None else drift.compared
        one = found.setdefault(name, sent(traffic, name, SCORE if name == SCORE else "number"))
        one |= judged(drift) | {
            "nulls_before": share(compared, NULL),
            "nulls_budget": model.reference.budgets.get(name),
            "bins": bins.columns[name].labels,
            "reference": shares(compared),
            "window": shares(now[place]),
        }
    return found


def segments(model: Live, traffic: Traffic, search: Search) -> dict[str, Document]:
    """Each segment that has rows, and how far its columns lie from where the segment's lay in training."""
    names = sorted({name for parts in traffic.blocks.parts.values() for name in parts} - {WHOLE})
    known = model.reference.segments if model.reference else {}
    found = {}
    for name in names:
        drifts = search.of(model.reference, traffic, name) if model.reference and name in known else {}
        told = {each: one for each, one in drifts.items() if one.why is None}
        column, _, value = name.partition("=")
        found[name] = {
            "rows": sum(one.rows for _, one in counted(traffic, name)),
            "new": value in traffic.blocks.new.get(column, ()),
            "psi": {each: one.psi for each, one in told.items()},
            "p": {each: one.p for each, one in told.items()},
        }
    return found


def counted(traffic: Traffic, part: str) -> list[tuple[int, Part]]:
    """A part's blocks with rows, in order of time, each with its number."""
    found = [(number, parts[part]) for number, parts in traffic.blocks.parts.items() if part in parts]
    return sorted((one for one in found if one[1].rows), key=lambda one: one[0])


def sent(traffic: Traffic, name: str, kind: str) -> Document:
    """A column as callers send it; what it takes a reference for is None."""
    callers = traffic.callers
    unseen: Counter[str] = callers.unseen.get(name, Counter())
    return {
        "kind": kind,
        **judged(None),
        "nulls": callers.nulls[name] / callers.rows if callers.rows else 0.0,
        "nulls_before": None,
        "nulls_budget": None,
        "unseen": sum(unseen.values()) / callers.rows if callers.rows else 0.0,
        "values": sorted(unseen, key=lambda value: (-unseen[value], value))[:SHOWN],
        "bins": [],
        "reference": [],
        "window": [],
    }


def judged(drift: Drift | None) -> Document:
    """What was found of a column, or why nothing was."""
    if drift is None:
        return {"psi": None, "p": None, "judged": False, "why": EMPTY}
    return {"psi": drift.psi, "p": drift.p, "judged": drift.why is None, "why": drift.why}


def shares(counts: Counts) -> list[float]:
    """Counts as shares of their sum."""
    rows = counts.sum()
    return [round(float(count / rows), 6) if rows else 0.0 for count in counts]
