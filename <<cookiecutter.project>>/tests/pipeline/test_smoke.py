"""`pipeline smoke`, with the sandbox's docker: good images pass, each kind of bad one is refused."""

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, manifest, smoke
from pipeline.__main__ import run
from pipeline.smoke import Trial

SIGNATURE = {"examples": {"good": [{"x": 1}], "bad": []}, "output": {"min": 0, "max": 1}}
# A server; {ping} and {invocations} are statements of its handler.
SERVER = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def say(self, status, document):
        self.send_response(status)
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "model=" + os.environ["MODEL_ID"])
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())
    def do_GET(self):
        {ping}
    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        {invocations}
print("up", flush=True)
where = os.environ["BIND_TO_ADDRESS"], int(os.environ["SAGEMAKER_BIND_TO_PORT"])
HTTPServer(where, Handler).serve_forever()
"""
PINGS, ANSWERS = "self.say(200, {})", 'self.say(200, {"predictions": [0.5] * len(rows)})'
UNWATCHED = """
import os
from pathlib import Path
for name in ("model.onnx", "signature.json"):
    Path(os.environ["ML_ROOT"], "model", name).touch()
"""
FAILURE = "import os\nopen(os.environ['ML_ROOT'] + '/output/failure', 'w')"
Doctored = Callable[..., Path]


@pytest.fixture
def doctored(checkout: Path, stand_in: Path, trained: Path) -> Doctored:
    """`doctored(train=…, serve=…)` gives the images other programs (Python source).

    Without one the train image hands over a model that is there already; the serve image is the project's.
    """
    assert stand_in.is_dir()
    ready = f"""
