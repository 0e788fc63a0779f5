"""A monitoring job's document, whose numbers are all good, when it is judged, and the whole look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from model import metrics
from pipeline import policy
from pipeline.monitor.document import NOTHING
from pipeline.monitor.finding import KEPT, Finding, promises
from pipeline.monitor.moment import Moment
from pipeline.monitor.view import System, View

from .conftest import REPOSITORY, evaluation

RULES = policy.load(REPOSITORY).monitor
NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
FIRST = datetime(2026, 3, 2, tzinfo=UTC)  # of 14 days, the last of which is under way
MOMENT = Moment(
    now=NOON.timestamp(), live=FIRST.timestamp(), last=NOON.timestamp() - 60, asked=100.0, labels_kept=1.0
)
ROWS = 100  # of a block
SYSTEM = System(
    requests=12_000,
    failed=3,
    refused=0,
    burns={"fast": 0.05, "slow": None},
    bounds={"fast": 14.4, "slow": 6.0},
    p50_ms=1.25,
    p95_ms=3.5,
    cpu_percent=40.0,
    memory_percent=22.0,
    instances=2,
    instance_type="ml.m5.large",
    dollars=5.52,
)


def column(**more: Any) -> dict[str, Any]:
    """A column that has not moved."""
    return {
        "kind": "number",
        "psi": 0.001,
        "p": 0.8,
        "judged": True,
        "why": None,
        "nulls": 0.0,
        "nulls_before": 0.0,
        "nulls_budget": 0.01,
        "unseen": 0.0,
        "values": [],
        "bins": ["a", "b"],
        "reference": [0.5, 0.5],
        "window": [0.5, 0.5],
        **more,
    }


def tally(shift: float = 0.0, rows: int = ROWS, seed: int = 0) -> dict[str, Any]:
    """The tally of a model that knows every probability, less `shift` in log odds."""
    random = np.random.default_rng(seed)
    odds = random.standard_normal(rows) - 1
    labels = random.random(rows) < 1 / (1 + np.exp(-odds))
    return metrics.encode(metrics.tally(labels, 1 / (1 + np.exp(shift - odds))))


def block(
    number: int, *, rows: int = ROWS, labelled: int | None = None, shift: float = 0.0
) -> dict[str, Any]:
    """A day of the window, all of its rows with a label unless said; half of them are of JFK."""
    came = rows if labelled is None else labelled
    begin = FIRST + timedelta(days=number)
    return {
        "from": begin.isoformat(),
        "to": (begin + timedelta(days=1)).isoformat(),
        "rows": rows,
        "labelled": came,
        "tally": tally(shift, came, number) if came else None,
        "segments": {"origin=JFK": tally(shift, came // 2, number)} if came > 1 else {},
        "expected": None,
    }


def document(shift: float = 0.0, **more: Any) -> dict[str, Any]:
    """Fourteen days; labels of the last three are not due, and have not come."""
    blocks = [block(number, labelled=None if number < 10 else 0, shift=shift) for number in range(14)]
    return {
        **NOTHING,
        "block_seconds": 86_400,
        "window": {"from": FIRST.isoformat(), "to": NOON.isoformat()},
        "requests": 1400,
        "rows": 1400,
        "columns": {
            "distance": column(),
            "carrier": column(kind="category"),
            "hour": column(judged=False, psi=0.4, p=None, why="its season"),
            "score": column(kind="score", nulls_budget=None),
        },
        "segments": {
            "origin=JFK": {"rows": 700, "new": False, "psi": {"distance": 0.001}, "p": {"distance": 0.9}}
        },
        "blocks": blocks,
        "expected": {"log_loss": 0.5},
        "evaluation": {"tallies": evaluation(days=14, rows=2800)["tallies"]},
        **more,
    }


def of(findings: list[Finding], promise: str) -> list[Finding]:
    """The findings about one promise."""
    return [one for one in findings if one.promise == promise]


def view(**more: Any) -> View:
    """A look at production whose every promise is kept."""
    given = {
        "environment": "production",
        "endpoint": "flights-production",
        "at": NOON.isoformat(),
        "version": 3,
        "config": "flights-production-c",
        "job": "flights-monitor-0",
        "document": document(),
        "findings": [Finding(one, KEPT, f"{one} is well") for one in promises(RULES)],
        "cut": None,
        "system": SYSTEM,
        "rules": RULES,
        "slo": policy.load(REPOSITORY).slo,
        **more,
    }
    return View(**given)
