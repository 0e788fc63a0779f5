"""Counts: what is compared, and what is left out."""

import numpy as np
import pytest

from pipeline.judge.counts import Counts


def counts(*rows: list[int]) -> Counts:
    """Of canary, stable, canary_failed and stable_failed; without failures when those are not given."""
    return Counts(*(np.array(row) for row in (*rows, *([[0] * len(rows[0])] * (4 - len(rows))))))


def listed(found: Counts) -> list[list[int]]:
    """As plain numbers."""
    return [one.tolist() for one in (found.canary, found.stable, found.canary_failed, found.stable_failed)]


def test_full_ticks_stay_as_they_are() -> None:
    """Pooling is for thin traffic only."""
    full = counts([5, 5], [9, 9], [1, 0], [0, 2])
    assert listed(full.pooled(3)) == listed(full)


def test_thin_ticks_are_counted_where_both_fleets_have_enough() -> None:
    """The third tick completes a pool of three; what follows waits for more."""
    found = counts([1, 1, 1, 1], [2, 2, 2, 2], [0, 1, 0, 1], [1, 0, 0, 0]).pooled(3)
    assert listed(found) == [[0, 0, 3, 0], [0, 0, 6, 0], [0, 0, 1, 0], [0, 0, 1, 0]]


def test_pooling_twice_is_pooling_once() -> None:
    """A pool is full already."""
    once = counts([1, 0, 2, 4, 1], [2, 2, 2, 2, 2], [0, 0, 1, 1, 1]).pooled(3)
    assert listed(once.pooled(3)) == listed(once)


def test_what_came_before_the_candidate_is_left_out() -> None:
    """Whatever happened to the stable fleet then says nothing about the candidate."""
    found = counts([0, 0, 5], [100, 100, 5], [0, 0, 0], [90, 90, 0]).pooled(3)
    assert listed(found) == [[0, 0, 5], [0, 0, 5], [0, 0, 0], [0, 0, 0]]


def test_a_tick_with_more_failures_than_requests_is_left_out() -> None:
    """One of its two metrics has not come yet."""
    found = counts([5, 5], [9, 9], [6, 1], [0, 0]).pooled(3)
    assert listed(found) == [[0, 5], [0, 9], [0, 1], [0, 0]]


def test_releases_are_pooled_apart() -> None:
    """A batch gives what each of its rows gives alone."""
    random = np.random.default_rng(1)
    rows = [random.poisson(1.0, (7, 20)) for _ in range(2)]
    batch = Counts(*rows, *(random.binomial(row, 0.2) for row in rows))
    for row in range(7):
        parts = (batch.canary, batch.stable, batch.canary_failed, batch.stable_failed)
        alone = Counts(*(part[row] for part in parts)).pooled(3)
        assert listed(alone) == [part[row] for part in listed(batch.pooled(3))]


def test_since_forgets_what_was_before() -> None:
    """The ticks stay, so that stakes on later starts keep their place."""
    assert counts([4, 5], [6, 7]).since(1).canary.tolist() == [0, 5]


def test_the_four_are_of_the_same_ticks() -> None:
    """Otherwise failures would be held against other requests."""
    with pytest.raises(ValueError, match="one shape"):
        counts([4, 5], [6])
