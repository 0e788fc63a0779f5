"""Child processes: the containers of jobs and endpoints.

Each runs in its own process group, so that stopping it stops what it started. SageMaker stops a container
with SIGTERM and sends SIGKILL 30 seconds later, for an endpoint
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html), or 120 seconds later,
for a job (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html).
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import reaper
from sandbox.logs import LogStream
from sandbox.world import World

GRACE = 30.0  # AWS seconds between SIGTERM and SIGKILL
LEAST_GRACE = 3.0  # real seconds: a Python program cannot end faster because AWS's time does


@dataclass(eq=False)
class Child:
    """A running (or ended) process; `code` is its exit code once it has ended."""

    kind: str
    name: str
    process: subprocess.Popen[bytes]
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self.process.pid

    @property
    def code(self) -> int | None:
        """The exit code, or None while it runs; negative: the signal that ended it."""
        return self.process.poll()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.code is None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send signal `number` to the whole group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


class Processes:
    """Starts, lists and stops children; the reaper ends them when this process cannot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._children: set[Child] = set()
        self._lock = threading.Lock()
        self._reaper = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", reaper.__file__], stdin=subprocess.PIPE, start_new_session=True
        )
        world.on_stop(self.close)

    def start(
        self,
        kind: str,
        name: str,
        command: Sequence[str],
        *,
        cwd: Path,
        env: dict[str, str],
        log: LogStream | None = None,
        on_line: Callable[[str], object] | None = None,
    ) -> Child:
        """Start `command` with exactly `env`; its stdout and stderr go, line by line, to `log` and `on_line`.

        Raises OSError when the program cannot be started.
        """
        with self._lock:  # a child is either listed or not started, also for close()
            if self._world.stopping.is_set():
                raise OSError("the sandbox is stopping")
            process = subprocess.Popen(  # noqa: S603
                list(command),
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._note("+", process.pid)
            child = Child(kind, name, process)
            self._children.add(child)
        threading.Thread(target=self._follow, args=(child, log, on_line), daemon=True).start()
        return child

    def stop(self, child: Child, grace: float = GRACE, least: float = LEAST_GRACE) -> None:
        """SIGTERM, and SIGKILL after `grace` AWS seconds, but at least `least` real ones; wait for the end."""
        child.kill(signal.SIGTERM)
        if not child.ended.wait(max(self._world.clock.real(grace), least)):
            child.kill()
            child.ended.wait()

    def list(self) -> list[dict[str, object]]:
        """The running children as {"kind", "name", "pid"}."""
        with self._lock:
            children = [child for child in self._children if child.running]
        return [{"kind": child.kind, "name": child.name, "pid": child.pid} for child in children]

    def close(self) -> None:
        """End all children, politely and at once together, and the reaper."""
        with self._lock:
            children = list(self._children)
        for child in children:
            child.kill(signal.SIGTERM)
        for child in children:
            if not child.ended.wait(LEAST_GRACE):
                child.kill()
        for child in children:
            child.ended.wait()
        assert self._reaper.stdin  # noqa: S101
        self._reaper.stdin.close()
        self._reaper.wait()

    def _follow(self, child: Child, log: LogStream | None, on_line: Callable[[str], object] | None) -> None:
        reader = threading.Thread(target=_read, args=(child, log, on_line), daemon=True)
        reader.start()
        child.process.wait()
        child.kill()  # what the program left running in its group has no container any more
        reader.join()
        if log:
            log.close()
        with self._lock:
            self._children.discard(child)
            self._note("-", child.pid)
        child.ended.set()

    def _note(self, sign: str, pid: int) -> None:
        assert self._reaper.stdin  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self._reaper.stdin.write(f"{sign}{pid}\n".encode())
            self._reaper.stdin.flush()


def _read(child: Child, log: LogStream | None, on_line: Callable[[str], object] | None) -> None:
    assert child.process.stdout  # noqa: S101
    for raw in child.process.stdout:
        line = raw.decode(errors="replace").rstrip("\r\n")
        if log:
            log.write(line)
        if on_line:
            on_line(line)


def environment(world: World, *layers: Mapping[str, str], **extra: str) -> dict[str, str]:
    """What a container sees: nothing of the person's own environment, then each of `layers`, then `extra`."""
    seen = {
        "PATH": path(),
        "HOME": str(world.folder),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "AWS_REGION": world.region,
    }
    for layer in (*layers, extra):
        seen |= layer
    return seen


def path() -> str:
    """Where a container's programs are: the sandbox's own interpreter first."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.defpath))


def command(words: Sequence[str]) -> list[str]:
    """`words` of an image, with its `python` being the sandbox's own interpreter."""
    first, *rest = words
    return [sys.executable if Path(first).name in ("python", "python3") else first, *rest]


def attach(world: World) -> None:
    """Hang `world.processes`."""
    world.processes = Processes(world)


def listing(worlds: Iterable[World]) -> bytes:
    """The answer to `GET /sandbox/processes`."""
    return json.dumps(
        [{"account": world.account} | child for world in worlds for child in world.processes.list()]
    ).encode()
