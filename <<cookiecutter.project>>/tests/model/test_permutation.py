"""model/permutation.py: a column that moved is named, and blocks that only differ as blocks do are not."""

import numpy as np
import pytest

from model import permutation
from model.permutation import FEWEST, psi, step_down
from model.profile import Counts

BINS, NAMES = 6, ("a", "b", "c", "d")
PLACES = {name: slice(BINS * place, BINS * (place + 1)) for place, name in enumerate(NAMES)}
EVEN = np.full(BINS, 1 / BINS)
MOVED = np.array([2.5, 2.0, 1.5, 1, 0.5, 0.5]) / 8
Random = np.random.Generator


def blocks(random: Random, count: int, rows: int, apart: float = 0.0, **shares: np.ndarray) -> Counts:
    """`count` blocks of `rows` rows; `apart` says how much the shares of one block differ from another's."""
    made = []
    for name in NAMES:
        tilted = shares.get(name, EVEN) * np.exp(apart * random.normal(size=(count, BINS)))
        made.append(random.multinomial(rows, tilted / tilted.sum(axis=1, keepdims=True)))
    return np.concatenate(made, axis=1)


def judged(reference: Counts, window: Counts, **how: int) -> dict[str, float]:
    """The p of each column, all blocks of the reference compared."""
    near = dict.fromkeys(NAMES, np.ones(len(reference), dtype=bool))
    return permutation.p_values(reference, window, PLACES, near, **how)


def alarms(found: list[dict[str, float]]) -> int:
    """In how many of some windows a column is told apart."""
    return sum(min(one.values()) <= 0.05 for one in found)


@pytest.mark.parametrize(("days", "window"), [(15, 15), (60, 14), (60, FEWEST)])
def test_the_column_that_moved_is_named_and_no_other(days: int, window: int) -> None:
    """However many blocks there are, from the fewest on."""
    random = np.random.default_rng(1)
    found = judged(blocks(random, days, 200, 0.2), blocks(random, window, 200, 0.2, c=MOVED))
    assert {name for name, p in found.items() if p <= 0.05} == {"c"}


def test_a_rare_bin_that_fills_is_found() -> None:
    """One row in a hundred has a value that there never was, and the full bins scatter."""
    random = np.random.default_rng(2)
    reference, window = blocks(random, 30, 400, 0.3), blocks(random, 14, 400, 0.3)
    reference[:, 5], window[:, 5] = 0, 4
    assert judged(reference, window)["a"] <= 0.05


def test_blocks_that_differ_as_blocks_do_are_rarely_told_apart() -> None:
    """Days of different weather: one window in twenty, and tests of rows would find all of them."""
    random = np.random.default_rng(3)
    windows = [(blocks(random, 20, 300, 0.5), blocks(random, 10, 300, 0.5)) for _ in range(60)]
    assert alarms([judged(*one) for one in windows]) <= 7
    assert all(psi(old[:, :BINS].sum(axis=0), new[:, :BINS].sum(axis=0)) > 0 for old, new in windows)


@pytest.mark.parametrize(("training", "production"), [(600, 15), (15, 600)])
def test_blocks_of_another_size_are_not_told_apart_by_that(training: int, production: int) -> None:
    """Small blocks scatter more; taken as they are, they would be found in most windows."""
    random = np.random.default_rng(4)
    windows = [(blocks(random, 60, training), blocks(random, 14, production)) for _ in range(40)]
    assert alarms([judged(*one) for one in windows]) <= 5


def test_a_window_of_larger_blocks_still_shows_what_moved() -> None:
    """A sample was trained on, and production answers everybody."""
    random = np.random.default_rng(5)
    assert judged(blocks(random, 60, 30, 0.2), blocks(random, 14, 3000, 0.2, b=MOVED))["b"] <= 0.05


def test_the_same_blocks_have_the_same_values() -> None:
    """Whoever asks, and how often; only another seed deals otherwise."""
    random = np.random.default_rng(6)
    reference, window = blocks(random, 20, 90, 0.3), blocks(random, 9, 60, 0.3)
    assert judged(reference, window) == judged(reference, window) != judged(reference, window, seed=1)


def test_a_column_is_compared_with_the_blocks_that_it_names() -> None:
    """Of a column with a season those near by; another one's are all."""
    random = np.random.default_rng(7)
    summer, winter = blocks(random, 20, 200, 0.1), blocks(random, 20, 200, 0.1, a=MOVED)
    window = blocks(random, 10, 200, 0.1, a=MOVED)
    everything, near = np.ones(40, dtype=bool), np.repeat([False, True], 20)
    year = np.concatenate([summer, winter])
    found = [
        permutation.p_values(year, window, PLACES, dict.fromkeys(NAMES, everything) | {"a": one})["a"]
        for one in (everything, near)
    ]
    assert found[0] <= 0.05 < found[1]


def test_a_column_that_never_changes_is_never_told_apart() -> None:
    """All rows in one bin: no deal differs from another."""
    random = np.random.default_rng(8)
    reference, window = blocks(random, 10, 50), blocks(random, 10, 50)
    for one in (reference, window):
        one[:, :BINS] = [50, 0, 0, 0, 0, 0]
    assert judged(reference, window)["a"] == 1


def test_no_columns_have_no_values() -> None:
    """Where none can be judged."""
    none = np.zeros((0, 0), dtype=np.int64)
    assert permutation.p_values(none, none, {}, {}) == {}


def test_many_columns_do_not_hide_one() -> None:
    """The least p is that of one deal among all, however many columns there are."""
    random = np.random.default_rng(9)
    places = {str(place): slice(2 * place, 2 * place + 2) for place in range(80)}
    reference = np.concatenate([random.multinomial(100, [0.5, 0.5], size=20) for _ in places], axis=1)
    window = np.concatenate([random.multinomial(100, [0.5, 0.5], size=10) for _ in places], axis=1)
    window[:, :2] = [80, 20]
    near = dict.fromkeys(places, np.ones(20, dtype=bool))
    assert permutation.p_values(reference, window, places, near)["0"] == 0.001


def test_a_p_among_several_is_that_of_the_best_of_them_by_chance() -> None:
    """By hand: of four deals the first is what is there; the other column is as extreme in another deal."""
    distances = np.array([[9.0, 1.0], [1.0, 2.0], [2.0, 9.0], [3.0, 3.0]])
    assert step_down(distances).tolist() == [0.5, 1.0]


def test_a_p_among_one_is_the_share_of_deals_as_far_apart() -> None:
    """What is there counts as one of them."""
    assert step_down(np.array([[2.0], [1.0], [2.0], [3.0]])).tolist() == [0.75]


def test_the_formula_by_hand() -> None:
    """Two bins of 100 rows, half a row more in each; one degree of freedom is taken off."""
    p, q = np.array([50.5, 50.5]) / 101, np.array([20.5, 80.5]) / 101
    expected = ((q - p) * np.log(q / p)).sum() - 1 * (1 / 100 + 1 / 100)
    assert psi(np.array([50, 50]), np.array([20, 80])) == pytest.approx(expected)


def test_a_bin_without_rows_on_either_side_is_no_bin() -> None:
    """It would take off chance that was never there."""
    assert psi(np.array([50, 50, 0]), np.array([20, 80, 0])) == pytest.approx(
        psi(np.array([50, 50]), np.array([20, 80]))
    )


def test_rows_that_are_not_there_have_no_drift() -> None:
    """Nothing to compare with."""
    assert psi(np.array([0, 0]), np.array([1, 2])) == 0
