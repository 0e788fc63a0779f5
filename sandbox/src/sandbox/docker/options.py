"""What every command of the stand-in reads: its words, and where an image or a container lies."""

import argparse
import hashlib
import os
from pathlib import Path
from typing import NoReturn

_SHORT = {
    "--tag": "-t", "--file": "-f", "--username": "-u", "--volume": "-v", "--publish": "-p", "--env": "-e",
}  # fmt: skip
_MANY = ("--volume", "--env")


class Refused(Exception):
    """A sentence for the person."""


class _Parser(argparse.ArgumentParser):
    """Speaks through Refused."""

    def error(self, message: str) -> NoReturn:
        """Raise it."""
        raise Refused(f"{self.prog}: {message}")


def options(
    command: str,
    positional: tuple[str, ...],
    named: tuple[str, ...],
    words: list[str],
    flags: tuple[str, ...] = (),
) -> argparse.Namespace:
    """The words by name; the last of `positional` with a `*` takes the rest. Raises Refused on an unknown option."""
    parser = _Parser(f"docker {command}")
    for name in positional:
        parser.add_argument(name.rstrip("*"), nargs=argparse.REMAINDER if name.endswith("*") else None)
    for name in named:
        short = (_SHORT[name],) if name in _SHORT else ()
        parser.add_argument(name, *short, action="append" if name in _MANY else "store")
    for name in flags:
        parser.add_argument(name, action="store_true")
    given, unknown = parser.parse_known_args(words)
    if unknown:
        raise Refused(f"`docker {command} {unknown[0]}` is not in the sandbox's docker")
    return given


def state() -> Path:
    """The stand-in's part of the running sandbox's state. Raises Refused when none is named."""
    folder = os.environ.get("SANDBOX_STATE")
    if not folder:
        raise Refused("SANDBOX_STATE is not set: use the exports that `sandbox start` printed")
    return Path(folder) / "docker"


def image(uri: str) -> Path:
    """Where an image lies, there or not."""
    return state() / "images" / hashlib.sha256(uri.encode()).hexdigest()
