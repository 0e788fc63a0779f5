"""The contract test: what an answer has to look like."""

import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import probe
from pipeline.errors import InfrastructureError

from .conftest import BUCKET

OUTPUT = {"min": 0, "max": 1}


def wrong(predictions: Any, attributes: str = "model=m") -> str | None:
    """Judge an answer to two rows."""
    body = json.dumps({"predictions": predictions}).encode()
    return probe.wrong_answer(body, attributes, rows=2, model="m", output=OUTPUT)


def test_a_good_answer_has_nothing_wrong() -> None:
    """One prediction a row, within the signature, from the model that was asked for."""
    assert wrong([0.0, 1.0]) is None


@pytest.mark.parametrize(
    ("predictions", "sentence"),
    [
        ([0.5], "2 good rows were answered with 1 predictions"),
        ([0.5, 1.5], "a prediction is 1.5"),
        ([0.5, float("nan")], "a prediction is nan"),
    ],
)
def test_a_broken_answer_is_named(predictions: list[float], sentence: str) -> None:
    """The signature says how many and how large."""
    assert sentence in str(wrong(predictions))


def test_another_models_answer_does_not_count() -> None:
    """An endpoint that still serves the old model answers well, and proves nothing."""
    assert "not from model=m" in str(wrong([0.5, 0.5], "model=old"))


def test_an_answer_without_predictions_is_wrong() -> None:
    """JSON of another shape, or none at all."""
    for body in (b"[]", b"hello", b"{}"):
        assert probe.wrong_answer(body, "model=m", rows=2, model="m", output=OUTPUT) is not None


def test_a_bad_row_is_refused_by_name() -> None:
    """400, and the column's name."""
    assert probe.wrong_refusal(400, "column hour: 99", "hour") is None


@pytest.mark.parametrize(("status", "message"), [(200, "0.3"), (500, "hour"), (400, "bad request")])
def test_any_other_answer_to_a_bad_row_is_wrong(status: int, message: str) -> None:
    """A prediction, a crash, or a refusal that leaves the caller guessing."""
    assert probe.wrong_refusal(status, message, "hour") is not None


def upload(cloud: Callable[[str], Any], name: str) -> str:
    """A model archive with one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = 12
        archive.addfile(member, io.BytesIO(b'{"output":1}'))
    cloud("s3").put_object(Bucket=BUCKET, Key="m/model.tar.gz", Body=buffer.getvalue())
    return f"s3://{BUCKET}/m/model.tar.gz"


@pytest.mark.parametrize("name", ["signature.json", "./signature.json"])
def test_the_signature_is_read_from_the_archive(cloud: Callable[[str], Any], name: str) -> None:
    """However tar wrote the name."""
    assert probe.read_signature(upload(cloud, name)) == {"output": 1}


def test_an_archive_without_signature_cannot_be_tested(cloud: Callable[[str], Any]) -> None:
    """It is not passed over: a model without examples is not proved."""
    with pytest.raises(InfrastructureError, match=r"holds no signature.json"):
        probe.read_signature(upload(cloud, "model.onnx"))
