"""serving/replay.py: the real server on loopback, and servers that are not what they should be."""

import base64
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import features
from model.scoring import Model
from serving import replay

Line = dict[str, Any]
LIMITS = {"most": 2000, "startup_seconds": 30.0, "answer_seconds": 10.0}


def part(body: str, encoding: str, kind: str) -> Line:
    """One half of a captured line."""
    return {"observedContentType": kind, "mode": "INPUT", "data": body, "encoding": encoding}


def line(event: str, rows: list[Line], scores: list[float]) -> Line:
    """A captured request and its answer, as JSON."""
    sent, answer = json.dumps({"instances": rows}), json.dumps({"predictions": scores})
    kind = "application/json"
    data = {"endpointInput": part(sent, "JSON", kind), "endpointOutput": part(answer, "JSON", kind)}
    return {"captureData": data, "eventMetadata": {"eventId": event}, "eventVersion": "0"}


@pytest.fixture(scope="module")
def archive(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained model as SageMaker keeps it."""
    path = tmp_path_factory.mktemp("archive") / "model.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("model.onnx", "signature.json"):
            tar.add(trained / "model" / name, name)
    return path


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    """The trained model."""
    return Model(trained / "model")


@pytest.fixture
def rows(model: Model) -> list[Line]:
    """Three rows that must be answered."""
    good: Line = model.signature["examples"]["good"][0]
    return [good | {"hour": hour} for hour in (6, 12, 20)]


def scores(model: Model, rows: list[Line]) -> list[float]:
    """What the model answers."""
    answers: list[float] = model.score({name: [row[name] for row in rows] for name in rows[0]}).tolist()
    return answers


@pytest.fixture
def root(archive: Path, tmp_path: Path) -> Path:
    """processing/input of a job, with the model and no requests yet."""
    (tmp_path / "input/model").mkdir(parents=True)
    (tmp_path / "input/model/model.tar.gz").write_bytes(archive.read_bytes())
    return tmp_path / "input"


def lay(root: Path, *lines: Line | str, folder: str = "requests", name: str = "live/2026/1.jsonl") -> None:
    """Write captured lines below input/."""
    path = root / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines))


def test_the_job_sends_every_request_and_compares_the_answers(
    root: Path, model: Model, rows: list[Line], run: Callable[[str, Path], subprocess.CompletedProcess[str]]
) -> None:
    """JSON, CSV and base64 alike, over HTTP; rows of the evaluation come after the traffic."""
    then = scores(model, rows)
    text = ",".join(str(rows[0][name]) for name in features.COLUMNS)
    csv = line("c", rows[:1], then[:1])
    csv["captureData"]["endpointInput"] = part(text, "CSV", "text/csv")
    encoded = line("e", rows[:1], then[:1])
    packed = base64.b64encode(text.encode()).decode()
    encoded["captureData"]["endpointInput"] = part(packed, "BASE64", "text/csv")
    lay(root, line("j", rows, then), csv, encoded)
    lay(root, line("v", rows[:1], then[:1]), folder="evaluation", name="requests.jsonl")
    (root.parent / "processing").symlink_to(root.parent)
    done = run("serving.replay", root.parent)
    assert done.returncode == 0, done.stderr
    found = json.loads((root.parent / "output/replay.json").read_text())
    assert (found["ready"], found["statuses"], found["errors"], found["schema"]) == (True, {"200": 4}, 0, 0)
    assert found["sources"] == {"captured": 3, "evaluation": 1}
    assert {of: (one["answers"], one["shift"]) for of, one in found["scores"].items()} == {
        "captured": (5, 0),
        "evaluation": (1, 0),
    }
    assert found["scores"]["captured"]["difference"] == pytest.approx(0, abs=1e-6)
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p95"] <= found["latency_ms"]["max"]


def test_what_cannot_be_read_is_counted_and_left_out(root: Path, model: Model, rows: list[Line]) -> None:
    """Cut off, no capture at all, delivered twice, or answered with an error."""
    good = line("g", rows, scores(model, rows))
    refused = line("r", rows, [])
    refused["captureData"]["endpointOutput"]["data"] = '{"error": "no"}'
    broken = line("b", rows, [0.5])
    broken["captureData"]["endpointInput"] |= {"encoding": "BASE64", "data": "%"}
    lay(root, good, good, refused, broken, json.dumps(good)[:100], "[1, 2]", "null", "")
    found = replay.replay(root, **LIMITS)
    assert found["skipped"] == {"repeated": 1, "unanswered": 1, "unreadable": 4}
    assert (found["requests"], found["statuses"]) == (1, {"200": 1})


def test_the_newest_files_are_sent_first(root: Path, model: Model, rows: list[Line]) -> None:
    """Until there are as many as asked for; nothing is left for the evaluation's rows."""
    then = scores(model, rows)
    lay(root, line("old", rows[:1], [0.0]), name="live/2026/01/01/00/59.jsonl")
    lay(root, line("new", rows, then), line("next", rows, then), name="live/2026/01/01/01/00.jsonl")
    lay(root, line("e", rows, then), folder="evaluation", name="requests.jsonl")
    found = replay.replay(root, **LIMITS | {"most": 2})
    assert (found["sources"], found["scores"]["captured"]["answers"]) == ({"captured": 2}, 6)


def test_a_request_that_the_candidate_refuses_is_an_error_with_its_sentence(
    root: Path, model: Model, rows: list[Line]
) -> None:
    """It was answered before: a new column is asked of clients that do not know it."""
    fewer = [{name: value for name, value in row.items() if name != "distance"} for row in rows]
    lay(root, line("a", fewer, scores(model, rows)), line("b", fewer, scores(model, rows)))
    found = replay.replay(root, **LIMITS)
    assert (found["statuses"], found["errors"], found["scores"]) == ({"400": 2}, 2, {})
    sentence = "$.instances[0].distance is missing"
    assert found["failures"] == [{"status": "400", "sentence": sentence, "count": 2}]


def test_nothing_to_send_is_no_failure(root: Path) -> None:
    """The document says how many there were."""
    found = replay.replay(root, **LIMITS)
    assert (found["ready"], found["requests"], found["latency_ms"], found["scores"]) == (True, 0, None, {})


def test_an_archive_that_leads_out_of_its_folder_is_refused(root: Path, tmp_path: Path) -> None:
    """Nothing is written there."""
    with tarfile.open(root / "model/model.tar.gz", "w:gz") as tar:
        tar.add(Path(__file__), "../../../outside")
    found = replay.replay(root, **LIMITS)
    assert not found["ready"]
    assert "cannot be unpacked" in found["why"]
    assert not list(tmp_path.rglob("outside"))


@pytest.mark.parametrize("keep", [0, 100])
def test_an_archive_that_is_cut_off_is_named(root: Path, keep: int) -> None:
    """Instead of a traceback."""
    path = root / "model/model.tar.gz"
    path.write_bytes(path.read_bytes()[:keep])
    assert "model.tar.gz cannot be unpacked" in replay.replay(root, **LIMITS)["why"]


# servers of other kinds, in the place of serving/: what a candidate's image may hold

SERVER = """
import os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        {ping}

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        {answer}

    def log_message(self, *_):
        pass

{start}
HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


@pytest.fixture
def served(
    root: Path, tmp_path: Path, rows: list[Line], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Line]:
    """Replay eight requests of three rows each through a server that is made of these pieces."""

    def call(ping: str = "self.answer(200)", answer: str = "pass", start: str = "", **limits: float) -> Line:
        package = tmp_path / "other/serving"
        package.mkdir(parents=True)
        package.joinpath("__init__.py").touch()
        package.joinpath("__main__.py").write_text(SERVER.format(ping=ping, answer=answer, start=start))
        monkeypatch.chdir(package.parent)
        lay(root, *(line(event, rows, [0.1, 0.2, 0.3]) for event in "abcdefgh"))
        return replay.replay(root, **LIMITS | limits)

    return call


def test_a_server_that_never_answers_ping_is_a_document(served: Callable[..., Line]) -> None:
    """And not a job that hangs."""
    found = served(ping="time.sleep(60)", startup_seconds=1.0)
    assert found["why"] == "the server did not answer /ping with 200 within 1 s"


def test_a_server_that_is_never_ready_is_a_document(served: Callable[..., Line]) -> None:
    """503 is not 200."""
    assert served(ping="self.answer(503)", startup_seconds=1.0)["ready"] is False


def test_a_server_that_ends_is_a_document(served: Callable[..., Line]) -> None:
    """At once, however long it might have taken."""
    found = served(start="sys.exit(7)")
    assert found["why"] == "the server ended with exit code 7 before it answered /ping"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"predictions": [0.1, 0.2]}', "2 predictions, not 3"),
        ('{"predictions": [0.1, NaN, 0.3]}', "a prediction outside the signature's range, 0.0 to 1.0"),
        ('{"predictions": [0.1, 1.5, 0.3]}', "a prediction outside the signature's range, 0.0 to 1.0"),
        ('{"predictions": [0.1, "0.2", 0.3]}', 'the answer is no {"predictions": [number, …]}'),
        ("0.1", 'the answer is no {"predictions": [number, …]}'),
    ],
)
def test_an_answer_that_breaks_the_signature_is_counted(
    served: Callable[..., Line], body: str, sentence: str
) -> None:
    """A silent wrong answer is none that passes."""
    found = served(answer=f"self.answer(200, {body.encode()!r})")
    assert (found["schema"], found["errors"], found["scores"]) == (8, 0, {})
    assert found["failures"] == [{"status": "200", "sentence": sentence, "count": 8}]


def test_a_server_that_hangs_is_given_up(served: Callable[..., Line]) -> None:
    """After three requests without an answer."""
    found = served(answer="time.sleep(60)", answer_seconds=0.3)
    assert found["statuses"] == {"none": replay.MOST_LOST}


def test_a_server_that_dies_on_a_request_is_seen(served: Callable[..., Line]) -> None:
    """One request is lost, and then there is nobody to ask."""
    found = served(answer="os._exit(1)")
    assert 1 <= found["statuses"]["none"] <= replay.MOST_LOST


def test_other_scores_are_a_distance(served: Callable[..., Line]) -> None:
    """None of the values then is as high as the lowest now."""
    found = served(answer="""self.answer(200, b'{"predictions": [0.9, 0.8, 0.7]}')""")["scores"]["captured"]
    assert (found["shift"], found["distinct"], found["answers"]) == (1, 3, 24)
    assert found["difference"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], 0),
        ([1, 2], [3, 4], 1),
        ([1, 2, 3, 4], [3, 4, 5, 6], 0.5),
        ([1, 1, 2], [1], 1 / 3),
    ],
)
def test_the_distance_is_the_largest_between_the_distribution_functions(
    one: list[float], other: list[float], expected: float
) -> None:
    """Both ways round, ties included."""
    first, second = np.array(one, float), np.array(other, float)
    assert replay.distance(first, second) == replay.distance(second, first) == pytest.approx(expected)


def test_the_help_says_what_the_job_reads() -> None:
    """For who runs it by hand."""
    command = [sys.executable, "-m", "serving.replay", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert "--startup-seconds" in done.stdout