import os, shutil
shutil.copytree({str(trained / "model")!r}, os.environ["ML_ROOT"] + "/model", dirs_exist_ok=True)
"""

    def doctor(train: str = ready, serve: str | None = None) -> Path:
        (checkout / "model/train.py").write_text(train)
        if serve:
            (checkout / "serving/__main__.py").write_text(serve)
        return checkout

    return doctor


def server(ping: str = PINGS, invocations: str = ANSWERS) -> str:
    """The source of a server."""
    return SERVER.replace("{ping}", ping).replace("{invocations}", invocations)


def left(stand_in: Path) -> list[Path]:
    """The containers that were not removed."""
    return list((stand_in / "docker/containers").glob("*"))


def test_the_projects_own_images_pass(
    checkout: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The real training and the real server, without a call to AWS; nothing is left running."""

    def refuse(*_: Any) -> None:
        raise AssertionError("AWS was asked")

    monkeypatch.setattr(aws, "client", refuse)
    monkeypatch.chdir(checkout)
    assert run(["smoke", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert [said[target]["wrong"] for target in ("train", "serve")] == [None, None]
    assert said["train"]["image"].startswith("flights/train:")
    assert left(stand_in) == []


@pytest.mark.parametrize(
    ("serve", "wrong"),
    [
        (server(), "a row with a bad .* was answered with 200, not 400"),
        (server(invocations="self.say(400, {})"), "good rows were answered with 400"),
        (
            server(invocations='self.say(200, {"predictions": [7.0] * len(rows)})'),
            "a prediction is 7.0, outside",
        ),
        (server(ping="self.say(503, {})"), "/ping was not answered with 200 within 3 s"),
        ("import time\ntime.sleep(60)\n", "/ping was not answered with 200 within 3 s"),
        (
            "print('no model', flush=True)\nraise SystemExit(3)\n",
            "ended with code 3 before it answered /ping",
        ),
        (server(invocations="os._exit(1)"), "a request got no answer within"),
    ],
)
def test_a_bad_serve_image_is_refused(
    doctored: Doctored, stand_in: Path, monkeypatch: pytest.MonkeyPatch, serve: str, wrong: str
) -> None:
    """In one sentence, whatever it does; the container is gone."""
    monkeypatch.setattr(smoke, "START_SECONDS", 3)
    trained, served = smoke.run(doctored(serve=serve))
    assert trained.wrong is None
    assert re.search(wrong, str(served.wrong)), served.wrong
    assert left(stand_in) == []


@pytest.mark.parametrize(
    ("train", "wrong"),
    [
        ("print('a word', flush=True)\nraise SystemExit(1)\n", "ended with code 1: its log says why"),
        (f"{FAILURE}.write('too\\nfew rows')\nraise SystemExit(1)", "ended with code 1: too few rows"),
        ("print('done')\n", "the training wrote no model.onnx into /opt/ml/model"),
        (UNWATCHED, "the training wrote no reference.json into /opt/ml/model"),
        ("import time\ntime.sleep(60)\n", "the training had not ended after 1 s"),
    ],
)
def test_a_bad_train_image_is_refused(
    doctored: Doctored, stand_in: Path, monkeypatch: pytest.MonkeyPatch, train: str, wrong: str
) -> None:
    """With nothing to serve, the other is not tried."""
    if "sleep" in train:
        monkeypatch.setattr(smoke, "TRAIN_SECONDS", 1)
    trained, served = smoke.run(doctored(train=train))
    assert trained.wrong is not None and wrong in trained.wrong
    assert served.wrong == smoke.NOT_TRIED
    assert left(stand_in) == []


def test_the_end_of_the_log_is_told(doctored: Doctored, capfd: pytest.CaptureFixture[str]) -> None:
    """To the person and in the summary."""
    train = "print('|a| word', flush=True)\nraise SystemExit(1)\n"
    said = smoke.answer(smoke.run(doctored(train=train)))
    assert "|a| word" in capfd.readouterr().err
    assert said.code == 1
    assert "\n    |a| word" in said.summary


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_removes_the_container(
    doctored: Doctored, stand_in: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Ctrl-C, and what a cancelled workflow sends; the folder is gone as well."""
    seen: list[Any] = []

    def interrupt(container: Any, signature: Any) -> None:
        seen.append((container, signature))
        os.kill(os.getpid(), number)
        signal.pause()

    monkeypatch.setattr(smoke, "_wrong_serving", interrupt)
    with pytest.raises(KeyboardInterrupt):
        smoke.run(doctored())
    [(container, _)] = seen
    assert container.code is not None
    assert (left(stand_in), container.log.parent.exists()) == ([], False)


def test_the_pinned_year_is_not_read(checkout: Path) -> None:
    """What is left is a manifest of two of its files."""
    fewer = smoke.few(manifest.read(checkout))
    assert len(fewer.files) == 2
    assert manifest.fault(fewer.content) is None


def entry(path: str, start: str, end: str) -> dict[str, str]:
    """A manifest's entry, as far as it matters here."""
    return {"path": path, "from": f"2013-{start}T00:00:00+00:00", "to": f"2013-{end}T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (
            [entry("a", "01-01", "01-31"), entry("b", "02-01", "02-28"), entry("c", "03-01", "03-31")],
            ["a", "b"],
        ),
        (
            [entry("c", "02-15", "02-28"), entry("b", "02-01", "02-13"), entry("a", "01-01", "01-31")],
            ["b", "c"],
        ),
        ([entry("a", "01-01", "04-01")], ["a"]),
    ],
)
def test_the_files_next_to_the_split_are_taken(files: list[dict[str, str]], chosen: list[str]) -> None:
    """In whatever order they are pinned; one that has both sides is enough where there is no other."""
    split = {"evaluate_from": "2013-02-14T00:00:00+00:00"}
    content = json.dumps({"files": files, "split": split}).encode()
    assert [one["path"] for one in smoke.few(manifest.Manifest(content)).files] == chosen


def test_an_answer_of_another_model_is_wrong() -> None:
    """The contract's other halves are those of pipeline/probe.py."""
    body = b'{"predictions": [0.5]}'
    assert smoke.wrong_good(200, body, "model=smoke", SIGNATURE) is None
    assert "comes from model=other" in str(smoke.wrong_good(200, body, "model=other", SIGNATURE))


def test_the_summary_is_a_table() -> None:
    """Of both images; text of a container ends no cell."""
    said = smoke.answer(
        [Trial("train", "t:1", None, ("quiet",), 1.25), Trial("serve", "s:1", "a|b", ("x",), 2)]
    )
    assert said.summary.splitlines()[2:4] == [
        "| train | `t:1` | passed | 1.2 |",
        "| serve | `s:1` | a\\|b | 2.0 |",
    ]
    assert "quiet" not in said.summary
    assert (said.code, said.document["train"]["passed"], said.document["serve"]["passed"]) == (1, True, False)
