"""model/evaluate.py, as the processing job runs it."""

import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import evaluate, features
from model.dataset import load
from model.scoring import Model

Run = Callable[[str, Path], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def job(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """$ML_ROOT of a processing job: the trained model and the data it was trained on."""
    root = tmp_path_factory.mktemp("evaluation")
    shutil.copytree(trained / "input/data/data", root / "processing/input/data")
    (root / "processing/input/model").mkdir()
    with tarfile.open(root / "processing/input/model/model.tar.gz", "w:gz") as archive:
        for name in ("model.onnx", "signature.json"):
            archive.add(trained / "model" / name, name)
    return root


@pytest.fixture(scope="module")
def document(job: Path, run: Run) -> dict[str, Any]:
    """evaluation.json."""
    done = run("model.evaluate", job)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((job / "processing/output/evaluation.json").read_text())
    return found


def test_the_document_names_what_was_judged_and_on_what(job: Path, document: dict[str, Any]) -> None:
    """Manifest, window and rows are those of the evaluation part."""
    dataset = load(job / "processing/input/data")
    assert document["manifest_sha256"] == dataset.manifest_sha256
    assert document["rows"] == dataset.evaluation.height
    assert document["window"]["from"] == dataset.evaluation["scheduled"].min().isoformat()


def test_days_and_segments_add_up(document: dict[str, Any]) -> None:
    """Every row is in one day and in one segment."""
    assert sum(day["rows"] for day in document["by_day"]) == document["rows"]
    assert sum(part["rows"] for part in document["segments"].values()) == document["rows"]
    assert set(document["segments"]) == {"origin=EWR", "origin=JFK", "origin=LGA"}


def test_the_whole_is_the_mean_of_its_days(document: dict[str, Any]) -> None:
    """So a block bootstrap over by_day is about the same number."""
    total = sum(day["rows"] * day["log_loss"] for day in document["by_day"])
    assert document["metrics"]["log_loss"] == pytest.approx(total / document["rows"])


def test_the_metrics_are_those_of_the_served_scores(
    job: Path, trained: Path, document: dict[str, Any]
) -> None:
    """Scored here once more, as the server would."""
    rows = load(job / "processing/input/data").evaluation
    scores = Model(trained / "model").score(rows.select(features.COLUMNS).to_dict(as_series=False))
    expected = evaluate.metrics(rows["late"].cast(float).to_numpy(), scores.astype(np.float64))
    assert {name: document["metrics"][name] for name in expected} == pytest.approx(expected)


def test_the_baseline_is_the_label_rate_of_training(job: Path, document: dict[str, Any]) -> None:
    """What one would answer without a model, known before the evaluation rows are."""
    dataset = load(job / "processing/input/data")
    rate = dataset.training["late"].mean()
    constant = np.full(dataset.evaluation.height, rate)
    expected = evaluate.metrics(dataset.evaluation["late"].cast(float).to_numpy(), constant)
    assert document["baseline"] == pytest.approx(expected)


def test_a_missing_model_fails_with_a_message(tmp_path: Path, run: Run) -> None:
    """The file that SageMaker shows as ExitMessage, and no document."""
    done = run("model.evaluate", tmp_path)
    assert done.returncode == 1
    assert "manifest" in (tmp_path / "output/message").read_text()
    assert not (tmp_path / "processing/output").exists()


def test_metrics_of_known_scores() -> None:
    """By hand: two rows right, one wrong."""
    found = evaluate.metrics(np.array([1.0, 0.0, 1.0]), np.array([0.8, 0.4, 0.1]))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["brier"] == pytest.approx((0.04 + 0.16 + 0.81) / 3)
    assert found["log_loss"] == pytest.approx(-np.log([0.8, 0.6, 0.1]).mean())


def test_a_certain_mistake_has_a_finite_log_loss() -> None:
    """One row cannot make the metric infinite."""
    assert np.isfinite(evaluate.metrics(np.array([1.0]), np.array([0.0]))["log_loss"])


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([0.9, 0.8, 0.2, 0.1], 1.0), ([0.1, 0.2, 0.8, 0.9], 0.0), ([0.5, 0.5, 0.5, 0.5], 0.5)],
)
def test_auc_of_known_orders(scores: list[float], expected: float) -> None:
    """Right, reversed, and all the same."""
    assert evaluate.auc(np.array([1.0, 1.0, 0.0, 0.0]), np.array(scores)) == expected


def test_auc_of_one_label_is_unknown() -> None:
    """There is no pair to compare."""
    assert evaluate.auc(np.array([0.0, 0.0]), np.array([0.1, 0.2])) is None
