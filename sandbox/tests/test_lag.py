"""Tests of sandbox.lag."""

import pytest

from sandbox.lag import Lag
from sandbox.statistics import Sample, statistic


def bucket(published: float, *values: float) -> list[Sample]:
    """A data point's samples, published at that stamp."""
    return [Sample(published - 1, 1.0, value, value, value, published=published) for value in sorted(values)]


@pytest.mark.parametrize(("now", "count"), [(9.9, 0), (11.9, 0), (12.0, 5), (14.9, 5), (15.0, 10)])
def test_a_data_point_comes_late_and_whole_later(now: float, count: int) -> None:
    """Nothing for two seconds, half of it for three more, then all."""
    samples = bucket(10.0, *range(1, 11))
    assert len(Lag(2.0, 3.0, 0.5).seen(samples, now)) == count


def test_what_is_early_is_a_fair_part() -> None:
    """A fifth of the failures is in the fifth that comes first."""
    samples = bucket(10.0, *[0.0] * 80, *[1.0] * 20)
    seen = Lag(0.0, 9.0, 0.2).seen(samples, 10.0)
    assert (statistic(seen, "SampleCount"), statistic(seen, "Sum")) == (20.0, 4.0)


def test_data_points_are_late_one_by_one() -> None:
    """The older of two data points is complete while the newer is not there yet."""
    samples = [*bucket(10.0, 1.0, 2.0), *bucket(20.0, 3.0)]
    assert [sample.low for sample in Lag(5.0, 0.0, 0.5).seen(samples, 16.0)] == [1.0, 2.0]
