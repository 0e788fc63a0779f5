"""`docker run`, `docker port` and `docker rm`: a container is a process of this interpreter, in a group of its own.

`run` stays in the foreground and becomes the container's program, so its code and its end are the container's. The
image's files are unpacked; of a volume the files below /opt/ml are seen, through $ML_ROOT, as in the sandbox's jobs.
A published port is one of the loopback interface, which the program is told to listen on. `--network`, `--platform`
and `:ro` are taken and not enforced: a process has neither a network nor a file system of its own.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.docker.options import Refused, image, options, state
from sandbox.tarball import unpack

LOOPBACK = "127.0.0.1"


def run(words: list[str]) -> None:
    """`docker run --rm --name N [--network X] [--platform P] [--volume FOLDER:/opt/ml…[:ro]]…
    [--publish 127.0.0.1::PORT] [--env A=B]… IMAGE [WORD]…`.
    """
    named = ("--name", "--network", "--platform", "--volume", "--publish", "--env")
    given = options("run", ("image", "words*"), named, words, ("--rm",))
    if not given.name or not given.rm:
        raise Refused("a container without --name and --rm is not in the sandbox's docker: add both")
    source = image(given.image)
    if not source.is_dir():
        raise Refused(f"there is no image {given.image}: build it with --tag {given.image}")
    folder = _new(given.name)
    root = folder / "root"
    unpack((source / "layer").read_bytes(), root)
    for volume in given.volume or ():
        _mount(root, volume)
    config = json.loads((source / "config").read_text())["config"]
    workdir = root / config["WorkingDir"].lstrip("/")
    env = _environment(root, workdir, config, given.env or ()) | _published(folder, given.publish)
    _become(folder, [*config.get("Entrypoint", ()), *(given.words or config.get("Cmd", ()))], workdir, env)


def port(words: list[str]) -> None:
    """`docker port NAME PORT`."""
    given = options("port", ("name", "inside"), (), words)
    file = _folder(given.name) / "port"
    if not file.is_file() or not _runs(file.parent):
        raise Refused(f"there is no container {given.name} that publishes a port")
    inside, outside = file.read_text().split()
    if inside != given.inside:
        raise Refused(f"{given.name} publishes the port {inside}, not {given.inside}")
    print(f"{LOOPBACK}:{outside}")


def remove(words: list[str]) -> None:
    """`docker rm --force [--volumes] NAME`: kill it, if it runs; one that is not there is no mistake."""
    given = options("rm", ("name",), (), words, ("--force", "--volumes"))
    if not given.force:
        raise Refused("`docker rm` without --force is not in the sandbox's docker")
    _end(_folder(given.name))


def end_all(folder: Path) -> None:
    """End every container of the sandbox whose state is in `folder`."""
    for one in (folder / "docker" / "containers").glob("*"):
        _end(one)


def _folder(name: str) -> Path:
    if not name.replace("-", "").isalnum():
        raise Refused(f"{name} is no name of a container: write letters, digits and dashes")
    return state() / "containers" / name


def _new(name: str) -> Path:
    folder = _folder(name)
    if _runs(folder):
        raise Refused(f"the name {name} is in use by a container: remove it, or take another")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "root/opt/ml").mkdir(parents=True)
    return folder


def _mount(root: Path, volume: str) -> None:
    host, _, inside = volume.removesuffix(":ro").partition(":")
    if not (inside == "/opt/ml" or inside.startswith("/opt/ml/")) or ".." in inside or not Path(host).is_dir():
        raise Refused(f"--volume {volume}: write FOLDER:/opt/ml or a folder below it")
    place = root / inside.lstrip("/")
    if inside == "/opt/ml":
        place.rmdir()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(Path(host).resolve())


def _environment(root: Path, workdir: Path, config: dict[str, list[str]], given: Sequence[str]) -> dict[str, str]:
    """As a container of the sandbox's own jobs has it; nothing of the person's own environment."""
    from sandbox import images, processes  # here, as boto3 takes longer to import than other commands take

    own = dict(pair.split("=", 1) for pair in config.get("Env", ()))
    return {
        "PATH": processes.path(),
        "HOME": str(root),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **{name: value for name, value in own.items() if name not in images.OF_THE_MACHINE},
        **dict(pair.split("=", 1) for pair in given),
        "PYTHONPATH": str(workdir),  # the image's packages win over installed ones
        "ML_ROOT": str(root / "opt/ml"),
    }


def _published(folder: Path, publish: str | None) -> dict[str, str]:
    """The variables that make a server listen on a free port, which `port` then tells."""
    if publish is None:
        return {}
    inside = publish.removeprefix(f"{LOOPBACK}::")
    if not inside.isdigit():
        raise Refused(f"--publish {publish}: write {LOOPBACK}::PORT")
    with socket.create_server((LOOPBACK, 0)) as probe:
        outside = probe.getsockname()[1]
    (folder / "port").write_text(f"{inside} {outside}")
    return {"SAGEMAKER_BIND_TO_PORT": str(outside), "BIND_TO_ADDRESS": LOOPBACK}


def _become(folder: Path, words: list[str], workdir: Path, env: dict[str, str]) -> None:
    """Run the program in the place of this process, which holds the lock on its own id for as long as it runs."""
    from sandbox import processes

    program = processes.command(words)
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    lock = os.open(folder / "pid", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.write(lock, str(os.getpid()).encode())
    os.set_inheritable(lock, True)
    os.chdir(workdir)
    os.execvpe(program[0], program, env)  # noqa: S606  # the image's own program


def _runs(folder: Path) -> bool:
    with _unlocked(folder) as unlocked:
        return not unlocked


@contextlib.contextmanager
def _unlocked(folder: Path) -> Iterator[bool]:
    """Whether no process holds the container's lock: its id alone could be another's by now."""
    try:
        lock = os.open(folder / "pid", os.O_RDWR)
    except FileNotFoundError:
        yield True
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


def _end(folder: Path) -> None:
    if _runs(folder):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int((folder / "pid").read_text()), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
