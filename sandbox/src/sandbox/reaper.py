"""Kills the sandbox's children when the sandbox was killed. A program: it imports nothing of the package.

It reads `+PID` and `-PID` lines from stdin, which only the sandbox holds open: when stdin ends, the sandbox
is gone, however it ended, and what is still running has no owner. A pipe works on every Unix; Linux's
PDEATHSIG would fire already when the thread that started a child ends.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Note process groups until stdin ends, then kill those that are left."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the end of stdin is the only reason to go
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
