"""`sandbox start`: the accounts, until they are told to stop."""

import os
import shlex
import signal
import stat
import sys
import threading
from pathlib import Path

from sandbox import state
from sandbox.accounts import Accounts
from sandbox.clock import Clock
from sandbox.docker import containers
from sandbox.server import Server


def run(*, port: int, speed: float, region: str, folder: Path, until_stdin_closes: bool) -> None:
    """Serve until SIGINT, SIGTERM or, if asked, the end of stdin. Raises state.Stale, OSError, ValueError."""
    clock = Clock(speed)
    boot = state.claim(folder)
    accounts = Accounts(folder, region, clock)
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    server = Server(accounts, port)
    server.serve()
    if until_stdin_closes:
        threading.Thread(target=_until_end, args=(done,), daemon=True).start()
    docker = stand_in(folder / "bin")
    for name, value in exports(server, boot).items():
        print(f"export {name}={shlex.quote(value)}")
    first = os.pathsep.join((str(docker.parent), str(Path(sys.executable).parent)))
    print(f'export PATH={shlex.quote(first)}{os.pathsep}"$PATH"')
    print("ready", flush=True)
    done.wait()
    server.stop()
    containers.end_all(folder)


def exports(server: Server, boot: str) -> dict[str, str]:
    """What a program needs in its environment to take this sandbox for AWS."""
    accounts = server.accounts
    return {
        "AWS_ENDPOINT_URL": accounts.url,
        "SANDBOX_INSECURE_URL": server.insecure_url,
        "AWS_CLOCK_SPEED": f"{accounts.clock.speed:g}",
        "AWS_REGION": accounts.region,
        "AWS_DEFAULT_REGION": accounts.region,  # boto3 reads this one, AWS's other SDKs the other
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "SANDBOX_STATE": str(accounts.folder),
        "SANDBOX_BOOT": boot,
    }


def stand_in(folder: Path) -> Path:
    """Write the `docker` that goes first on PATH: a real engine would push to the real AWS."""
    folder.mkdir()
    docker = folder / "docker"
    docker.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m sandbox.docker "$@"\n')
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return docker


def _until_end(done: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    done.set()
