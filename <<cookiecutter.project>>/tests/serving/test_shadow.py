"""serving/shadow.py: captured lines of two variants, joined and compared."""

import json
import math
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from serving import shadow
from serving.captured import event

Made = dict[str, Any]


def captured(event: str, body: str, answer: Any, inference: str | None = None) -> str:
    """A line of data capture; `answer` are predictions, or a text that is none."""
    said = answer if isinstance(answer, str) else json.dumps({"predictions": answer})
    halves = {"endpointInput": body, "endpointOutput": said}
    kind = {"observedContentType": "application/json", "encoding": "JSON"}
    ids = {"eventId": event} | ({"inferenceId": inference} if inference else {})
    return json.dumps(
        {"captureData": {k: {**kind, "data": v} for k, v in halves.items()}, "eventMetadata": ids}
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An input folder with a model whose answers are shares, and no traffic."""
    (tmp_path / "model").mkdir()
    signature = tmp_path / "signature.json"
    signature.write_text(json.dumps({"output": {"min": 0, "max": 1}}))
    with tarfile.open(tmp_path / "model/model.tar.gz", "w:gz") as tar:
        tar.add(signature, "signature.json")
    return tmp_path


def write(source: Path, variant: str, *lines: str) -> None:
    """What a variant has captured."""
    folder = source / variant / "2013/07/04/12"
    folder.mkdir(parents=True)
    (folder / "00.jsonl").write_text("".join(f"{line}\n" for line in lines))


def compared(source: Path, live: list[str], copies: list[str]) -> Made:
    """The document."""
    write(source, "live", *live)
    write(source, "shadow", *copies)
    return shadow.compare(source)


@pytest.mark.parametrize(
    ("copy", "key"),
    [
        (captured("1", "x", [0.2], "i"), "event"),
        (captured("9", "y", [0.2], "row"), "inference"),
        (captured("9", "a", [0.2]), "body"),
    ],
)
def test_requests_are_joined_by_the_surest_key_there_is(source: Path, copy: str, key: str) -> None:
    """The event, else the caller's id, else what was asked."""
    found = compared(source, [captured("1", "a", [0.1], "row"), captured("2", "b", [0.3])], [copy])
    assert (found["joined_by"], found["compared"], found["captured"]) == (key, 1, {"live": 2, "shadow": 1})


def test_the_same_body_twice_is_two_requests(source: Path) -> None:
    """Each is joined once."""
    live = [captured("1", "a", [0.1]), captured("2", "a", [0.1])]
    assert compared(source, live, [captured(str(n), "a", [0.1]) for n in range(3, 8)])["compared"] == 2


def test_the_scores_distance(source: Path) -> None:
    """Of the joined answers only: two models that agree, and two that never do."""
    live = [captured(str(n), str(n), [n / 100]) for n in range(50)]
    same = [captured(f"s{n}", str(n), [n / 100]) for n in range(50)]
    far = [captured(f"s{n}", str(n), [0.5 + n / 100]) for n in range(50)]
    low = shadow.document(*parsed(live, same), 0, 1)["scores"]
    high = shadow.document(*parsed(live, far), 0, 1)["scores"]
    assert (low["shift"], low["answers"], high["shift"]) == (0.0, 50, 1.0)


def parsed(*variants: list[str]) -> Any:
    """The lines of both variants."""
    return [[shadow.as_line(event(text.encode())) for text in one] for one in variants]


@pytest.mark.parametrize("answer", [[1.5], [math.nan], [0.1, 0.2], "no predictions"])
def test_an_answer_that_breaks_the_signature_is_counted(source: Path, answer: Any) -> None:
    """Out of range, no number, too many, none at all."""
    found = compared(source, [captured("1", "a", [0.1])], [captured("2", "a", answer)])
    assert (found["compared"], found["schema"], found["scores"]) == (1, 1, None)


def test_what_is_no_line_is_left_out(source: Path) -> None:
    """Cut off, or delivered twice."""
    skipped: Counter[str] = Counter()
    write(source, "live", captured("1", "a", [0.1]), captured("1", "a", [0.1]), '{"captureData": ')
    assert len(list(shadow.lines(source / "live", skipped))) == 1
    assert skipped == {"repeated": 1, "unreadable": 1}


def test_an_archive_that_is_no_model_is_said(source: Path) -> None:
    """Rather than a comparison without a range."""
    (source / "model/model.tar.gz").write_bytes(b"")
    assert "train again" in shadow.compare(source)["why"]


def test_the_document_is_written(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the job's output is taken from."""
    root = tmp_path / "ml"
    (root / "processing").mkdir(parents=True)
    source.joinpath("model").rename(tmp_path / "kept")
    inputs = root / "processing/input"
    inputs.mkdir()
    (tmp_path / "kept").rename(inputs / "model")
    write(inputs, "live", captured("1", "a", [0.1]))
    write(inputs, "shadow", captured("2", "a", [0.2]))
    monkeypatch.setenv("ML_ROOT", str(root))
    assert shadow.main() == 0
    assert json.loads((root / "processing/output/shadow.json").read_text())["compared"] == 1
