"""`pipeline smoke`: both images are built here and run once as SageMaker runs them.

The train image trains on a few of the pinned files (`docker run IMAGE train`, without a network, as the job's
request says); the serve image serves that model (`docker run IMAGE serve`), and is sent /ping, then the good
and the bad rows of the model's own signature.
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html.
"""

import json
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from pipeline import docker, experiment, image, interrupts, manifest, names, policy, probe, train
from pipeline.command import Answer, Document, verb
from pipeline.docker import Container
from pipeline.progress import say
from pipeline.report.markdown import code, plain, table

TRAIN_SECONDS = 600
START_SECONDS = 120  # from `docker run` to the first 200 of /ping; AWS allows up to an hour
ANSWER_SECONDS = 10
POLL_SECONDS = 0.1
LOG_LINES = 20
PORT = 8080
MODEL = "smoke"  # what the server is told to be called
FOLDERS = ("model", "output")  # what SageMaker makes before it starts a training container
NOT_TRIED = "it was not tried, as there is no model to serve"


@dataclass(frozen=True)
class Trial:
    """An image, what is wrong with it, if anything, and the end of what its container printed."""

    target: str
    image: str
    wrong: str | None
    log: tuple[str, ...] = ()
    seconds: float = 0.0


def few(pinned: manifest.Manifest) -> manifest.Manifest:
    """The last pinned file before the split, to learn from, and the first that reaches beyond it. Pure."""
    at = datetime.fromisoformat
    split, files = at(pinned.evaluate_from), sorted(pinned.files, key=lambda entry: at(entry["from"]))
    earlier = [entry for entry in files if at(entry["to"]) < split][-1:]
    later = [entry for entry in files if at(entry["to"]) >= split][:1]
    chosen = {entry["path"]: entry for entry in (*earlier, *later)}
    return manifest.Manifest(json.dumps({**pinned.document, "files": list(chosen.values())}).encode())


def wrong_good(status: int, body: bytes, attributes: str, signature: dict[str, Any]) -> str | None:
    """What is wrong with the answer to the signature's good rows; None when nothing is. Pure."""
    if status != 200:
        return f"good rows were answered with {status}: {body.decode(errors='replace')[:200]}"
    rows = len(signature["examples"]["good"])
    return probe.wrong_answer(body, attributes, rows=rows, model=MODEL, output=signature["output"])


def answer(trials: Sequence[Trial]) -> Answer:
    """What a person and a workflow are told; 1 when an image is refused. Pure."""
    lines = [f"{one.target}: {one.wrong or 'it does what SageMaker will ask of it'}" for one in trials]
    document: Document = {one.target: asdict(one) | {"passed": one.wrong is None} for one in trials}
    return Answer(document, lines, code=int(any(one.wrong for one in trials)), summary=summary(trials))


def summary(trials: Sequence[Trial]) -> str:
    """The table of a job's summary, and the end of the log of what failed (Markdown). Pure."""
    rows = [
        (one.target, code(one.image), plain(one.wrong or "passed"), f"{one.seconds:.1f}") for one in trials
    ]
    parts = [table(("image", "built as", "outcome", "seconds"), rows, len(rows))]
    for one in trials:
        if one.wrong and one.log:
            indented = "\n".join(f"    {line}" for line in one.log)  # a code block, whatever is in it
            parts.append(f"The end of what the {one.target} container printed:\n\n{indented}")
    return "\n\n".join(parts)


