"""Ctrl-C, a polite and an impolite end: whenever they come, no process, port or half-written project stays behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import running
from conftest import REPOSITORY, make

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not running.PROC.is_dir(), reason="reads /proc"),
]

FEW_SECONDS = 10  # for everything to end: a container may take three, a verb retries a connection for a few
LONG = 300  # for a moment to come, also beside other tests
STACKS = {"staging", "production"}
WITHOUT = (".git", ".venv", ".*_cache", "__pycache__", "build")


@pytest.fixture(autouse=True)
def terminal() -> Iterator[None]:
    """Programs start as from a terminal: a shell's background job has them ignore SIGINT, and they inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def begun(project: Path) -> bool:
    """The rehearsal copies the project."""
    return (rehearsal(project) / "project").is_dir()


def account_starts(project: Path) -> bool:
    """The account has claimed its folder, and has not said that it is ready."""
    return (rehearsal(project) / "account").is_dir()


def stacks_are_applied(project: Path) -> bool:
    """Both services are applied, one in a thread each."""
    return {words.split()[-1] for words in commands(project, "sandbox.stacks.apply")} >= STACKS


def trains(project: Path) -> bool:
    """The container of a training job runs."""
    return bool(commands(project, "-m model.train"))


def canary(project: Path) -> bool:
    """A release to production has two fleets side by side, under traffic."""
    logs = rehearsal(project).glob("logs/*-pipeline-release-production*.log")
    return any("Baking" in log.read_text() for log in logs)


@pytest.mark.parametrize("moment", [begun, account_starts, trains, canary])
def test_ctrl_c_leaves_nothing(project: Path, tmp_path: Path, moment: Callable[[Path], bool]) -> None:
    """SIGINT to the foreground group, as a terminal sends it: all is stopped, and the record says that it is not ok."""
    with rehearsing(project, tmp_path, moment) as made:
        url = running.variable(project, "AWS_ENDPOINT_URL")
        os.killpg(made.pid, signal.SIGINT)

        assert made.wait(FEW_SECONDS) != 0
        assert running.left(project, within=FEW_SECONDS) == {}
        assert not answers(url)
        assert recorded(project)["ok"] is False


def test_ctrl_c_waits_for_no_verb(project: Path, tmp_path: Path) -> None:
    """Verbs that run side by side are killed, each with what it started."""
    with rehearsing(project, tmp_path, stacks_are_applied) as made:
        os.killpg(made.pid, signal.SIGINT)

        assert made.wait(FEW_SECONDS) != 0
        assert running.left(project, within=FEW_SECONDS) == {}
        ended = {verb["verb"]: verb["code"] for verb in recorded(project)["verbs"]}
        assert [ended[f"sandbox up infra/service --stack {stack}"] for stack in STACKS] == [-signal.SIGKILL] * 2


def test_sigterm_leaves_nothing(project: Path, tmp_path: Path) -> None:
    """SIGTERM to the rehearsal alone ends it like Ctrl-C."""
    with rehearsing(project, tmp_path, trains) as made:
        url = running.variable(project, "AWS_ENDPOINT_URL")
        os.kill(rehearsing_process(project), signal.SIGTERM)

        assert made.wait(FEW_SECONDS) != 0
        assert running.left(project, within=FEW_SECONDS) == {}
        assert not answers(url)
        assert recorded(project)["ok"] is False


def test_account_outlives_no_killed_rehearsal(project: Path, tmp_path: Path) -> None:
    """SIGKILL lets the rehearsal stop nothing: account, job and verb must end by themselves."""
    with rehearsing(project, tmp_path, trains) as made:
        url = running.variable(project, "AWS_ENDPOINT_URL")
        os.kill(rehearsing_process(project), signal.SIGKILL)

        assert made.wait(FEW_SECONDS) != 0
        assert running.left(project, within=FEW_SECONDS) == {}
        assert not answers(url)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository with an environment of its own, to be baked in."""
    copy = tmp_path_factory.mktemp("copy") / "repository"
    shutil.copytree(REPOSITORY, copy, ignore=shutil.ignore_patterns(*WITHOUT))
    make(copy, "setup")
    return copy


def test_ctrl_c_leaves_no_half_project(repository: Path) -> None:
    """An interrupted `make bake` leaves nothing, neither where it bakes nor where the project goes."""
    interrupt_baking(repository)

    assert not (repository / "build" / "half").exists()
    assert not (repository / "build" / "demo" / "flight-delays").exists()


def test_ctrl_c_keeps_the_project_before(repository: Path) -> None:
    """The project that was there, with its environment, is whole after an interrupted `make bake`."""
    make(repository, "bake")
    demo = repository / "build" / "demo" / "flight-delays"
    demo.joinpath(".venv").mkdir()
    before = sorted(demo.rglob("*"))

    interrupt_baking(repository)

    assert not (repository / "build" / "half").exists()
    assert before == sorted(demo.rglob("*"))


def interrupt_baking(repository: Path) -> None:
    """Ctrl-C while cookiecutter is at work: its last hook says that it is reached, and waits for it."""
    hook = repository / "hooks" / "post_gen_project.py"
    prompt = hook.read_text()
    hook.write_text(f"{prompt}\nimport pathlib, time\n\npathlib.Path('reached').touch()\ntime.sleep({LONG})\n")
    baking = subprocess.Popen(["make", "-C", repository, "bake"], start_new_session=True, stderr=subprocess.DEVNULL)
    wait_for(lambda: any((repository / "build" / "half").glob("*/reached")), baking)
    os.killpg(baking.pid, signal.SIGINT)
    assert baking.wait(FEW_SECONDS) != 0
    assert running.left(repository, within=FEW_SECONDS) == {}
    hook.write_text(prompt)


@contextmanager
def rehearsing(project: Path, folder: Path, moment: Callable[[Path], bool]) -> Iterator[subprocess.Popen[bytes]]:
    """`make rehearse` in a process group of its own, at `moment`; whatever is left in the end is killed."""
    shutil.rmtree(rehearsal(project), ignore_errors=True)
    with (folder / "log").open("wb") as log:
        made = subprocess.Popen(
            ["make", "-C", project, "rehearse"], stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait_for(lambda: moment(project), made)
        yield made
    finally:
        for pid in running.naming(project):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        made.wait()


def wait_for(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until `holds`, as long as `process` runs."""
    until = time.monotonic() + LONG
    while not holds():
        assert process.poll() is None, "it has ended before the moment came"
        assert time.monotonic() < until, "the moment did not come"
        time.sleep(0.01)


def rehearsal(project: Path) -> Path:
    """Where `make rehearse` leaves what it finds."""
    return project / "build" / "rehearsal"


def recorded(project: Path) -> dict[str, Any]:
    """What the rehearsal wrote down."""
    record: dict[str, Any] = json.loads((rehearsal(project) / "rehearsal.json").read_text())
    return record


def commands(project: Path, words: str) -> list[str]:
    """The command lines of the project's processes that hold `words`."""
    return [line.strip() for line in running.naming(project).values() if words in line]


def rehearsing_process(project: Path) -> int:
    """The process id of the rehearsal itself."""
    [pid] = [pid for pid, line in running.naming(project).items() if "sandbox rehearse" in line]
    return pid


def answers(url: str | None) -> bool:
    """Whether somebody listens at `url`; nobody when no process knew of one yet."""
    if url is None:
        return False
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), 1).close()
    except OSError:
        return False
    return True
