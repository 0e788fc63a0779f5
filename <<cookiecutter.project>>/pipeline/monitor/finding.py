"""What is said of one promise: kept, broken, or nobody can tell."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline import runbook
from pipeline.sections import Monitor

KEPT, BROKEN, UNKNOWN = STATES = ("kept", "broken", "unknown")
INPUTS, CALLERS, SIGHT = runbook.PROMISES
WORDS = {KEPT: "kept", BROKEN: "broken", UNKNOWN: "can't tell"}


@dataclass(frozen=True)
class Finding:
    """One sentence on a promise; `subject` is what of it is meant, a column or a segment: "" is the whole.

    Of a metric, `value` is how much worse it is than on the evaluation's rows, `low` and `high` are the ends
    of its interval, and `bound` is what low may be at most.
    """

    promise: str
    state: str
    sentence: str
    subject: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    bound: float | None = None


def promises(rules: Monitor) -> tuple[str, ...]:
    """Every promise, those about the model's own worth last."""
    return (SIGHT, CALLERS, INPUTS, *rules.worsening)


def state(findings: Iterable[Finding], promise: str) -> str:
    """A promise is broken when one finding says so, kept when one does and none says broken. Pure."""
    said = {one.state for one in findings if one.promise == promise}
    return BROKEN if BROKEN in said else KEPT if KEPT in said else UNKNOWN


def broken(findings: Iterable[Finding], rules: Monitor) -> list[str]:
    """The promises that are broken, in their order. Pure."""
    said = list(findings)
    return [promise for promise in promises(rules) if state(said, promise) == BROKEN]
