"""model/evaluate.py, as the processing job runs it."""

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from model import evaluate, features, metrics
from model.contract import SEGMENTS
from model.dataset import load
from model.scoring import Model
from serving.captured import event

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


def rows_in(tallies: dict[str, Any]) -> float:
    """How many rows some days hold."""
    return float(sum(metrics.decode(one)[: 2 * metrics.BINS].sum() for one in tallies.values()))


def test_every_row_is_in_one_day_and_one_value_of_each_segment(document: dict[str, Any]) -> None:
    """So days and segments add up."""
    tallies = document["tallies"]
    assert rows_in(tallies["all"]) == document["rows"]
    assert rows_in(document["baseline_tallies"]["all"]) == document["rows"]
    for column in SEGMENTS:
        parts = [days for name, days in tallies.items() if name.startswith(f"{column}=")]
        assert sum(map(rows_in, parts)) == document["rows"]


def test_days_are_in_order(document: dict[str, Any]) -> None:
    """The first and the last are those of the window."""
    days = list(document["tallies"]["all"])
    assert days == sorted(days)
    assert [days[0], days[-1]] == [document["window"][end][:10] for end in ("from", "to")]


def test_the_metrics_are_those_of_the_served_scores(
    job: Path, trained: Path, document: dict[str, Any]
) -> None:
    """Scored here once more, as the server would."""
    rows = load(job / "processing/input/data").evaluation
    scores = Model(trained / "model").score(rows.select(features.COLUMNS).to_dict(as_series=False))
    expected = metrics.values(metrics.tally(rows["late"].to_numpy(), scores))
    assert document["metrics"] == pytest.approx({name: float(value) for name, value in expected.items()})


def test_the_baseline_is_the_label_rate_of_training(job: Path, document: dict[str, Any]) -> None:
    """What one would answer without a model, known before the evaluation rows are."""
    dataset = load(job / "processing/input/data")
    rate = dataset.training["late"].mean()
    constant = np.full(dataset.evaluation.height, rate)
    expected = metrics.values(metrics.tally(dataset.evaluation["late"].to_numpy(), constant))
    assert document["baseline"] == pytest.approx({name: float(value) for name, value in expected.items()})


def test_the_document_says_what_the_model_was_made_of(trained: Path, document: dict[str, Any]) -> None:
    """Columns and training summary are those of its signature."""
    signature = json.loads((trained / "model/signature.json").read_text())
    assert document["model"] == {"columns": signature["columns"], "training": signature["training"]}


def test_a_metric_without_rows_is_null() -> None:
    """JSON has no NaN."""
    found = evaluate.measured([metrics.tally(np.array([0]), np.array([0.2]))])
    assert (found["auc"], found["accuracy"]) == (None, 1.0)


def test_a_missing_model_fails_with_a_message(tmp_path: Path, run: Run) -> None:
    """The file that SageMaker shows as ExitMessage, and no document."""
    done = run("model.evaluate", tmp_path)
    assert done.returncode == 1
    assert "manifest" in (tmp_path / "output/message").read_text()
    assert not (tmp_path / "processing/output").exists()


def repack(job: Path, root: Path, **contents: bytes | None) -> Path:
    """A copy of the job's root, files of its archive replaced, or left out where None."""
    shutil.copytree(job / "processing/input/data", root / "processing/input/data")
    archive = root / "processing/input/model/model.tar.gz"
    archive.parent.mkdir()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive, "w:gz") as tar:
        evaluate.unpack(job / "processing/input/model/model.tar.gz", Path(folder))
        for name in evaluate.FILES:
            content = contents.get(name.partition(".")[0], Path(folder, name).read_bytes())
            if content is not None:
                Path(folder, name).write_bytes(content)
                tar.add(Path(folder, name), name)
    return archive


def message(run: Run, root: Path) -> str:
    """What the failed job says."""
    assert run("model.evaluate", root).returncode == 1
    return (root / "output/message").read_text()


def test_another_signature_is_named(job: Path, trained: Path, tmp_path: Path, run: Run) -> None:
    """A model of other columns than this code computes."""
    signature = json.loads((trained / "model/signature.json").read_text())
    signature["columns"].pop()
    repack(job, tmp_path, signature=json.dumps(signature).encode())
    expected = "the signature's columns are not those of model/features.py: train again"
    assert message(run, tmp_path) == expected


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ({"signature": None}, "model.tar.gz holds no signature.json: train again"),
        ({"signature": b"{"}, "the archive's files are no model"),
        ({"model": b"no graph"}, "the archive's files are no model"),
    ],
)
def test_an_archive_that_holds_no_model_is_named(
    job: Path, tmp_path: Path, contents: dict[str, bytes | None], expected: str
) -> None:
    """One sentence for a file that is missing or is something else."""
    archive = repack(job, tmp_path, **contents)
    with pytest.raises(evaluate.ArchiveError, match=expected):
        evaluate.evaluate(archive, tmp_path / "processing/input/data")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_an_archive_that_is_cut_off_is_named(job: Path, tmp_path: Path, share: float) -> None:
    """Wherever it ends."""
    archive = repack(job, tmp_path)
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * share)])
    with pytest.raises(evaluate.ArchiveError, match=r"^model\.tar\.gz (cannot be read to its end|holds no)"):
        evaluate.evaluate(archive, tmp_path / "processing/input/data")


def test_a_column_that_the_model_needs_is_named(
    job: Path, flights: pl.DataFrame, tmp_path: Path, run: Run, stage: Callable[..., str]
) -> None:
    """The data may have lost it while the model is live."""
    repack(job, tmp_path)
    channel = tmp_path / "processing/input/data"
    shutil.rmtree(channel)
    stage(channel, [flights.drop("seats")])
    assert message(run, tmp_path).startswith("the pinned rows have no column seats, which this model")


def test_no_evaluation_rows_are_named(
    job: Path,
    flights: pl.DataFrame,
    tmp_path: Path,
    run: Run,
    stage: Callable[..., str],
    repin: Callable[[Path, str, str], None],
) -> None:
    """A manifest whose rows all lie before its split has nothing to judge on."""
    repack(job, tmp_path)
    channel = tmp_path / "processing/input/data"
    shutil.rmtree(channel)
    stage(channel, [flights])
    repin(channel, '"evaluate_from": "2013', '"evaluate_from": "2099')
    assert message(run, tmp_path).startswith("all rows lie on one side of 2099")


def test_rows_to_replay_lie_beside_the_document(job: Path, trained: Path, document: dict[str, Any]) -> None:
    """Their answers are those that the document judges; no label is among them."""
    lines = (job / "processing/output/requests.jsonl").read_bytes().splitlines()
    found = [event(line) for line in lines]
    assert 0 < len(found) <= document["rows"]
    [row] = json.loads(found[-1].body)["instances"]
    score = Model(trained / "model").score({name: [value] for name, value in row.items()})
    assert found[-1].predictions == pytest.approx(score.tolist())
    assert set(row) == set(features.COLUMNS)
