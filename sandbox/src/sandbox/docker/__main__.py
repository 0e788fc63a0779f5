"""One command of the stand-in; exit 1 with a sentence when it cannot be done here."""

import sys

from sandbox.docker.building import build
from sandbox.docker.containers import port, remove, run
from sandbox.docker.options import Refused
from sandbox.docker.pushing import login, push

KNOWN = "buildx build, login, push, run, port, rm, info, version"


def main() -> None:
    """Run it."""
    commands = {
        "build": build, "login": login, "push": push, "run": run, "port": port, "rm": remove, "info": info,
        "version": info,
    }  # fmt: skip
    words = sys.argv[1:]
    if words[:1] == ["buildx"]:  # `docker build` is the same as `docker buildx build`
        words = words[1:] if words[1:2] == ["build"] else [" ".join(words[:2])]
    name, rest = (words[0], words[1:]) if words else ("", [])
    try:
        if name not in commands:
            raise Refused(f"`docker {name}` is not in the sandbox's docker, which has {KNOWN}")
        commands[name](rest)
    except (Refused, OSError) as error:
        print(f"docker: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def info(words: list[str]) -> None:
    """`docker info` and `docker version`, whatever their options."""
    print(f"Server: the sandbox's stand-in for Docker ({KNOWN})")


if __name__ == "__main__":
    main()
