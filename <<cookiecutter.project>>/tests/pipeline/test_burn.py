"""Burn rates: what the workbook's table says, from the numbers of a policy."""

import pytest

from pipeline.burn import Burn, burn


@pytest.mark.parametrize(
    ("hours", "budget", "expected"),
    [
        (1, 0.02, Burn("x", 14.4, 3600, 300, 0.0144)),
        (6, 0.05, Burn("x", 6.0, 21600, 1800, 0.006)),
    ],
)
def test_the_rates_are_the_workbooks(hours: int, budget: float, expected: Burn) -> None:
    """99.9 % over 30 days: 2 % in an hour and its last 5 minutes, 5 % in six hours and their last 30."""
    assert burn("x", availability=0.999, window_days=30, hours=hours, budget=budget) == expected


def test_a_looser_promise_lets_more_requests_fail_at_the_same_rate() -> None:
    """The rate is the budget's, the share of errors is the promise's."""
    tight, loose = (
        burn("x", availability=promise, window_days=30, hours=1, budget=0.02) for promise in (0.999, 0.99)
    )
    assert (loose.rate, loose.errors) == (tight.rate, pytest.approx(10 * tight.errors))
