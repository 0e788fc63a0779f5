"""A run record arrives at a real MLflow server; MLflow is installed apart, the project has its client's group."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import UV
from running import left

pytestmark = pytest.mark.slow
VERSION = "3.17.2"
STARTS_WITHIN = 300  # seconds; twenty on a quiet machine
RECORD = {
    "candidate": "flight-delays-train-0123456789ab",
    "experiment": False,
    "commit": "c" * 40,
    "branch": "main",
    "manifest": "2" * 64,
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/flight-delays/train@sha256:" + "4" * 64,
    "model_sha256": "3" * 64,
    "hyperparameters": {"trees": "100", "seed": "13"},
    "instance_type": "ml.m5.large",
    "started": "2026-01-05T12:00:00+00:00",
    "seconds": 90,
    "evaluation": {"metrics": {"log_loss": 0.5, "auc": 0.75}},
    "gate": {"passed": True},
}


@pytest.fixture(scope="module")
def environment(bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a job on the runner that has the group, too."""
    venv = tmp_path_factory.mktemp("job") / "venv"
    command = ["make", "-C", bake(), "setup", "ONLY=gate mlflow"]
    variables = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(venv)}
    subprocess.run(command, check=True, capture_output=True, env=variables)
    return venv / "bin" / "python"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """`mlflow server` on this machine alone, with its records and artefacts in `folder`."""
    subprocess.run([UV, "venv", "--quiet", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([UV, "pip", "install", "--quiet", "--python", python, f"mlflow=={VERSION}"], check=True)
    options = {
        "--backend-store-uri": f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination": f"{folder}/artifacts",
        "--host": "127.0.0.1",
        "--port": str(port),
        "--workers": "1",
    }
    words = [word for pair in options.items() for word in pair]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [python, "-m", "mlflow", "server", *words],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        )


def wait(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    """Until the server answers; what it printed, when it does not."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"no MLflow server: {(folder / 'log').read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """The server and its workers."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address and process of a server; nothing of it is left, however the test ends."""
    port = free_port()
    process = serve(tmp_path, port)
    try:
        wait(process, tmp_path, port)
        yield f"http://127.0.0.1:{port}", process
    finally:
        stop(process)
    assert left(tmp_path, within=10) == {}


def ask(address: str, path: str, **body: Any) -> Any:
    """What the server's own API answers."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(address + path, data, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def tell(python: Path, project: Path, address: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """What a verb does once the record is written."""
    program = "import json, sys; from pipeline import tracking; tracking.log(json.load(sys.stdin))"
    variables = {**os.environ, "MLFLOW_TRACKING_URI": address}
    return subprocess.run(
        [python, "-c", program],
        cwd=project,
        input=json.dumps({**RECORD, **more}),
        capture_output=True,
        text=True,
        env=variables,
    )


def test_a_run_is_logged_once_and_a_dead_server_stops_nothing(
    environment: Path, bake: Callable[..., Path], server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    """Parameters, metrics, tags and the record itself; then the server goes away."""
    (address, process), project = server, bake()
    for more in ({}, {}, {"registered": {"version": 7}}):
        done = tell(environment, project, address, **more)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == f"tracking: MLflow has {RECORD['candidate']}\n"

    query = {"experiment_name": "flight-delays"}
    found = ask(address, f"/api/2.0/mlflow/experiments/get-by-name?experiment_name={query['experiment_name']}")
    number = found["experiment"]["experiment_id"]
    [run] = ask(address, "/api/2.0/mlflow/runs/search", experiment_ids=[number])["runs"]
    data = {name: {pair["key"]: pair["value"] for pair in pairs} for name, pairs in run["data"].items()}
    assert (run["info"]["run_name"], run["info"]["status"]) == (RECORD["candidate"], "FINISHED")
    assert data["params"] == {"trees": "100", "seed": "13", "instance_type": "ml.m5.large"}
    assert data["metrics"] == {"log_loss": 0.5, "auc": 0.75, "training_seconds": 90}
    kept = {name: data["tags"][name] for name in ("commit", "manifest", "image", "candidate", "gate", "version")}
    assert kept == {name: RECORD[name] for name in ("commit", "manifest", "image", "candidate")} | {
        "gate": "passed",
        "version": "7",
    }
    artefact = ask(address, f"/get-artifact?path=run.json&run_uuid={run['info']['run_id']}")
    assert artefact == {**RECORD, "registered": {"version": 7}}
    history = ask(address, f"/api/2.0/mlflow/metrics/get-history?run_id={run['info']['run_id']}&metric_key=auc")
    assert len(history["metrics"]) == 1

    stop(process)
    done = tell(environment, project, address)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (0, "", 1)
    assert f"MLflow did not take {RECORD['candidate']}" in done.stderr
