"""serving/monitor.py: captured requests and late labels in, one document out, whatever state they are in."""

import json
import shutil
import tarfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import metrics
from model.scoring import Model
from serving import monitor
from serving.drifted import Search
from serving.monitor import Asked
from serving.traffic import Window

FIRST = datetime(2026, 1, 20, tzinfo=UTC)
DAYS, EACH = 8, 30  # requests of each day
NOW = FIRST + timedelta(days=DAYS)
DAY = 86_400.0
ASKED = Asked(
    window=Window(since=FIRST.timestamp(), now=NOW.timestamp(), block=DAY),
    search=Search(permutations=99, season_days=30),
)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    """The trained model."""
    return Model(trained / "model")


@pytest.fixture(scope="module")
def requests(model: Model, flights: Any) -> list[Document]:
    """Requests of one row each, in order of time: body, score and label."""
    rows = flights.gather_every(5).head(DAYS * EACH).to_dicts()
    names = [column.name for column in model.columns]
    scores = model.score({name: [row[name] for row in rows] for name in names}).tolist()
    return [
        {
            "event": f"e-{number}",
            "at": FIRST + timedelta(days=number // EACH, minutes=number % EACH),
            "rows": [{name: row[name] for name in names}],
            "scores": [score],
            "label": int(row["late"]),
        }
        for number, (row, score) in enumerate(zip(rows, scores, strict=True))
    ]


@pytest.fixture(scope="module")
def given(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """processing/input of a job with the model alone."""
    folder = tmp_path_factory.mktemp("given") / "input"
    (folder / "model").mkdir(parents=True)
    with tarfile.open(folder / "model/model.tar.gz", "w:gz") as tar:
        for name in ("model.onnx", "signature.json", "reference.json"):
            tar.add(trained / "model" / name, name)
    return folder


@pytest.fixture
def source(given: Path, tmp_path: Path) -> Path:
    """A copy of it to lay requests into."""
    shutil.copytree(given, tmp_path / "processing/input")
    return tmp_path / "processing/input"


def captured(one: Document, **more: Any) -> str:
    """A line of data capture."""
    sent, answer = json.dumps({"instances": one["rows"]}), json.dumps({"predictions": one["scores"]})
    halves = {
        f"endpoint{mode}": {"observedContentType": "application/json", "data": data, "encoding": "JSON"}
        for mode, data in (("Input", sent), ("Output", answer))
    }
    stamp = f"{one['at']:%Y-%m-%dT%H:%M:%SZ}"
    known = {"eventId": one["event"], "inferenceTime": stamp, **more}
    return json.dumps({"captureData": halves, "eventMetadata": known, "eventVersion": "0"})


def label(request: str, data: str) -> str:
    """A line of ground truth."""
    truth = {"data": data, "encoding": "CSV"}
    return json.dumps({"groundTruthData": truth, "eventMetadata": {"eventId": request}, "eventVersion": "0"})


def lay(source: Path, lines: Sequence[str], name: str = "capture/2026/01/20/00/00.jsonl") -> None:
    """Write lines below input/."""
    path = source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def rounded(document: Any) -> Any:
    """A document whose numbers have nine digits."""
    if isinstance(document, dict):
        return {name: rounded(one) for name, one in document.items()}
    if isinstance(document, list):
        return [rounded(one) for one in document]
    return float(f"{document:.9g}") if isinstance(document, float) else document


def lay_all(source: Path, requests: Sequence[Document]) -> None:
    """Every request, and the labels of the first half."""
    lay(source, [captured(one) for one in requests])
    half = requests[: len(requests) // 2]
    lay(source, [label(one["event"], str(one["label"])) for one in half], "labels/2026/01/29/00/x.jsonl")


def test_requests_and_labels_become_blocks(source: Path, requests: list[Document]) -> None:
    """One a day, with the tally of its labelled rows, whole and by segment."""
    lay_all(source, requests)
    found = monitor.monitor(source, ASKED)
    assert (found["requests"], found["rows"], len(found["blocks"])) == (240, 240, 8)
    assert found["window"] == {"from": "2026-01-20T00:00:00.000Z", "to": "2026-01-28T00:00:00.000Z"}
    assert [one["labelled"] for one in found["blocks"]] == [30] * 4 + [0] * 4
    day = requests[:EACH]
    whole = metrics.tally(
        np.array([one["label"] for one in day]), np.array([one["scores"][0] for one in day])
    )
    np.testing.assert_allclose(metrics.decode(found["blocks"][0]["tally"]), whole)
    parts = [
        metrics.decode(one)
        for name, one in found["blocks"][0]["segments"].items()
        if name.startswith("origin")
    ]
    np.testing.assert_allclose(np.sum(parts, axis=0), whole)
    assert not any(found["skipped"].values())


def test_every_column_is_compared_with_training(source: Path, requests: list[Document]) -> None:
    """The score, too; what follows the season only with days of the same season."""
    lay_all(source, requests)
    columns = monitor.monitor(source, ASKED)["columns"]
    assert {"hour", "origin", "score"} <= set(columns)
    for name, one in columns.items():
        assert one["judged"] is (one["p"] is not None), name
        assert (one["why"] is None) is one["judged"]
        assert sum(one["window"]) == pytest.approx(1, abs=1e-4), name
        assert len(one["bins"]) == len(one["window"]) == len(one["reference"])
    assert columns["carrier"]["judged"]
    assert {name: one["kind"] for name, one in columns.items()}["score"] == "score"


def test_a_column_that_was_changed_upstream_is_the_one_that_is_far(
    source: Path, requests: list[Document]
) -> None:
    """And in every segment that has blocks enough."""
    changed = [
        one | {"rows": [row | {"distance": row["distance"] * 1.6} for row in one["rows"]]} for one in requests
    ]
    lay_all(source, changed)
    found = monitor.monitor(source, ASKED)
    psi = {name: one["psi"] for name, one in found["columns"].items() if one["judged"]}
    assert max(psi, key=lambda name: psi[name]) == "distance"
    assert found["columns"]["distance"]["p"] < 0.05
    assert found["segments"]["origin=JFK"]["psi"]["distance"] > 0.02


def test_rows_without_labels_have_an_expected_loss(
    source: Path, requests: list[Document], flights: Any
) -> None:
    """Where there is an evaluation, which says what scores meant."""
    lay_all(source, requests)
    assert monitor.monitor(source, ASKED)["expected"] is None
    labels = np.array([one["label"] for one in requests])
    scores = np.array([one["scores"][0] for one in requests])
    tallies = {"all": {"2026-01-01": metrics.encode(metrics.tally(labels, scores))}}
    lay(source, [json.dumps({"tallies": tallies})], "evaluation/evaluation.json")
    found = monitor.monitor(source, ASKED)
    truth = float(metrics.values(metrics.tally(labels, scores))["log_loss"])
    assert found["expected"]["log_loss"] == pytest.approx(truth, abs=0.02)
    assert found["blocks"][7]["expected"]["log_loss"] > 0
    assert found["evaluation"] == {"tallies": tallies}


def test_the_same_input_gives_the_same_document(source: Path, requests: list[Document]) -> None:
    """To the last digit; in another order, in other files or twice, all but for rounding."""
    lay_all(source, requests)
    once = monitor.monitor(source, ASKED)
    assert json.dumps(monitor.monitor(source, ASKED)) == json.dumps(once)
    shutil.rmtree(source / "capture")
    lines = [captured(one) for one in requests]
    for number in range(4):
        lay(source, lines[number::4][::-1], f"capture/2026/01/2{number}/00/00.jsonl")
    lay(source, lines[:10], "capture/2026/01/19/00/again.jsonl")
    again = monitor.monitor(source, ASKED)
    assert again["skipped"]["repeated"] == 10
    again["skipped"]["repeated"] = 0
    assert rounded(again) == rounded(once)


def test_what_is_damaged_is_counted_and_the_rest_is_judged(source: Path, requests: list[Document]) -> None:
    """Lines cut off, rubbish, answers that are none, clocks that are wrong, ids that are used twice."""
    lay_all(source, requests)
    first, second = captured(requests[0]), requests[1] | {"event": "z"}
    lines = [
        first[: len(first) // 2],
        first,
        "\x1f\x8b\x08 no text",
        captured(second | {"scores": []}),
        captured(second | {"event": "future", "at": NOW + timedelta(days=1)}),
        captured(second | {"event": "old", "at": FIRST - timedelta(days=1)}),
        captured(second | {"event": "clock"}, inferenceTime="yesterday"),
        captured(second | {"event": "i-1"}, inferenceId="mine"),
        captured(second | {"event": "i-2"}, inferenceId="mine"),
        captured(second | {"event": "short", "rows": [{"hour": 1}]}),
    ]
    lay(source, lines, "capture/2026/01/28/00/00.jsonl")
    wrong = [
        label("e-1", "1"),
        label("e-1", "0"),
        label("nobody", "1"),
        label("e-200", "1,0"),
        label("e-201", "maybe"),
        "{",
    ]
    lay(source, wrong, "labels/2026/01/30/00/x.jsonl")
    found = monitor.monitor(source, ASKED)
    assert found["skipped"] == {
        "unreadable": 2,
        "repeated": 1,
        "unanswered": 1,
        "untimed": 2,
        "early": 1,
        "ambiguous": 1,
        "malformed_labels": 3,
        "conflicting": 1,
        "unmatched": 1,
    }
    assert found["malformed"]["rows"] == 1
    assert found["rows"] == 243
    assert sum(one["labelled"] for one in found["blocks"]) == 119


def test_what_callers_send_beside_is_named(source: Path, requests: list[Document]) -> None:
    """Columns that nobody uses, values that nobody has seen, a segment that is new."""
    sent = [one | {"rows": [row | {"gate": "B7"} for row in one["rows"]]} for one in requests]
    sent += [
        one | {"event": f"new {one['event']}", "rows": [row | {"origin": "SWF"} for row in one["rows"]]}
        for one in requests[:6]
    ]
    lay_all(source, sent)
    found = monitor.monitor(source, ASKED)
    assert found["unknown"] == {"gate": 240}
    assert found["columns"]["origin"]["values"] == ["SWF"]
    assert found["columns"]["origin"]["unseen"] == pytest.approx(6 / 246)
    assert found["columns"]["hour"]["unseen"] == 0
    assert found["segments"]["origin=SWF"] == {"rows": 6, "new": True, "psi": {}, "p": {}}
    assert not found["segments"]["origin=JFK"]["new"]


def test_a_month_without_traffic_is_said(source: Path) -> None:
    """There is no window, and no column is told of."""
    found = monitor.monitor(source, ASKED)
    assert (found["window"], found["requests"], found["blocks"]) == (None, 0, [])
    assert "no request was captured in the window" in found["why"]
    assert not any(one["judged"] for one in found["columns"].values())


def test_a_model_without_a_reference_is_judged_by_its_labels(
    source: Path, requests: list[Document], trained: Path
) -> None:
    """One of before the project kept how columns lie."""
    with tarfile.open(source / "model/model.tar.gz", "w:gz") as tar:
        for name in ("model.onnx", "signature.json"):
            tar.add(trained / "model" / name, name)
    lay_all(source, requests)
    found = monitor.monitor(source, ASKED)
    assert sum(one["labelled"] for one in found["blocks"]) == 120
    assert "train again" in found["columns"]["hour"]["why"]
    assert found["columns"]["seats"]["nulls"] > 0
    assert "score" not in found["columns"]


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_without_a_model_there_is_a_document_that_says_so(
    source: Path, requests: list[Document], content: bytes | None
) -> None:
    """With every member that one has."""
    lay_all(source, requests)
    whole = set(monitor.monitor(source, ASKED))
    path = source / "model/model.tar.gz"
    path.unlink() if content is None else path.write_bytes(content)
    found = monitor.monitor(source, ASKED)
    assert found["window"] is None
    assert set(found) == whole
    assert "model.tar.gz" in found["why"][0]


def test_the_job_runs_by_its_entry_point(
    source: Path, requests: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says how much it has read; blocks may be as short as the clock is fast."""
    lay_all(source, requests)
    monkeypatch.setenv("ML_ROOT", str(source.parents[1]))
    arguments = ["--now", NOW.isoformat(), "--since", "2026-01-22T00:00:00Z", "--block-seconds", "43200.5"]
    assert monitor.main([*arguments, "--permutations", "99", "--season-days", "30"]) == 0
    found = json.loads((source.parent / "output/monitor.json").read_text())
    assert (found["block_seconds"], found["requests"], found["skipped"]["early"]) == (43200.5, 180, 60)


@pytest.mark.parametrize(
    "words", [["--block-seconds", "0"], ["--block-seconds", "nan"], ["--now", "then"], ["--since", ""]]
)
def test_a_number_that_makes_no_window_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is read."""
    with pytest.raises(SystemExit):
        monitor.main(words)
    assert words[0] in capsys.readouterr().err


def test_the_document_is_json_that_everybody_reads(source: Path, requests: list[Document]) -> None:
    """No NaN: where one class has no row, a metric is null."""
    lay(source, [captured(one) for one in requests])
    late = [one for one in requests if one["label"]]
    lay(source, [label(one["event"], "1") for one in late], "labels/x.jsonl")
    text = json.dumps(monitor.monitor(source, ASKED), allow_nan=False)
    assert json.loads(text)["blocks"]


def test_any_rubbish_leaves_a_document(source: Path, requests: list[Document]) -> None:
    """Whatever bytes are changed, in requests or labels, nothing ends the job."""
    noise = np.random.default_rng(3)
    lay_all(source, requests)
    for path in sorted(source.rglob("*.jsonl")):
        content = bytearray(path.read_bytes())
        for place in noise.integers(len(content), size=400):
            content[place] = noise.integers(256)
        path.write_bytes(content)
    found = monitor.monitor(source, ASKED)
    assert found["skipped"]["unreadable"] > 0
    assert found["rows"] > 0
    json.dumps(found, allow_nan=False)
