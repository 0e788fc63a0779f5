"""The server as SageMaker starts it, a process of its own, on a free port of the loopback interface."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType

LOOPBACK = "127.0.0.1"
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html has both
PING_SECONDS = 2  # the most that an answer to /ping may take
STOP_SECONDS = 30  # between SIGTERM and SIGKILL
LOST = (OSError, HTTPException)  # what a call raises that got no answer


class Server:
    """The server of the model in `root`/model; what it prints goes to `root`/log. Use it in `with`."""

    def __init__(self, root: Path) -> None:
        """Start it."""
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            self.port = probe.getsockname()[1]
        self.log = root / "log"
        place = {"BIND_TO_ADDRESS": LOOPBACK, "SAGEMAKER_BIND_TO_PORT": str(self.port)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "serving", "serve"],
                env={**os.environ, **place, "ML_ROOT": str(root)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its workers can be killed with it
            )
        self._connection: HTTPConnection | None = None

    def __enter__(self) -> "Server":
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it, by force if it does not."""
        self.hang_up()
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def wait(self, seconds: float) -> str | None:
        """Wait until /ping is answered with 200; after `seconds`, or when the process ends, why it is not."""
        until = time.monotonic() + seconds
        while self.alive and time.monotonic() < until:
            try:
                status, _ = self.call("GET", "/ping", PING_SECONDS)
            except LOST:
                status = 0
            self.hang_up()  # the next call waits for another time
            if status == 200:
                return None
            time.sleep(0.05)
        if self.alive:
            return f"the server did not answer /ping with 200 within {seconds:g} s"
        return f"the server ended with exit code {self.process.returncode} before it answered /ping"

    def call(
        self, method: str, path: str, seconds: float, body: bytes | None = None, content_type: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of an answer, over a connection that is kept. Raises one of LOST without one."""
        if self._connection is None:
            self._connection = HTTPConnection(LOOPBACK, self.port, timeout=seconds)
        try:
            headers = {"Content-Type": content_type} if content_type else {}
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except LOST:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        """Close the connection; the next call makes another."""
        if self._connection:
            self._connection.close()
        self._connection = None
