"""How far two sets of rows lie apart, and whether blocks of rows differ so much anyway. Numpy alone.

Rows of one block, such as a day, have much in common: of flights, the weather. Tests that take rows for
independent find a difference between any two weeks. Here whole blocks are dealt out anew, to window and
reference, and the difference as it is must stand out from those that chance deals. That is exact where blocks
could have come in any order. Blocks that follow a trend or a season could not, and are told apart rightly
or wrongly by what else moves with time; see `model/reference.py` for columns that follow the season.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model.profile import Counts

Floats = NDArray[np.float64]
Chosen = NDArray[np.bool_]

FEWEST = 7  # blocks on either side; with fewer nothing shows how blocks differ
DEALS = 999  # the smallest p is one of a thousand
SEED = 2013
TINY = 1e-9  # less is rounding


def psi(old: Counts, new: Counts) -> float:
    """The population stability index of counts [k] and [k], less what chance alone makes of it; at least 0.

    sum((q - p) * ln(q / p)) over the bins that hold rows, with p and q the shares of old and new rows; half a
    row more in each bin keeps an empty one finite. For n and m rows of one population, no row in both, it is
    expected to be (bins - 1) * (1 / n + 1 / m), which is taken off (Yurdakul and Naranjo, Statistical
    properties of the population stability index, Journal of Risk Model Validation 14(4), 2020).
    """
    held = (old + new) > 0
    n, m = int(old.sum()), int(new.sum())
    if not n or not m:
        return 0.0
    p, q = (_smoothed(counts[held]) for counts in (old, new))
    chance = (held.sum() - 1) * (1 / n + 1 / m)
    return max(0.0, float(((q - p) * np.log(q / p)).sum() - chance))


def share(counts: Counts, place: int) -> float:
    """The share of rows in one bin; 0 of no rows."""
    rows = counts.sum()
    return float(counts[place] / rows) if rows else 0.0


def p_values(
    reference: Counts,
    window: Counts,
    columns: Mapping[str, slice],
    near: Mapping[str, Chosen],
    *,
    deals: int = DEALS,
    seed: int = SEED,
) -> dict[str, float]:
    """For each column how likely it is that any of them, were none to drift, lies as far apart as it does.

    `reference` [b, k] and `window` [w, k] count the rows of blocks, each of which has some. `columns`
    says where among the k bins a column stands, `near` [b] with which blocks of the reference it is compared.
    The same blocks and seed give the same values.

    They are adjusted by Westfall and Young's step-down maxT (Resampling-Based Multiple Testing, 1993; as
    Ge, Dudoit and Speed, https://doi.org/10.1007/BF02595811, describe it), for which columns that move
    together count less than as many that do not. No p is less than 1 / (1 + deals), however many columns.
    """
    if not columns:
        return {}
    old, new = evened(reference, window, columns, seed)
    turns = np.random.default_rng([seed, 0]).random((deals, len(old) + len(new)))
    hands: dict[bytes, Floats] = {}
    distances = []
    for name, place in columns.items():
        taken = np.append(near[name], np.ones(len(new), dtype=bool))
        if taken.tobytes() not in hands:
            hands[taken.tobytes()] = _dealt(turns[:, taken], len(new))
        blocks = np.concatenate([old[near[name], place], new[:, place]])
        distances.append(distance(blocks, hands[taken.tobytes()]))
    adjusted = step_down(np.column_stack(distances))
    return {name: float(p) for name, p in zip(columns, adjusted, strict=True)}


def evened(
    reference: Counts, window: Counts, columns: Mapping[str, slice], seed: int
) -> tuple[Floats, Floats]:
    """The counts of both, as if their blocks were about equally large.

    Shares of small blocks scatter more, so a window of small ones would stand out among deals of large ones:
    from a reference of larger blocks rows are left out at random. A window of larger blocks only weighs less.
    """
    first = next(iter(columns.values()))
    ratio = window[:, first].sum() / len(window) / (reference[:, first].sum() / len(reference))
    if ratio < 1:
        thinned = np.random.default_rng([seed, 1]).binomial(reference, ratio)
        return thinned.astype(np.float64), window.astype(np.float64)
    return reference.astype(np.float64), window / ratio


def distance(blocks: Floats, hands: Floats) -> Floats:
    """How far the bin of a column that moved most has moved, in each of `hands` [n, b]: an array [n].

    `blocks` [b, k] are its counts. A bin's move is the difference of its shares in the hand and in the other
    blocks, in standard deviations of what the hands make of it. So a rare bin weighs as much as a full one,
    which the stability index would let the others drown.
    """
    held = hands @ blocks
    others = blocks.sum(0) - held
    moves = held / np.maximum(held.sum(1, keepdims=True), TINY) - others / np.maximum(
        others.sum(1, keepdims=True), TINY
    )
    spread = moves.std(axis=0)
    told = spread > TINY
    if not told.any():
        return np.zeros(len(hands))
    return np.asarray(np.abs(moves[:, told] / spread[told]).max(axis=1))


def step_down(distances: Floats) -> Floats:
    """The adjusted p of m columns from their distances [n, m], of which the first row is what is there.

    Each column's are taken in their standard deviations: one whose distance is often large hides no other.
    """
    spread = distances.std(axis=0)
    extremes = (distances - distances.mean(axis=0)) / np.where(spread > TINY, spread, 1)
    order = np.argsort(-extremes[0], kind="stable")
    largest = np.maximum.accumulate(extremes[:, order[::-1]], axis=1)[:, ::-1]  # from its place on
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate((largest >= extremes[0, order] - TINY).mean(axis=0))
    return adjusted


def _dealt(turns: Floats, size: int) -> Floats:
    """Which blocks are the window's [1 + deals, b], 1 or 0: first as it is, the last ones; then by turns."""
    hands = np.zeros((len(turns) + 1, turns.shape[1]))
    hands[0, -size:] = 1
    np.put_along_axis(hands[1:], np.argpartition(turns, size - 1, axis=1)[:, :size], 1, axis=1)
    return hands


def _smoothed(counts: Counts) -> Floats:
    smoothed = counts + 0.5
    return np.asarray(smoothed / smoothed.sum())
