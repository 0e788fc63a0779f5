"""serving/ as SageMaker runs it: a process, a port, a signal."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., "Server"]
JSON = {"Content-Type": "application/json"}


class Server:
    """One serving process on a free port of the loopback interface."""

    def __init__(self, root: Path, project: Path, **environment: str) -> None:
        """Start it, and wait until /ping answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serving", "serve"],
            cwd=project,
            env={
                **os.environ,
                "ML_ROOT": str(root),
                "MODEL_ID": "m-1",
                "BIND_TO_ADDRESS": "127.0.0.1",
                "SAGEMAKER_BIND_TO_PORT": str(self.port),
                **environment,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        self.wait()

    def wait(self) -> None:
        """Until it answers, 20 s at most."""
        for _ in range(1000):
            try:
                self.call("GET", "/ping")
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise TimeoutError("the server did not answer /ping")

    def call(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] = JSON
    ) -> tuple[int, bytes, str | None]:
        """Status, body and custom attributes of one request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers["X-Amzn-SageMaker-Custom-Attributes"]
        finally:
            connection.close()

    def stop(self) -> tuple[int, list[dict[str, Any]]]:
        """Exit code after SIGTERM, and our own lines of the log; granian's are not JSON."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=30)
        lines = [line for line in output.splitlines() if line.startswith("{")]
        return self.process.returncode, [json.loads(line) for line in lines]


@pytest.fixture
def start(trained: Path, project: Path) -> Iterator[Start]:
    """A function that starts a server on the trained model; what still runs at the end is killed."""
    servers: list[Server] = []

    def one(**environment: str) -> Server:
        servers.append(Server(trained, project, **environment))
        return servers[-1]

    yield one
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def row(trained: Path) -> dict[str, Any]:
    """A row that must be answered."""
    signature = json.loads((trained / "model/signature.json").read_text())
    found: dict[str, Any] = signature["examples"]["good"][0]
    return found


def test_the_life_of_a_container(start: Start, row: dict[str, Any]) -> None:
    """It answers, names its model, counts every invocation exactly once, and exits 0 on SIGTERM."""
    server = start()
    body = json.dumps({"instances": [row]}).encode()
    assert server.call("GET", "/ping") == (200, b"", None)
    good = [server.call("POST", "/invocations", body) for _ in range(3)]
    bad = server.call("POST", "/invocations", b"{}")
    odd = server.call("POST", "/invocations", b"x", {"Content-Type": "image/png"})
    elsewhere = server.call("GET", "/elsewhere")
    code, log = server.stop()
    assert [(status, model) for status, _, model in good] == [(200, "model=m-1")] * 3
    assert [answer[0] for answer in (bad, odd, elsewhere)] == [400, 415, 404]
    assert (bad[2], json.loads(bad[1])["model"]) == ("model=m-1", "m-1")
    assert code == 0
    counts = {"200": 3, "400": 1, "413": 0, "415": 1, "500": 0}
    assert [line for line in log if line["event"] == "served"] == [
        {"event": "served", "model": "m-1", "counts": counts}
    ]
    assert [line["status"] for line in log if line["event"] == "failed"] == [400, 415]


def test_scores_become_metrics(start: Start, row: dict[str, Any]) -> None:
    """Every answered score stands in a line, from time to time and at the end; the counts come last."""
    server = start(METRICS_NAMESPACE="flights/production", METRICS_SECONDS="0.2")
    for rows in (1, 5):
        assert server.call("POST", "/invocations", json.dumps({"instances": [row] * rows}).encode())[0] == 200
        time.sleep(0.5)
    assert server.call("POST", "/invocations", json.dumps({"instances": [row] * 7}).encode())[0] == 200
    assert server.call("POST", "/invocations", b"{}")[0] == 400
    code, log = server.stop()
    lines = [line for line in log if line["event"] == "scores"]
    assert (code, log[-1]["event"], len(lines) >= 3) == (0, "served", True)
    assert sum(sum(line["Score"]["Counts"]) for line in lines) == 13
    assert {line["Model"] for line in lines} == {"m-1"}
    assert lines[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "flights/production"


def test_scores_at_the_end_are_printed(start: Start, row: dict[str, Any]) -> None:
    """The last minute is not lost when a container is stopped within it."""
    server = start(METRICS_NAMESPACE="flights/production")
    assert server.call("POST", "/invocations", json.dumps({"instances": [row] * 3}).encode())[0] == 200
    _, log = server.stop()
    assert [line["event"] for line in log] == ["scores", "served"]
    assert log[0]["Score"]["Count"] == 3


def test_without_a_namespace_no_scores_are_printed(start: Start, row: dict[str, Any]) -> None:
    """The log has what it had."""
    server = start(METRICS_SECONDS="0.1")
    assert server.call("POST", "/invocations", json.dumps({"instances": [row]}).encode())[0] == 200
    time.sleep(0.3)
    assert [line["event"] for line in server.stop()[1]] == ["served"]


def test_a_body_that_is_too_large_is_answered(start: Start) -> None:
    """26 MB: the client reads 413, not a broken connection, and the server goes on."""
    server = start()
    status, _, _ = server.call("POST", "/invocations", b"1" * 26_000_000, {"Content-Type": "text/csv"})
    assert (status, server.call("GET", "/ping")[0]) == (413, 200)


def test_sigterm_waits_for_the_request_in_flight(start: Start, row: dict[str, Any]) -> None:
    """50,000 rows under way: /ping answers meanwhile, the batch is answered and counted, then exit 0."""
    server = start()
    body = json.dumps({"instances": [row] * 50_000}).encode()
    with ThreadPoolExecutor() as pool:
        batch = pool.submit(server.call, "POST", "/invocations", body)
        time.sleep(0.1)
        alive = server.call("GET", "/ping")[0]
        under_way = not batch.done()
        code, log = server.stop()
        status, content, _ = batch.result()
    assert (alive, under_way) == (200, True)
    assert (status, len(json.loads(content)["predictions"])) == (200, 50_000)
    assert (code, log[-1]["counts"]["200"]) == (0, 1)


def test_sigterm_while_the_model_loads_ends_at_once(project: Path, tmp_path: Path) -> None:
    """Nothing is in flight yet; exit 0 also when the whole process group gets the signal."""
    (tmp_path / "model").mkdir()
    os.mkfifo(tmp_path / "model/signature.json")
    environment = {**os.environ, "ML_ROOT": str(tmp_path), "SAGEMAKER_BIND_TO_PORT": "0"}
    command = [sys.executable, "-m", "serving"]
    process = subprocess.Popen(command, cwd=project, env=environment, start_new_session=True)  # noqa: S603
    try:
        with (tmp_path / "model/signature.json").open("w"):  # blocks until the worker reads it
            os.killpg(process.pid, signal.SIGTERM)
            assert process.wait(timeout=10) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def test_a_folder_without_a_model_ends_the_server(project: Path, tmp_path: Path) -> None:
    """SageMaker must see a container that exits, not one that never answers."""
    environment = {**os.environ, "ML_ROOT": str(tmp_path), "SAGEMAKER_BIND_TO_PORT": "0"}
    command = [sys.executable, "-m", "serving"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, timeout=30, check=False)  # noqa: S603
    assert done.returncode == 1
    assert b"signature.json" in done.stderr
