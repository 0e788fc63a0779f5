"""Child processes that end with the rehearsal: the account it runs in, and each verb it calls.

Every child leads a process group of its own: Ctrl-C in a terminal reaches the rehearsal alone, and the
rehearsal then ends each group whole.
"""

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BIN = Path(sys.executable).parent
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Told:
    """What a verb said: its exit code and its JSON."""

    words: str
    code: int
    document: dict[str, Any]
    log: Path

    @property
    def why(self) -> str:
        """Why it ended so, by its own words."""
        said = self.document
        if said.get("passed") is False:
            return "; ".join(rule["sentence"] for rule in said["rules"] if not rule["passed"])
        if "findings" in said:
            told = (one for one in said["findings"] if one.get("level") == "fail" or one.get("state") == "broken")
            return "; ".join(one.get("sentence") or f"{one['subject']}: {one['found']}" for one in told)
        return str(said.get("error") or said.get("reason") or "") or f"see {self.log}"


class Verbs:
    """Runs the project's own commands in `folder`, each with a log of its own below `logs`."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self._folder, self._logs = folder, logs
        self._running: set[subprocess.Popen[str]] = set()
        self._numbers = count()
        logs.mkdir(parents=True, exist_ok=True)

    def __call__(self, env: Mapping[str, str], command: str, *words: str) -> Told:
        """Run `command` of the installation this runs in, with --json and the variables `env`, and wait for it."""
        said = " ".join((command, *words))
        log = self._logs / f"{next(self._numbers):02}-{said.replace('/', '.').replace(' ', '-')[:60]}.log"
        with log.open("w") as errors:
            child = subprocess.Popen(  # noqa: S603  commands of our own environment
                [BIN / command, *words, "--json"],
                cwd=self._folder,
                env=dict(env),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
            self._running.add(child)
            try:
                output, _ = child.communicate()
            except BaseException:
                end_group(child)
                raise
            finally:
                self._running.discard(child)
        return Told(said, child.returncode, _parsed(output, log), log)

    def end(self) -> None:
        """Kill every command that runs, in whichever thread it was called."""
        for child in self._running.copy():
            end_group(child)


def _parsed(output: str, log: Path) -> dict[str, Any]:
    try:
        document = json.loads(output)
    except ValueError:
        return {"error": output.strip()[-300:] or f"no JSON on stdout; {log} may say why"}
    return document if isinstance(document, dict) else {"error": f"not a JSON object: {output[:100]}"}


class Account:
    """`sandbox start` as a child; it also ends by itself when this process dies, because its stdin closes."""

    def __init__(self, folder: Path, *, cwd: Path, speed: float) -> None:
        self.folder = folder
        self._log = folder.with_suffix(".log").open("w")
        words = ["start", "--state", str(folder), "--speed", str(speed), "--until-stdin-closes"]
        self._child = subprocess.Popen(  # noqa: S603  our own command
            [BIN / "sandbox", *words],
            cwd=cwd,
            env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        try:
            self.exports = self._until_ready()
        except BaseException:
            end_group(self._child)
            self._log.close()
            raise
        self._outlived = False
        self.url = self.exports["AWS_ENDPOINT_URL"]

    def environment(self) -> dict[str, str]:
        """This process's environment with the account's exports, and no other account's credentials.

        Every verb is a new interpreter, so compiled modules are kept even where somebody switched that off.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return kept | self.exports

    def stop(self) -> None:
        """Close its stdin, wait, and end what is left of its group."""
        if self._log.closed:
            return
        if self._child.stdin:
            self._child.stdin.close()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(STOP_SECONDS)
            self._outlived = _runs(self._child.pid)
        finally:
            end_group(self._child)
            self._log.close()

    def left(self) -> list[str]:
        """What outlived the account: processes that `stop` had to kill, and a port that is still open."""
        found = [f"processes of group {self._child.pid}"] if self._outlived else []
        address = urlsplit(self.url)
        with contextlib.suppress(OSError), socket.create_connection((address.hostname, address.port), 1):
            found.append(f"port {address.port}")
        return found

    def _until_ready(self) -> dict[str, str]:
        exports: dict[str, str] = {}
        stdout = self._child.stdout
        for line in stdout or ():
            if line.strip() == "ready":
                return exports
            name, _, value = line.removeprefix("export ").strip().partition("=")
            exports[name] = os.path.expandvars("".join(shlex.split(value)))
        raise RuntimeError(f"the sandbox did not start: {Path(self._log.name).read_text().strip()[-500:]}")


def _runs(group: int) -> bool:
    """Whether a process group has a member."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def end_group(child: subprocess.Popen[str]) -> None:
    """Kill the child's whole process group, and reap the child."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
