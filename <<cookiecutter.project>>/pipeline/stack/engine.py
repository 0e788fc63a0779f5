"""The vendor's `pulumi` command, run on a stack: what it shows is shown, what it tells is read."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from pipeline import names
from pipeline.errors import UserError
from pipeline.stack.where import Where

Event = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What became of a command: its exit code, what it wrote on stderr, the engine's events."""

    code: int
    said: str
    events: tuple[Event, ...] = ()


def run(where: Where, *words: str, events: bool = False) -> Run:
    """Run `pulumi WORDS` in the stack's folder. What it shows goes to stderr, and a terminal may answer it.

    `events`: read them, as Pulumi's own Automation API does, by --event-log; its `secret` values are masked.
    Raises UserError where there is no `pulumi`, KeyboardInterrupt when one ended it.
    """
    if shutil.which("pulumi") is None:
        raise UserError(
            "there is no pulumi on the PATH: https://www.pulumi.com/docs/install/ says how to get it"
        )
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events"
        command = ["pulumi", *words, *(["--event-log", str(log)] if events else [])]
        code, said = _follow(command, where.folder)
        lines = log.read_text().splitlines() if log.exists() else []
    return Run(code, said, tuple(json.loads(line) for line in lines))


def _follow(command: list[str], folder: Path) -> tuple[int, str]:
    """Exit code and stderr of `command`, which is copied to ours as it comes."""
    apart = not sys.stdin.isatty()  # a terminal's Ctrl-C reaches the whole group: one more would kill Pulumi
    said: list[str] = []
    with _Interrupts(passed_on=apart) as interrupts:
        process = subprocess.Popen(  # noqa: S603  # fixed program, no shell
            command,
            cwd=folder,
            env=_environment(),
            stdout=sys.stderr,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0 if apart else None,
        )
        interrupts.reach(process)
        with process:
            for line in process.stderr or ():
                said.append(line)
                print(line, end="", file=sys.stderr, flush=True)
    if interrupts.came:
        raise KeyboardInterrupt
    return process.returncode, "".join(said)


class _Interrupts:
    """Let Pulumi end in its own way: it finishes the step that it is in, writes the state and lifts its lock.

    A second signal ends it at once, as it does without us.
    """

    def __init__(self, *, passed_on: bool) -> None:
        self.passed_on = passed_on
        self.came: list[int] = []
        self.process: subprocess.Popen[str] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "_Interrupts":
        self._before = {one: signal.signal(one, self._note) for one in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def reach(self, process: subprocess.Popen[str]) -> None:
        """From now on signals are for `process`, those that came while it was started among them."""
        waiting, self.came = self.came, []
        self.process = process
        for number in waiting:
            self._note(number, None)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.came.append(number)
        if self.process and (self.passed_on or number == signal.SIGTERM):
            self.process.send_signal(signal.SIGINT)


def _environment() -> dict[str, str]:
    """Ours; the programs find this project's packages by the path."""
    given = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(names.root()), *([given] if given else [])])
    return {**os.environ, "PYTHONPATH": path, "PULUMI_DEBUG_COMMANDS": "true"}  # has --event-log
