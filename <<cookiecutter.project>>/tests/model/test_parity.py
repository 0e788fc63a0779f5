"""model/parity.py: a wrong export is found on the rows where it is wrong, and named by them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import xgboost
from numpy.typing import NDArray

from model import export, parity, target
from model.export import LEAF

WIDTH, CATEGORY = 4, 3  # three numbers, and the codes of a category
Rows = NDArray[np.float32]
Predict = Callable[[Rows], Rows]


def rows(seed: int, count: int, nulls: float) -> Rows:
    """Random rows; a share of the cells is missing."""
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(count, WIDTH)).astype(np.float32)
    matrix[:, CATEGORY] = generator.integers(0, 4, count)
    matrix[generator.random(matrix.shape) < nulls] = np.nan
    return matrix


@pytest.fixture(scope="module")
def booster() -> xgboost.Booster:
    """Trained on a rule in which a missing value says the contrary of a small one."""
    inputs = rows(1, 4000, nulls=0.2)
    labels = (np.nan_to_num(inputs[:, 0] * inputs[:, 1]) > 0.2) ^ np.isnan(inputs[:, CATEGORY])
    labels ^= np.isnan(inputs[:, 0])
    table = xgboost.DMatrix(inputs, labels.astype(np.float32))
    return xgboost.train({"objective": "binary:logistic", "max_depth": 5, "nthread": 1}, table, 40)


@pytest.fixture(scope="module")
def cases(booster: xgboost.Booster) -> dict[str, Rows]:
    """What a training job compares on; its evaluation rows have no missing value."""
    return parity.cases(export.trees(booster), rows(2, 3000, nulls=0), [CATEGORY])


@pytest.fixture(scope="module")
def expected(booster: xgboost.Booster) -> Predict:
    """What XGBoost answers."""
    return lambda inputs: booster.predict(xgboost.DMatrix(inputs))


def exported(booster: xgboost.Booster, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Predict:
    """What the graph answers when the exporter writes other attributes."""
    graph = export.to_onnx(booster, WIDTH, "x", "p")
    node = graph.graph.node[0]
    found = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    change(found)
    del node.attribute[:]
    node.attribute.extend(onnx.helper.make_attribute(name, value) for name, value in found.items())
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    return lambda inputs: session.run(["p"], {"x": inputs})[0][:, 0]


def wrong_base(attributes: dict[str, Any]) -> None:
    """Every score a little too high."""
    attributes["base_values"] = [attributes["base_values"][0] + 1e-3]


def wrong_side(attributes: dict[str, Any]) -> None:
    """A number on a threshold goes left; codes stay right, because ordinary rows lie on their thresholds."""
    nodes = zip(attributes["nodes_modes"], attributes["nodes_featureids"], strict=True)
    attributes["nodes_modes"] = [
        b"BRANCH_LEQ" if mode == b"BRANCH_LT" and column != CATEGORY else mode for mode, column in nodes
    ]


def wrong_default(attributes: dict[str, Any]) -> None:
    """A missing value always goes right."""
    attributes["nodes_missing_value_tracks_true"] = [0] * len(attributes["nodes_modes"])


def test_the_export_agrees_on_every_case(
    booster: xgboost.Booster, cases: dict[str, Rows], expected: Predict
) -> None:
    """Within the bound that the job holds it to."""
    assert parity.check(exported(booster), expected, cases) <= target.AGREEMENT


@pytest.mark.parametrize(
    ("change", "case"),
    [
        (wrong_base, "evaluation rows"),
        (wrong_default, "rows with nulls"),
        (wrong_side, "rows on thresholds"),
    ],
)
def test_a_wrong_export_is_named_by_the_rows(
    booster: xgboost.Booster,
    cases: dict[str, Rows],
    expected: Predict,
    change: Callable[[dict[str, Any]], None],
    case: str,
) -> None:
    """Each of these passes the cases before it."""
    with pytest.raises(parity.ParityError, match=f"differs from XGBoost by .* on {case}, more than 1e-06"):
        parity.check(exported(booster, change), expected, cases)


def test_every_column_is_missing_once_and_all_at_once(cases: dict[str, Rows]) -> None:
    """A request may say nothing at all."""
    missing = np.isnan(cases["rows with nulls"]).sum(axis=1)
    assert set(missing) == {1, WIDTH}


def test_unseen_values_that_are_taken_for_missing_ones_are_named(
    booster: xgboost.Booster, cases: dict[str, Rows], expected: Predict
) -> None:
    """Only a code below all others shows it."""
    right = exported(booster)

    def wrong(inputs: Rows) -> Rows:
        changed = inputs.copy()
        changed[:, CATEGORY][changed[:, CATEGORY] < 0] = np.nan
        return right(changed)

    with pytest.raises(parity.ParityError, match="on rows with unseen categories, more than"):
        parity.check(wrong, expected, cases)


def test_another_label_is_named_however_near_the_scores_are() -> None:
    """A label is what somebody acts on."""
    below, half = np.nextafter(np.float32(0.5), np.float32(0)), np.float32(0.5)
    with pytest.raises(parity.ParityError, match=r"1 of 2 rows another label .*: change a hyperparameter"):
        parity.check(
            lambda _: np.array([0.2, half], dtype=np.float32),
            lambda _: np.array([0.2, below], dtype=np.float32),
            {"rows": np.zeros((2, WIDTH), dtype=np.float32)},
        )


def test_a_score_that_is_no_number_differs() -> None:
    """NaN is not near anything."""
    nan = np.full(1, np.nan, dtype=np.float32)
    with pytest.raises(parity.ParityError, match="by nan on rows"):
        parity.check(lambda _: nan, lambda _: nan, {"rows": np.zeros((1, WIDTH), dtype=np.float32)})


def test_every_split_is_reached_by_its_rows(booster: xgboost.Booster) -> None:
    """A row that leaves the way earlier would say nothing of the split below."""
    trees = export.trees(booster)
    made = iter(parity.on_thresholds(trees, rows(2, 100, nulls=0.1)))
    reached = []
    for tree in trees:
        for node in _splits(tree, 0):
            edge = np.float32(tree["split_conditions"][node])
            three = [next(made) for _ in range(3)]
            reached.append(sum(node in _way(tree, row) for row in three))
            signs = [np.sign(row[tree["split_indices"][node]] - edge) for row in three]
            assert signs == [-1, 0, 1]
    assert next(made, None) is None
    assert (
        min(reached) >= 1 and np.mean(reached) > 2.9
    )  # a split that parts missing values has no value below


def _splits(tree: dict[str, Any], node: int) -> list[int]:
    """The splits of a tree in the order of a walk that goes left first."""
    left, right = tree["left_children"][node], tree["right_children"][node]
    return [] if left == LEAF else [node, *_splits(tree, left), *_splits(tree, right)]


def _way(tree: dict[str, Any], row: Rows) -> list[int]:
    """The nodes that a row passes, by XGBoost's own rule."""
    node, way = 0, [0]
    while tree["left_children"][node] != LEAF:
        value, edge = row[tree["split_indices"][node]], np.float32(tree["split_conditions"][node])
        left = bool(tree["default_left"][node]) if np.isnan(value) else value < edge
        node = tree["left_children" if left else "right_children"][node]
        way.append(node)
    return way
