"""serving/live.py: what a model's archive and its evaluation say, and what they do not."""

import json
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import metrics
from serving import live
from serving.live import Evaluation
from serving.replay import ArchiveError

FILES = ("model.onnx", "signature.json", "reference.json")


def archive(model: Path, folder: Path, files: Iterable[str] = FILES, **instead: str) -> Path:
    """An archive of some files of a model, or of other contents under their names."""
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in files:
            source = folder / name
            source.write_bytes(instead.get(name.split(".")[0], "").encode() or (model / name).read_bytes())
            tar.add(source, name)
    return path


def unpacked(path: Path, folder: Path) -> live.Live:
    """The model in an archive."""
    (folder / "unpacked").mkdir()
    return live.model(path, folder / "unpacked")


def evaluation(folder: Path, document: Any) -> Evaluation:
    """What an evaluation says that is this document, or this text."""
    path = folder / "evaluation.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return live.evaluation(path)


TALLY = metrics.tally(np.array([0, 1]), np.array([0.2, 0.7]))
GOOD = {"tallies": {"all": {"2026-01-01": metrics.encode(TALLY), "2026-01-02": metrics.encode(TALLY)}}}


def test_a_models_archive_says_what_it_takes_and_answers(trained: Path, tmp_path: Path) -> None:
    """With how training's rows lay."""
    found = unpacked(archive(trained / "model", tmp_path), tmp_path)
    assert (found.low, found.high) == (0, 1)
    assert {"origin", "hour"} <= {column.name for column in found.columns}
    assert found.vocabulary["origin"] == ["EWR", "JFK", "LGA"]
    assert (found.reference is not None, found.why) == (True, None)
    assert len(found.sha256) == 64


@pytest.mark.parametrize(("files", "reference"), [(FILES[:2], ""), (FILES, '{"columns": {}}')])
def test_a_model_of_before_is_read_without_its_reference(
    trained: Path, tmp_path: Path, files: tuple[str, ...], reference: str
) -> None:
    """And what to do is said."""
    found = unpacked(archive(trained / "model", tmp_path, files, reference=reference), tmp_path)
    assert found.reference is None
    assert "train again" in (found.why or "")


@pytest.mark.parametrize(
    ("files", "signature"),
    [
        (FILES[1:], ""),
        (FILES[:1], ""),
        (FILES, "{}"),
        (FILES, '{"output": {"min": 0, "max": 1}, "columns": [1]}'),
        (FILES, '{"output": {"min": 0, "max": 1}, "columns": [{"name": "a"}]}'),
    ],
)
def test_an_archive_without_a_model_is_refused(
    trained: Path, tmp_path: Path, files: tuple[str, ...], signature: str
) -> None:
    """In a sentence."""
    path = archive(trained / "model", tmp_path, files, signature=signature)
    with pytest.raises(ArchiveError, match="train again"):
        unpacked(path, tmp_path)


def test_days_of_an_evaluation_add_up(tmp_path: Path) -> None:
    """And are handed on as they were written."""
    found = evaluation(tmp_path, GOOD)
    assert found.tallies == GOOD["tallies"]
    np.testing.assert_allclose(found.whole, 2 * TALLY)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "\x00",
        {"tallies": {}},
        {"tallies": {"all": {}}},
        {"tallies": {"all": {"2026-01-01": {"size": 3, "at": [], "values": []}}}},
        {"tallies": {"all": {"2026-01-01": {"size": metrics.SIZE, "at": [10**9], "values": [1]}}}},
        {"tallies": {"all": {"2026-01-01": {"size": metrics.SIZE, "at": [], "values": []}}}},
        {"tallies": GOOD["tallies"] | {"origin=JFK": {"2026-01-01": {"size": 3}}}},
    ],
)
def test_an_evaluation_that_cannot_be_read_is_none(tmp_path: Path, document: Any) -> None:
    """Labels are still counted without it."""
    found = evaluation(tmp_path, document)
    assert (found.tallies, found.whole) == (None, None)
    assert "evaluat" in (found.why or "")


def test_an_evaluation_that_is_not_there_is_none(tmp_path: Path) -> None:
    """Versions need not have one."""
    assert "is not there" in (live.evaluation(tmp_path / "evaluation.json").why or "")


def test_segments_are_those_of_training_and_of_evaluation(trained: Path, tmp_path: Path) -> None:
    """A value that either has seen is not new."""
    model = unpacked(archive(trained / "model", tmp_path), tmp_path)
    one = {"2026-01-01": metrics.encode(TALLY)}
    judged = evaluation(tmp_path, {"tallies": GOOD["tallies"] | {"origin=SWF": one, "cabin=first": one}})
    found = live.segments(model, judged)
    assert found["origin"] == {"EWR", "JFK", "LGA", "SWF"}
    assert found["cabin"] == {"first"}
    assert "all" not in found
