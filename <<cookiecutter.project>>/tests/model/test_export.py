"""model/export.py: the ONNX graph answers what the booster answers."""

import numpy as np
import onnxruntime
import pytest
import xgboost
from numpy.typing import NDArray

from model.export import LINKS, to_onnx

WIDTH = 4


def rows(seed: int, count: int) -> NDArray[np.float32]:
    """Random rows, one cell in ten missing."""
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(count, WIDTH)).astype(np.float32)
    matrix[generator.random(matrix.shape) < 0.1] = np.nan
    return matrix


@pytest.fixture(scope="module")
def booster() -> xgboost.Booster:
    """Trained on a rule with an interaction, so that trees are deep."""
    inputs = rows(1, 4000)
    labels = (np.nan_to_num(inputs[:, 0] * inputs[:, 1]) > 0.2).astype(np.float32)
    return xgboost.train(
        {"objective": "binary:logistic", "max_depth": 5}, xgboost.DMatrix(inputs, labels), 60
    )


def answers(booster: xgboost.Booster, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What ONNX Runtime says of `inputs`."""
    session = onnxruntime.InferenceSession(to_onnx(booster, WIDTH, "x", "p").SerializeToString())
    found: NDArray[np.float32] = session.run(["p"], {"x": inputs})[0][:, 0]
    return found


def assert_agreement(booster: xgboost.Booster, inputs: NDArray[np.float32]) -> None:
    """Within 1e-6, the bound that training asserts."""
    expected = booster.predict(xgboost.DMatrix(inputs))
    np.testing.assert_allclose(answers(booster, inputs), expected, rtol=0, atol=1e-6)


def test_ordinary_rows_agree(booster: xgboost.Booster) -> None:
    """Rows the booster has not seen, with missing cells."""
    assert_agreement(booster, rows(2, 4000))


def test_rows_exactly_on_a_threshold_agree(booster: xgboost.Booster) -> None:
    """Thresholds are float32, so "less than" means the same in both; one step below and above, too."""
    nodes = [line for tree in booster.get_dump() for line in tree.splitlines() if "<" in line]
    edges = np.array([float(line.split("<")[1].split("]")[0]) for line in nodes], dtype=np.float32)
    sides = [np.nextafter(edges, np.float32(-np.inf)), edges, np.nextafter(edges, np.float32(np.inf))]
    inputs = np.repeat(np.concatenate(sides)[:, None], WIDTH, axis=1)
    assert_agreement(booster, inputs)


def test_a_row_without_any_value_agrees(booster: xgboost.Booster) -> None:
    """Every branch takes its default side."""
    assert_agreement(booster, np.full((1, WIDTH), np.nan, dtype=np.float32))


def test_the_same_booster_gives_the_same_bytes(booster: xgboost.Booster) -> None:
    """No time, no random name in the graph."""
    first, second = (to_onnx(booster, WIDTH, "x", "p").SerializeToString(deterministic=True) for _ in "12")
    assert first == second


@pytest.mark.parametrize("objective", LINKS)
def test_every_objective_agrees(objective: str) -> None:
    """Also where answers are far from one: float32 sums are as good as their size."""
    inputs = rows(3, 4000)
    signal = np.nan_to_num(inputs[:, 0]) > 0
    labels = signal if objective == "binary:logistic" else np.where(signal, 300, 100)
    booster = xgboost.train({"objective": objective}, xgboost.DMatrix(inputs, labels.astype(np.float32)), 30)
    expected = booster.predict(xgboost.DMatrix(inputs))
    np.testing.assert_allclose(answers(booster, inputs), expected, rtol=1e-5, atol=1e-6)
    assert expected.std() > 0.1


def test_an_objective_without_a_graph_is_refused_by_name() -> None:
    """The sentence says which there are."""
    inputs = rows(4, 100)
    booster = xgboost.train({"objective": "reg:logistic"}, xgboost.DMatrix(inputs, np.full(100, 0.5)), 1)
    with pytest.raises(ValueError, match=r"reg:logistic has no ONNX graph: take one of binary:logistic"):
        to_onnx(booster, WIDTH, "x", "p")
