"""Holds the exported model against the booster it came from, on the rows where the two could differ.

They add the same leaves in another order, so their scores differ by rounding; a row that takes another branch
differs by far more.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import target
from model.export import LEAF
from model.features import UNSEEN, Matrix

Predict = Callable[[Matrix], NDArray[np.float32]]  # rows [n, columns] to answers [n]

HALF = 0.5  # where a probability becomes the other label
SAMPLED = 200  # rows that each column is changed in


class ParityError(ValueError):
    """The exported model does not say what the booster says."""


def check(exported: Predict, booster: Predict, cases: dict[str, Matrix]) -> float:
    """The largest difference on `cases`. Raises ParityError with the name of the first case that differs.

    A case differs when a score does by more than target.AGREEMENT or is no number, or when a label does.
    """
    largest = 0.0
    for name, rows in cases.items():
        ours, theirs = exported(rows), booster(rows)
        difference = float(np.abs(ours - theirs).max())
        if not difference <= target.AGREEMENT:
            raise ParityError(
                f"the exported model differs from XGBoost by {difference:.1e} on {name}, more than "
                f"{target.AGREEMENT:.0e}: put model/export.py right"
            )
        flipped = int(((ours >= HALF) != (theirs >= HALF)).sum())
        if flipped and target.OBJECTIVE.startswith("binary:"):
            raise ParityError(
                f"the exported model gives {flipped} of {len(rows)} {name} another label than XGBoost, "
                f"whose score is within rounding of {HALF}: change a hyperparameter, such as trees"
            )
        largest = max(largest, difference)
    return largest


def cases(trees: Sequence[dict[str, Any]], rows: Matrix, categories: Sequence[int]) -> dict[str, Matrix]:
    """The rows to compare on, by what they are; `categories` are the columns of `rows` that hold codes."""
    return {
        "evaluation rows": rows,
        "rows with nulls": with_nulls(rows),
        "rows with unseen categories": with_unseen(rows, categories),
        "rows on thresholds": on_thresholds(trees, rows),
    }


def on_thresholds(trees: Sequence[dict[str, Any]], rows: Matrix) -> Matrix:
    """Three rows for each split, which reach it: the float before its threshold, the threshold, the next."""
    ends = np.full(rows.shape[1], np.inf, dtype=np.float32)
    begun = (_reach(tree, 0, rows[number % len(rows)], -ends, ends) for number, tree in enumerate(trees))
    return np.array([row for tree in begun for row in tree], dtype=np.float32).reshape(-1, rows.shape[1])


def _reach(tree: dict[str, Any], node: int, row: Matrix, low: Matrix, high: Matrix) -> Iterator[Matrix]:
    """Rows for `node`, which `row` reaches, and for all below it, to which the row is changed if need be.

    The way so far leaves each column the values from `low` to below `high`; a split at one of these ends
    parts nothing but the missing values.
    """
    left, right = tree["left_children"][node], tree["right_children"][node]
    if left == LEAF:
        return
    column, edge = tree["split_indices"][node], np.float32(tree["split_conditions"][node])
    below, above = (np.nextafter(edge, np.float32(way)) for way in (-np.inf, np.inf))
    for value in (below, edge, above):
        yield _with(row, column, value)
    lefts = row if row[column] < edge else _with(row, column, below if below >= low[column] else np.nan)
    rights = row if row[column] >= edge else _with(row, column, edge if edge < high[column] else np.nan)
    yield from _reach(tree, left, lefts, low, _with(high, column, edge))
    yield from _reach(tree, right, rights, _with(low, column, edge), high)


def with_nulls(rows: Matrix) -> Matrix:
    """Some rows once for each column without its value, and a row without any."""
    some, width = rows[:SAMPLED], rows.shape[1]
    none = np.full((1, width), np.nan, dtype=np.float32)
    return np.concatenate([*(_with(some, column, np.nan) for column in range(width)), none])


def with_unseen(rows: Matrix, categories: Sequence[int]) -> Matrix:
    """Some rows once for each category with a value that training did not see, and with all of them so."""
    some = rows[:SAMPLED]
    return np.concatenate(
        [*(_with(some, one, UNSEEN) for one in categories), _with(some, categories, UNSEEN)]
    )


def _with(rows: Matrix, column: int | Sequence[int], value: float | np.float32) -> Matrix:
    """A copy of a row or of rows with `value` in a column, or in several."""
    changed = rows.copy()
    changed[..., column] = value
    return changed
