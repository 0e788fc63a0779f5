"""model/profile.py: every row is in one bin of each column, and what training has not seen can be told."""

import json
from typing import Any

import numpy as np
import pytest

from model import profile
from model.profile import NULL, UNSEEN, Profile, Ranges, Values

RANDOM = np.random.default_rng(1)
NUMBERS = profile.ranges(RANDOM.normal(0, 1, 4000))
LETTERS = profile.categories(["a", "b", "a", None])


def test_a_number_has_equally_many_rows_in_each_part() -> None:
    """Of training's rows; nothing is outside, nothing missing."""
    values = np.arange(1600)
    counts = profile.ranges(values).count(values)
    assert counts.tolist() == [100] * profile.PARTS + [0, 0]


def test_an_edge_belongs_to_the_bin_above_it_and_the_last_value_to_the_last() -> None:
    """No value that training saw is outside."""
    bins = Ranges((0.0, 1.0), 2.0, points=False)
    assert bins.count([0, 0.5, 1, 2, None]).tolist() == [2, 2, 0, 1]


def test_a_record_is_in_the_outer_bins_and_what_is_far_off_is_outside() -> None:
    """A hot day is none that training knows nothing of; -999 for a missing number is."""
    bins = Ranges((0.0, 1.0), 2.0, points=False)
    assert bins.count([-2, 4, -2.1, 4.1, -999]).tolist() == [1, 1, 3, 0]


def test_a_value_that_most_rows_have_leaves_the_others_apart() -> None:
    """Rain: nine hours of ten have none, and how much falls in the tenth is still told."""
    values = np.concatenate([np.zeros(900), np.linspace(0.01, 1, 100)])
    bins = profile.ranges(values)
    counts = bins.count(values)
    assert (bins.edges[:2], counts[0]) == ((0.0, 0.01), 900)
    assert len(bins.edges) > 2


def test_a_number_of_few_values_has_a_bin_for_each() -> None:
    """A weekday that is 0 or 3.5 is unseen, not in a range."""
    bins = profile.ranges([1, 2, 3, 4, 5, 6, 7] * 10)
    assert bins.labels == ["1", "2", "3", "4", "5", "6", "7", "outside", "missing"]
    assert bins.count([1, 7, 7, 0, 3.5, 8, None]).tolist() == [1, 0, 0, 0, 0, 0, 2, 3, 1]
    assert bins.unseen([1, 0, 3.5, 3.5, None]) == {"0": 1, "3.5": 2}


@pytest.mark.parametrize("missing", [None, float("nan"), np.float64("nan")])
@pytest.mark.parametrize("bins", [NUMBERS, LETTERS])
def test_none_and_nan_are_missing(bins: profile.Bins, missing: Any) -> None:
    """As the model sees them."""
    assert bins.count([missing])[NULL] == 1
    assert not bins.unseen([missing])


@pytest.mark.parametrize(
    "odd", [float("inf"), float("-inf"), 1e39, 10**400, True, "0.5", [0.5], np.float64("inf"), -99.0]
)
def test_what_is_no_number_of_trainings_range_is_unseen(odd: Any) -> None:
    """Also a truth value and a text that looks like a number."""
    assert NUMBERS.count([0.5, odd])[UNSEEN] == 1
    assert NUMBERS.unseen([0.5, odd]).total() == 1


@pytest.mark.parametrize("odd", ["z", "", 7, True, ["a"], 0.5])
def test_what_is_no_value_of_trainings_is_unseen(odd: Any) -> None:
    """Also what is no text at all."""
    assert LETTERS.count(["a", odd]).tolist() == [1, 0, 0, 1, 0]
    assert LETTERS.unseen(["a", odd]) == {str(odd): 1}


def test_a_truth_value_in_an_array_is_no_number() -> None:
    """An array knows its type, and a list of the same must not count otherwise."""
    assert NUMBERS.count(np.array([True, False]))[UNSEEN] == 2


def test_an_array_and_a_list_are_counted_alike() -> None:
    """In 64 bits or 32: the model sees 32."""
    values = RANDOM.normal(0, 2, 500)
    expected = NUMBERS.count(values.tolist()).tolist()
    assert NUMBERS.count(values).tolist() == NUMBERS.count(values.astype(np.float32)).tolist() == expected


def test_a_value_that_was_rounded_to_32_bits_is_not_outside() -> None:
    """0.1 is larger in 32 bits than in 64."""
    assert profile.ranges([0.1, 0.05] * 20).count([float(np.float32(0.1))])[UNSEEN] == 0


