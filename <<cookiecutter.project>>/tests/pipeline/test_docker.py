"""pipeline/docker.py, with the sandbox's docker: containers end with the block that runs them."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from pipeline import docker
from pipeline.errors import InfrastructureError, UserError

DOCKERFILE = 'FROM scratch AS toy\nWORKDIR /app\nCOPY toy.py ./\nENTRYPOINT ["python", "-m", "toy"]\n'
SLEEPS = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"
PRINTS = "for number in range(30):\n    print(number)\nraise SystemExit(3)\n"


@pytest.fixture
def toy(stand_in: Path, tmp_path: Path) -> Path:
    """A folder whose Dockerfile has one target, `toy`, that runs toy.py."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/Dockerfile").write_text(DOCKERFILE)
    assert stand_in.is_dir()
    return tmp_path / "toy"


def container(toy: Path, program: str, name: str = "one") -> docker.Container:
    """The container of a program (Python source)."""
    (toy / "toy.py").write_text(program)
    docker.build(toy, "toy", "here/toy:1", docker.LOAD)
    return docker.Container(name, "here/toy:1", ["serve"], (), toy / "log")


def until_printed(log: Path) -> int:
    """The number on the first line of the log, as soon as it is there."""
    while not log.is_file() or "\n" not in log.read_text():
        time.sleep(0.02)
    return int(log.read_text())


def test_its_code_and_its_last_lines_are_known(toy: Path) -> None:
    """Also after the block."""
    with container(toy, PRINTS) as one:
        assert one.wait(30) == 3
    assert (one.code, one.last_lines(2)) == (3, ["28", "29"])


def test_one_that_runs_is_ended_with_the_block(toy: Path) -> None:
    """Nothing of it is left."""
    with container(toy, SLEEPS) as one:
        process = until_printed(toy / "log")
        assert (one.code, one.wait(0.1), one.port(8080)) == (None, None, None)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_one_that_ignores_sigterm_is_ended_too(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, by docker itself."""
    monkeypatch.setattr(docker, "GONE_SECONDS", 1)
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPS
    with container(toy, stubborn):
        process = until_printed(toy / "log")
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_an_interrupt_ends_it(toy: Path) -> None:
    """Ctrl-C reaches us; the container has a session of its own."""
    with pytest.raises(KeyboardInterrupt), container(toy, SLEEPS):
        process = until_printed(toy / "log")
        assert os.getsid(process) != os.getsid(0)
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_command_that_fails_is_named(toy: Path) -> None:
    """Its own words are on stderr."""
    with pytest.raises(InfrastructureError, match="docker buildx build failed with code 1"):
        docker.build(toy, "other", "here/toy:1", docker.LOAD)


def test_a_docker_without_buildx_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's docker.io comes without; it then takes our options for its own."""
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\nexit 125\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no buildx"):
        docker.build(tmp_path, "serve", "here/serve:1", docker.LOAD)


def test_what_is_loaded_is_not_pushed(toy: Path, stand_in: Path) -> None:
    """It needs no credentials."""
    container(toy, PRINTS)
    [form] = stand_in.glob("docker/images/*/form")
    assert json.loads(form.read_text())["attested"] is False


def test_without_docker_a_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is started."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="docker is not on the PATH"):
        docker.Container("one", "here/toy:1", (), (), tmp_path / "log")