def run(root: Path) -> list[Trial]:
    """Build both images and try them.

    Raises InfrastructureError when one cannot be built, UserError when the data is not what is pinned.
    """
    pinned = few(manifest.sample(manifest.read(root), policy.load(root).data.evaluation_days))
    manifest.verify(root, pinned)
    images = {target: _build(root, target) for target in image.TARGETS}
    folder = Path(tempfile.mkdtemp(prefix="smoke-"))
    try:
        with interrupts.terminated():
            trained = _train(root, folder, images["train"], pinned)
            served = (
                Trial("serve", images["serve"], NOT_TRIED)
                if trained.wrong
                else _serve(folder, images["serve"])
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for one in (trained, served):
        if one.wrong and one.log:
            say("\n".join([f"smoke: the {one.target} container's last lines:", *one.log]))
    return [trained, served]


def _build(root: Path, target: str) -> str:
    name = f"{names.repository(names.project(root), target)}:{image.tag(root, target)}"
    say(f"smoke: building {name}")
    docker.build(root, target, name, docker.LOAD)
    return name


def _train(root: Path, folder: Path, name: str, pinned: manifest.Manifest) -> Trial:
    """Train into `folder`/model."""
    experiment.stage(root, folder, pinned, train.hyperparameters(root), shutil.copyfile)
    for part in FOLDERS:
        (folder / part).mkdir()
    options = ("--network", "none", "--volume", f"{folder}:/opt/ml")
    with _container("train", name, options, folder) as (container, since):
        code = container.wait(TRAIN_SECONDS)
        wrong = _wrong_training(folder, code)
    return Trial("train", name, wrong, tuple(container.last_lines(LOG_LINES)), since())


def _wrong_training(folder: Path, code: int | None) -> str | None:
    if code is None:
        return f"the training had not ended after {TRAIN_SECONDS} s"
    if code:
        failure = folder / "output/failure"
        why = (
            " ".join(failure.read_text(errors="replace").split()) if failure.is_file() else "its log says why"
        )
        return f"the training ended with code {code}: {why}"
    wanted = ("model.onnx", "signature.json", "reference.json")  # without the last a monitor sees no drift
    missing = [one for one in wanted if not (folder / "model" / one).is_file()]
    return f"the training wrote no {missing[0]} into /opt/ml/model" if missing else None


def _serve(folder: Path, name: str) -> Trial:
    """Serve what is in `folder`/model."""
    signature = json.loads((folder / "model/signature.json").read_text())
    mount = ("--volume", f"{folder / 'model'}:/opt/ml/model:ro")
    options = (*mount, "--publish", f"127.0.0.1::{PORT}", "--env", f"MODEL_ID={MODEL}")
    with _container("serve", name, options, folder) as (container, since):
        try:
            wrong = _wrong_serving(container, signature)
        except (OSError, HTTPException) as error:
            wrong = f"a request got no answer within {ANSWER_SECONDS} s ({error or type(error).__name__})"
    return Trial("serve", name, wrong, tuple(container.last_lines(LOG_LINES)), since())


def _wrong_serving(container: Container, signature: dict[str, Any]) -> str | None:
    """The first thing that is wrong. Raises OSError or HTTPException when an answer does not come."""
    until = time.monotonic() + START_SECONDS
    while not _pings(port := container.port(PORT)):
        if container.code is not None:
            return f"the container ended with code {container.code} before it answered /ping"
        if time.monotonic() > until:
            return f"/ping was not answered with 200 within {START_SECONDS} s"
        time.sleep(POLL_SECONDS)
    assert port  # noqa: S101
    examples = signature["examples"]
    if wrong := wrong_good(*_call(port, "POST", "/invocations", examples["good"]), signature):
        return wrong
    for example in examples["bad"]:
        status, body, _ = _call(port, "POST", "/invocations", [example["row"]])
        if wrong := probe.wrong_refusal(status, body.decode(errors="replace"), example["names"]):
            return wrong
    return None


def _pings(port: int | None) -> bool:
    """Whether /ping is answered with 200."""
    try:
        return port is not None and _call(port, "GET", "/ping")[0] == 200
    except (OSError, HTTPException):
        return False


def _call(port: int, method: str, path: str, rows: Sequence[Any] = ()) -> tuple[int, bytes, str]:
    """Status, body and custom attributes of an answer. Raises OSError or HTTPException without one."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        body = json.dumps({"instances": rows}).encode() if rows else None
        connection.request(method, path, body, {"Content-Type": "application/json"} if rows else {})
        said = connection.getresponse()
        return said.status, said.read(), said.getheader("X-Amzn-SageMaker-Custom-Attributes", "")
    finally:
        connection.close()


@contextmanager
def _container(target: str, name: str, options: Sequence[str], folder: Path) -> Iterator[Any]:
    """The running container, and a function that says for how many seconds it has been there."""
    say(f"smoke: docker run {name} {target}")
    since = time.monotonic()
    called = f"{name.partition('/')[0]}-smoke-{target}-{secrets.token_hex(4)}"
    with Container(called, name, [target], options, folder / f"{target}.log") as container:
        yield container, lambda: round(time.monotonic() - since, 1)


@verb("smoke", "pipeline smoke")
def command() -> Answer:
    """Build both images on this machine, run each once as SageMaker would, and push nothing.

    The one trains a model of a little of the pinned data, the other serves it and is asked. Needs Docker, and
    no credentials.
    """
    return answer(run(names.root()))
