"""Verbs that a test starts, kills or waits for."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LONG = 180.0  # seconds for a moment to come, also beside other tests


@dataclass(frozen=True)
class Ended:
    """How a verb ended; the document is empty when it was killed."""

    code: int
    document: dict[str, Any]
    errors: str


@dataclass
class Running:
    """A verb under way, in a process group of its own."""

    process: subprocess.Popen[str]
    words: str
    began: float = field(default_factory=time.time)

    def kill(self) -> None:
        """SIGKILL to the whole group: no handler, no goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, within: float = 90.0) -> Ended:
        """Wait until it has ended. Raises TimeoutExpired, and kills it then, as when the wait is interrupted."""
        try:
            output, errors = self.process.communicate(timeout=within)
        except BaseException:
            self.kill()
            raise
        try:
            document = json.loads(output)
        except ValueError:
            document = {}
        return Ended(self.process.returncode, document, errors)


def until(holds: Callable[[], Any], within: float, what: str) -> Any:
    """The first true value of `holds`. Raises AssertionError with `what` when there is none in time."""
    end = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < end, f"{what}: not within {within:g} s"
        time.sleep(0.05)
    return found
