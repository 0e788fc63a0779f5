"""serving/blocks.py: rows counted by block and segment, however they come."""

import numpy as np
import pytest

from model import metrics, profile
from model.profile import NULL, Profile
from serving import blocks
from serving.blocks import WHOLE, Blocks

ROWS = {"seats": [100, 200, None, 300], "origin": ["JFK", "LGA", "JFK", None]}
SCORES, LABELS = [0.1, 0.8, 0.3, 0.6], [0.0, 1.0, 1.0, 0.0]


@pytest.fixture
def bins() -> Profile:
    """Of a number, a category and the score."""
    return Profile(
        {
            "seats": profile.ranges([100, 200, 300, 400]),
            "origin": profile.categories(["JFK", "LGA"]),
            profile.SCORE: profile.ranges([0.0, 0.5, 1.0]),
        }
    )


@pytest.fixture
def counted(bins: Profile) -> Blocks:
    """Nothing counted yet; the rows are parted by origin."""
    return Blocks(bins, {"origin": {"JFK", "LGA"}}, None)


def test_rows_are_counted_by_block_and_segment(counted: Blocks, bins: Profile) -> None:
    """A row without a value of the segment's column is in the whole alone."""
    counted.add(7, ROWS, SCORES, LABELS)
    counted.add(9, ROWS, SCORES, None)
    counted.flush()
    assert sorted(counted.parts) == [7, 9]
    parts = counted.parts[7]
    assert {name: part.rows for name, part in parts.items()} == {"all": 4, "origin=JFK": 2, "origin=LGA": 1}
    assert parts["origin=JFK"].counts is not None
    assert parts["origin=JFK"].counts[bins.places["seats"]][NULL] == 1
    np.testing.assert_array_equal(parts[WHOLE].tally, metrics.tally(np.array(LABELS), np.array(SCORES)))
    assert (parts[WHOLE].labelled, parts["origin=LGA"].labelled) == (4, 1)
    assert (counted.parts[9][WHOLE].labelled, counted.parts[9][WHOLE].tally) == (0, None)


def test_one_by_one_is_the_same_as_all_at_once(
    bins: Profile, counted: Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that wait are counted whenever there are enough of them."""
    counted.add(7, ROWS, SCORES, LABELS)
    counted.flush()
    monkeypatch.setattr(blocks, "WAITING", 3)
    single = Blocks(bins, {"origin": {"JFK", "LGA"}}, None)
    for place in range(4):
        row = {name: values[place : place + 1] for name, values in ROWS.items()}
        single.add(7, row, SCORES[place : place + 1], LABELS[place : place + 1])
    single.flush()
    for name, part in counted.parts[7].items():
        np.testing.assert_array_equal(single.parts[7][name].counts, part.counts)
        np.testing.assert_allclose(single.parts[7][name].tally, part.tally)


def test_rows_without_an_answer_count_for_their_columns_alone(counted: Blocks, bins: Profile) -> None:
    """Their labels have nothing to be held against."""
    counted.add(7, ROWS, None, LABELS)
    counted.flush()
    whole = counted.parts[7][WHOLE]
    assert whole.counts is not None
    assert whole.counts[bins.places["seats"]].sum() == 4
    assert whole.counts[bins.places[profile.SCORE]].sum() == 0
    assert (whole.labelled, whole.tally) == (0, None)


def test_a_new_value_is_a_new_segment(counted: Blocks) -> None:
    """Named, so that somebody hears of it."""
    counted.add(7, {"seats": [1], "origin": ["EWR"]}, [0.5], None)
    counted.flush()
    assert counted.new == {"origin": ["EWR"]}
    assert counted.parts[7]["origin=EWR"].rows == 1


def test_any_number_of_new_values_makes_some_segments(
    counted: Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers may send whatever they like."""
    monkeypatch.setattr(blocks, "NEW", 2)
    counted.add(7, {"seats": [1] * 9, "origin": [f"X{n}" for n in range(9)]}, [0.5] * 9, None)
    counted.flush()
    assert sorted(counted.parts[7]) == ["all", "origin=X0", "origin=X1"]


def test_a_segments_column_that_nobody_sends_has_no_segments(bins: Profile) -> None:
    """It need not be one of the model's."""
    counted = Blocks(bins, {"cabin": {"first"}}, None)
    counted.add(7, ROWS, SCORES, None)
    counted.flush()
    assert list(counted.parts[7]) == ["all"]


def test_what_is_expected_of_scores_takes_an_evaluation(bins: Profile) -> None:
    """The reliability of its rows."""
    judged = metrics.tally(np.array(LABELS), np.array(SCORES))
    counted = Blocks(bins, {}, judged)
    counted.add(7, ROWS, SCORES, None)
    counted.flush()
    assert counted.parts[7][WHOLE].expected == pytest.approx(metrics.expected(np.array(SCORES), judged))


def test_metrics_of_which_scores_tell_nothing_expect_nothing(
    bins: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another task's model/metrics.py need not have `expected`."""
    monkeypatch.delattr(metrics, "expected")
    counted = Blocks(bins, {}, metrics.tally(np.array(LABELS), np.array(SCORES)))
    counted.add(7, ROWS, SCORES, None)
    counted.flush()
    assert counted.parts[7][WHOLE].expected is None


def test_without_bins_no_column_is_counted() -> None:
    """A model of before they were kept is still judged by its labels."""
    counted = Blocks(None, {"origin": {"JFK"}}, None)
    counted.add(7, ROWS, SCORES, LABELS)
    counted.flush()
    assert counted.parts[7][WHOLE].counts is None
    assert counted.parts[7][WHOLE].labelled == 4
