"""Which processes belong to a folder, as /proc tells it."""

import os
import time
from pathlib import Path

PROC = Path("/proc")


def naming(folder: Path) -> dict[int, str]:
    """The running processes, but this one, whose command line, environment or working folder names `folder`.

    By process id, the command line of each.
    """
    found = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = entry.joinpath("cmdline").read_bytes()
            about = b"\0".join((words, entry.joinpath("environ").read_bytes(), bytes(entry.joinpath("cwd").readlink())))
        except OSError:  # it has ended, or is somebody else's
            continue
        if os.fsencode(folder) in about:
            found[int(entry.name)] = words.replace(b"\0", b" ").decode(errors="replace")
    return found


def left(folder: Path, within: float) -> dict[int, str]:
    """Those that are still there after `within` seconds; an empty dictionary as soon as there is none."""
    until = time.monotonic() + within
    while (found := naming(folder)) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def variable(folder: Path, name: str) -> str | None:
    """The value of an environment variable in any of the processes that name `folder`, if one has it."""
    for pid in naming(folder):
        try:
            variables = PROC.joinpath(str(pid), "environ").read_text(errors="replace").split("\0")
        except OSError:
            continue
        for each in variables:
            if each.startswith(f"{name}="):
                return each.partition("=")[2]
    return None