def test_rare_values_share_a_bin_and_are_not_unseen() -> None:
    """A column of names has no bin for each; more frequent ones come first."""
    names = [f"n{number:03}" for number in range(200)] + ["n150"]
    bins = profile.categories(names)
    counts = bins.count(names)
    assert (bins.frequent[0], len(bins.frequent), counts[UNSEEN]) == ("n150", profile.VALUES, 0)
    assert counts[len(bins.frequent)] == 200 - profile.VALUES


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")]])
def test_where_training_had_no_value_every_one_is_unseen(values: list[Any]) -> None:
    """Whatever the column is."""
    assert profile.ranges(values).count([1.0, None]).tolist() == [1, 1]
    assert profile.categories(values).count(["a", None]).tolist() == [0, 1, 1]


def test_a_column_of_one_value_has_one_bin() -> None:
    """And another value is seen at once."""
    assert profile.ranges([5.0] * 100).count([5, 5, 6]).tolist() == [2, 1, 0]


def test_a_code_is_the_bin_of_a_value() -> None:
    """For who counts by more than the column."""
    assert LETTERS.codes(["b", None, "a", "z"]).tolist() == [1, 4, 0, 3]
    assert Ranges((0.0, 1.0), 2.0, points=False).codes([1.5, -9, None, 0]).tolist() == [1, 2, 3, 0]


def test_no_rows_are_counted_as_none() -> None:
    """A block without traffic."""
    both = Profile({"x": NUMBERS, "letter": LETTERS})
    assert both.count({"x": [], "letter": []}).tolist() == both.empty().tolist()


def test_counts_of_parts_add_up_to_the_counts_of_all() -> None:
    """So blocks and segments can be kept instead of rows."""
    both = Profile({"x": NUMBERS, "letter": LETTERS})
    first, second = {"x": [0.1, None], "letter": ["a", "z"]}, {"x": [5.0], "letter": [None]}
    together = {"x": [0.1, None, 5.0], "letter": ["a", "z", None]}
    assert np.add(both.count(first), both.count(second)).tolist() == both.count(together).tolist()


def test_every_column_has_its_place() -> None:
    """A column's counts are those that it has alone, and each bin has a label."""
    both = Profile({"x": NUMBERS, "letter": LETTERS})
    counts = both.count({"x": [0.1, None], "letter": ["a", "b"]})
    assert counts[both.places["letter"]].tolist() == LETTERS.count(["a", "b"]).tolist()
    assert counts[both.places["x"]].tolist() == NUMBERS.count([0.1, None]).tolist()
    assert [bins.size for bins in (NUMBERS, LETTERS)] == [18, 5]


def test_a_column_that_is_not_given_is_an_error() -> None:
    """It must not look like a column that is always missing."""
    with pytest.raises(KeyError, match="letter"):
        Profile({"letter": LETTERS}).count({})


def test_bins_are_the_same_after_json() -> None:
    """Numbers of 32 bits are written so that they are read again."""
    written = Profile({"x": NUMBERS, "day": profile.ranges([1, 2]), "letter": Values(("a",), ("b", "c"))})
    read = profile.profile(json.loads(json.dumps(written.document())))
    assert read == written
    values = RANDOM.normal(0, 2, 500)
    assert read.columns["x"].count(values).tolist() == NUMBERS.count(values).tolist()


def test_counts_are_the_same_after_json() -> None:
    """And plain numbers, not numpy's."""
    both = Profile({"x": NUMBERS, "letter": LETTERS})
    counts = both.count({"x": [0.1, None], "letter": ["a", "b"]})
    assert both.decode(json.loads(json.dumps(both.encode(counts)))).tolist() == counts.tolist()


def test_zeros_in_a_row_are_one_number() -> None:
    """Most bins of a segment's day hold nothing."""
    letters = Profile({"letter": LETTERS})
    assert letters.encode(np.array([0, 0, 3, 0, 4])) == [-2, 3, -1, 4]
    assert letters.decode([-2, 3, -1, 4]).tolist() == [0, 0, 3, 0, 4]
    assert letters.decode(letters.encode(letters.empty())).tolist() == [0] * 5


@pytest.mark.parametrize("document", [[1, 2, 3, 4], [-4], [-9, 1], [[1, 2, 3, 4, 5]]])
def test_counts_of_other_bins_are_refused(document: list[Any]) -> None:
    """They would be read as rows of other values."""
    with pytest.raises(ValueError, match=r"counts of 5 bins are wanted, and these are of .*: count again"):
        Profile({"letter": LETTERS}).decode(document)
