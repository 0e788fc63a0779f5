"""Tests of sandbox.statistics."""

import pytest

from sandbox.statistics import Sample, check, statistic
from sandbox.world import ApiError


def samples(*values: float) -> list[Sample]:
    """Each value, put once."""
    return [Sample(0.0, 1.0, value, value, value) for value in values]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 4.0), ("Sum", 10.0), ("Average", 2.5), ("Minimum", 1.0), ("Maximum", 4.0),
        ("p50", 2.0), ("p75", 3.0), ("p99.9", 4.0), ("p0", 1.0),
        ("TC(2:3)", 1.0), ("TC(:2)", 2.0), ("TC(2:)", 2.0), ("TC(0.5:1.5)", 1.0), ("TC(9:)", 0.0),
        ("PR(2:3)", 25.0), ("PR(:2)", 50.0), ("PR(2:)", 50.0), ("PR(0:4)", 100.0), ("PR(:0.5)", 0.0),
    ],
)  # fmt: skip
def test_statistics(name: str, expected: float) -> None:
    """Each statistic of the values 1 to 4; of two bounds the lower is outside, the upper inside."""
    assert statistic(samples(4.0, 1.0, 3.0, 2.0), name) == expected


def test_counts_weigh() -> None:
    """A value that was put 30 times is 30 of the values that are counted."""
    assert statistic([Sample(0.0, 30.0, 60.0, 2.0, 2.0), *samples(9.0)], "TC(:2)") == 30.0


@pytest.mark.parametrize("name", ["p50", "TC(:2)", "PR(:2)"])
def test_no_distribution_no_rank(name: str) -> None:
    """A StatisticSet of differing values hides them, unless it is one value; negative values have no ranks."""
    assert statistic([Sample(0.0, 2.0, 3.0, 1.0, 2.0)], name) is None
    assert statistic([Sample(0.0, 1.0, 1.0, 1.0, 1.0)], name) is not None
    assert statistic(samples(-1.0, 2.0), name) is None


def test_no_values_no_point() -> None:
    """A period without values has no count either, not a count of zero."""
    assert statistic([], "TC(:2)") is None


@pytest.mark.parametrize(
    "name",
    [
        "tm99",
        "TC(10%:90%)",
        "PR(:50%)",
        "TC(:)",
        "TC(.:)",
        "TC(1e6:)",
        "PR(-1:2)",
        "tc90",
        "TM(1:2)",
        "p101",
        "p",
        "pp9",
        "",
    ],
)
def test_other_statistics_are_refused(name: str) -> None:
    """What is not in the sandbox is not quietly taken for something else."""
    with pytest.raises(ApiError) as refused:
        check(name)
    assert refused.value.code == "NotInSandbox"
    with pytest.raises(ApiError):
        statistic(samples(1.0), name)
