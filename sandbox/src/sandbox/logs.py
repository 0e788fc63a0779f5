"""What containers print, into CloudWatch Logs."""

import contextlib
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.world import Clients

PAUSE = 0.25  # real seconds between batches: a line is in CloudWatch soon, a chatty program costs few requests
MOST = 5000  # lines a batch: below AWS's 10,000 events and 1 MB of ordinary lines


class LogStream:
    """One stream of what a role's container prints. SageMaker makes the group when there is none.

    A role that may not write loses the log, and nothing else.
    """

    def __init__(self, caller: Clients, group: str, stream: str) -> None:
        self._caller, self._group, self._stream = caller, group, stream
        self._lines: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Keep `line` for the next batch; empty lines are dropped, as CloudWatch refuses them."""
        if line:
            with self._lock:
                self._lines.append({"timestamp": int(time.time() * 1000), "message": line})

    def close(self) -> None:
        """Send what is left and end."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        with contextlib.suppress(BotoCoreError, ClientError):  # a container never dies of its log
            self._create()
            while not self._closed.wait(PAUSE):
                self._send()
            self._send()

    def _create(self) -> None:
        logs = self._caller.client("logs")
        try:
            logs.describe_log_streams(logGroupName=self._group, logStreamNamePrefix=self._stream)
        except logs.exceptions.ResourceNotFoundException:
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=self._group)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)

    def _send(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        for start in range(0, len(lines), MOST):
            self._caller.client("logs").put_log_events(
                logGroupName=self._group, logStreamName=self._stream, logEvents=lines[start : start + MOST]
            )
