"""model/features.py: one matrix, from numpy alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from model import features

KNOWN = {"carrier": ["AA", "DL"], "origin": ["EWR"]}


def rows(**changes: object) -> dict[str, list[object]]:
    """One row of ones and known categories, changed."""
    plain = dict.fromkeys(features.NUMBERS, 1.0) | {"carrier": "DL", "origin": "EWR"}
    return {name: [value] for name, value in (plain | changes).items()}


def cell(name: str, **changes: object) -> float:
    """One cell of the matrix of one changed row."""
    return float(features.matrix(rows(**changes), KNOWN)[0, features.COLUMNS.index(name)])


def test_nothing_but_numpy_is_imported(project: Path) -> None:
    """The serving image has no polars, pandas or scikit-learn to import."""
    code = (
        "import sys, numpy; before = set(sys.modules); import model.features;"
        "print(sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "['model', 'numpy']\n"


def test_the_matrix_is_float32_in_the_order_of_columns() -> None:
    """[n, 17]; the converter and the server rely on both."""
    matrix = features.matrix(rows(distance=7.0), KNOWN)
    assert (matrix.dtype, matrix.shape) == (np.float32, (1, len(features.COLUMNS)))
    assert matrix[0, 0] == 7.0


def test_a_known_category_is_its_place() -> None:
    """DL is the second carrier."""
    assert cell("carrier", carrier="DL") == 1.0


def test_an_unseen_category_is_minus_one() -> None:
    """A newcomer is scored, not refused."""
    assert cell("carrier", carrier="ZZ") == -1.0


def test_a_null_number_is_nan() -> None:
    """XGBoost and ONNX read NaN as missing."""
    assert np.isnan(cell("seats", seats=None))


def test_a_null_category_is_nan() -> None:
    """Missing is not the same as unseen."""
    assert np.isnan(cell("carrier", carrier=None))
