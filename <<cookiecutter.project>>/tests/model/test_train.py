"""model/train.py, as the training container runs it."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import xgboost

from model import export, features, profile, reference, train
from model.contract import TIME, ContractError
from model.dataset import load
from model.scoring import Model

Run = Callable[[str, Path], subprocess.CompletedProcess[str]]


@pytest.fixture
def signature(trained: Path) -> dict[str, Any]:
    """signature.json of the trained model."""
    document: dict[str, Any] = json.loads((trained / "model/signature.json").read_text())
    return document


def test_the_same_inputs_give_the_same_bytes(
    tmp_path: Path, training_root: Path, trained: Path, run: Run
) -> None:
    """Two processes, two folders, one model."""
    shutil.copytree(training_root, tmp_path / "ml")
    assert run("model.train", tmp_path / "ml").returncode == 0
    for name in ("model.onnx", "signature.json", "reference.json"):
        assert (tmp_path / "ml/model" / name).read_bytes() == (trained / "model" / name).read_bytes()


def test_no_evaluation_row_is_trained_on(trained: Path, signature: dict[str, Any]) -> None:
    """The signature's summary is that of the rows before the split."""
    dataset = load(trained / "input/data/data")
    assert signature["training"]["rows"] == dataset.training.height
    assert signature["training"]["window"]["to"] == dataset.training[TIME].max().isoformat()


def test_the_reference_counts_every_training_row(trained: Path) -> None:
    """In a bin of each feature and of the score, on its day, and in its segment."""
    rows, found = load(trained / "input/data/data").training, reference.read(trained / "model")
    assert tuple(found.profile.columns) == (*features.COLUMNS, profile.SCORE)
    assert found.counts.sum() == rows.height * len(found.profile.columns)
    assert list(found.days) == rows[TIME].dt.date().unique().sort().to_list()
    segment = found.segments["origin=JFK"][:, found.profile.places["origin"]]
    assert segment.sum() == rows.filter(pl.col("origin") == "JFK").height


def test_the_reference_knows_which_columns_follow_the_season(trained: Path) -> None:
    """And so does the score, which is made of them."""
    found = reference.read(trained / "model")
    assert {"temperature", "wind_gust", profile.SCORE} < found.seasonal
    assert not {"distance", "carrier"} & found.seasonal


def test_the_reference_knows_what_may_be_missing(trained: Path) -> None:
    """The serving image, where a window is judged, has no contract to ask."""
    found = reference.read(trained / "model")
    assert found.budgets["seats"] == 0.3
    assert "distance" not in found.budgets and "air_time" not in found.budgets


def test_a_window_of_all_columns_takes_three_kilobytes_at_most(trained: Path) -> None:
    """Two weeks in one count, as it is kept; also when each of its numbers has seven digits."""
    found = reference.read(trained / "model")
    window = found.profile.encode(found.counts[-14:].sum(axis=0))
    for counts in (window, [9_999_999] * len(window)):
        assert len(json.dumps(counts, separators=(",", ":"))) <= 3 * 1024


def test_the_signature_lists_the_columns_of_the_matrix(signature: dict[str, Any]) -> None:
    """In its order, with the contract's nullability."""
    nullable = {column["name"]: column["nullable"] for column in signature["columns"]}
    assert tuple(nullable) == features.COLUMNS
    assert (nullable["carrier"], nullable["seats"]) == (False, True)


def test_the_signature_says_when_each_column_is_known(signature: dict[str, Any]) -> None:
    """The gate reads there that no feature comes too late."""
    moments = {column["name"]: (column["known"], column["in_time"]) for column in signature["columns"]}
    assert (moments["carrier"], moments["seats"]) == (("booking", True), ("scheduled departure", True))
    assert all(in_time for _, in_time in moments.values())


def test_a_feature_that_is_known_too_late_is_not_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long it flew, before anything is read."""
    monkeypatch.setattr(features, "COLUMNS", (*features.COLUMNS, "air_time"))
    with pytest.raises(ContractError, match="air_time is known at landing"):
        train.train(tmp_path)


def test_the_good_examples_are_scored(trained: Path, signature: dict[str, Any]) -> None:
    """One row without a missing value, one with."""
    good = signature["examples"]["good"]
    columns = {name: [row[name] for row in good] for name in features.COLUMNS}
    assert len(Model(trained / "model").score(columns)) == 2
    assert [None in row.values() for row in good] == [False, True]


@pytest.mark.parametrize("change", [{"leaves": "9"}, {"trees": None}])
def test_a_wrong_hyperparameter_fails_the_job_by_name(
    tmp_path: Path, training_root: Path, run: Run, change: dict[str, str | None]
) -> None:
    """An unknown or a missing name is in the file that SageMaker shows as FailureReason."""
    shutil.copytree(training_root, tmp_path / "ml")
    path = tmp_path / "ml/input/config/hyperparameters.json"
    values = json.loads(path.read_text()) | change
    path.write_text(json.dumps({name: value for name, value in values.items() if value is not None}))
    done = run("model.train", tmp_path / "ml")
    failure = (tmp_path / "ml/output/failure").read_text()
    assert done.returncode == 1
    assert failure.startswith(f"hyperparameters missing or unknown: {next(iter(change))}")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "ml/model").exists()


def test_a_hyperparameter_that_is_no_number_is_quoted(tmp_path: Path) -> None:
    """A word of hyperparameters.toml reaches the job as text, like every number."""
    known = {"trees": "many", "depth": "6", "learning_rate": "0.1", "minimum_child_weight": "1"}
    path = tmp_path / "hyperparameters.json"
    path.write_text(json.dumps(known | {"seed": "0", "threads": "1"}))
    with pytest.raises(train.HyperparameterError, match=r"is no number: .*'many'"):
        train.Hyperparameters.read(path)


def test_the_signature_says_which_libraries_made_the_model(signature: dict[str, Any]) -> None:
    """Another version may make other bytes."""
    libraries = signature["training"]["libraries"]
    assert libraries["xgboost"] == xgboost.__version__
    assert {"numpy", "onnx", "polars", "python"} < set(libraries)


def test_the_signature_says_what_each_feature_contributes(signature: dict[str, Any]) -> None:
    """Mean absolute log-odds, largest first; a feature that no tree asks has none."""
    shares = signature["training"]["contributions"]
    assert set(shares) == set(features.COLUMNS)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert 0 < next(iter(shares.values())) < 5


def test_contributions_add_up_to_what_the_booster_says() -> None:
    """One row, one feature that matters: its share is the distance from the bias."""
    inputs = np.zeros((400, len(features.COLUMNS)), dtype=np.float32)
    inputs[:200, 0] = 1
    table = xgboost.DMatrix(inputs, inputs[:, 0])
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 1, "nthread": 1}, table, 5)
    shares = train.contributions(booster, inputs, threads=1)
    margins = booster.predict(table, output_margin=True)
    assert shares[features.COLUMNS[0]] == pytest.approx((margins.max() - margins.min()) / 2, abs=1e-5)
    assert sum(shares.values()) == shares[features.COLUMNS[0]]


def test_a_wrong_export_fails_the_job(
    tmp_path: Path, training_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a sentence that SageMaker shows, and before anything could be evaluated."""
    shutil.copytree(training_root, tmp_path / "ml")
    right = export.to_onnx
    monkeypatch.setattr(export, "to_onnx", lambda booster, *rest: right(booster[:50], *rest))
    monkeypatch.setenv("ML_ROOT", str(tmp_path / "ml"))
    assert train.main() == 1
    failure = (tmp_path / "ml/output/failure").read_text()
    assert failure.startswith("ParityError: the exported model differs from XGBoost by")
