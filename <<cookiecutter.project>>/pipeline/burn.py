"""How fast an error budget may burn before somebody is told: one long and one short window together.

The budget is the share of requests that the promise leaves to fail over a whole window, such as 0.5 % over 30
days. A burn rate of 1 uses it up exactly; the rate that uses the share `budget` of it within `hours` is
`budget * window / hours`. The long window says that it matters, the short one, a twelfth of it, that it still
goes on: https://sre.google/workbook/alerting-on-slos/, "Multiwindow, Multi-Burn-Rate Alerts".
"""

from dataclasses import dataclass

SHORT = 12  # short windows in a long one: the workbook's guideline


@dataclass(frozen=True)
class Burn:
    """A burn rate that somebody is told of, and the two windows, in seconds, that it is measured over."""

    name: str
    rate: float
    long_seconds: int
    short_seconds: int
    errors: float  # the share of failed requests that means this rate


def burn(name: str, *, availability: float, window_days: int, hours: int, budget: float) -> Burn:
    """The burn rate that uses the share `budget` of the error budget of `window_days` within `hours`."""
    rate = budget * window_days * 24 / hours
    return Burn(
        name, round(rate, 6), hours * 3600, hours * 3600 // SHORT, round(rate * (1 - availability), 6)
    )
