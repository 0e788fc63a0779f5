"""sandbox.rehearsal.children: what a verb says is kept, and no child outlives the rehearsal."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from conftest import until

from sandbox.rehearsal import children
from sandbox.rehearsal.children import Account, Verbs, end_group

SLEEP = f"{sys.executable} -c 'import time; time.sleep(100)'"
READY = "echo 'export AWS_ENDPOINT_URL={url}'; echo \"export AWS_REGION='eu-west-1'\"; echo ready"
ENV = {"PATH": os.defpath, "GREETING": "hello"}
Program = Callable[[str, str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """`program(name, text)` puts a shell script where the commands of the environment are."""
    monkeypatch.setattr(children, "BIN", tmp_path)

    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)

    return write


@pytest.fixture
def verbs(tmp_path: Path) -> Verbs:
    """Verbs that run in a folder of their own."""
    (tmp_path / "work").mkdir()
    return Verbs(tmp_path / "work", tmp_path / "logs")


def account(folder: Path) -> Account:
    """An account with its state below `folder`."""
    return Account(folder / "account", cwd=folder, speed=600)


def alive(pid: int) -> bool:
    """Whether a process runs and is not just waiting to be reaped."""
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")  # where there is none, init reaps at once
        return not stat.is_file() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_verbs_json_is_read(program: Program, verbs: Verbs) -> None:
    """What it prints on stdout."""
    program("verb", """echo '{"ok": true}'""")
    assert verbs(ENV, "verb").document == {"ok": True}


def test_a_verb_is_asked_for_json(program: Program, verbs: Verbs) -> None:
    """After its own words."""
    program("verb", """echo "{\\"words\\": \\"$*\\"}" """)
    assert verbs(ENV, "verb", "data", "add").document == {"words": "data add --json"}


def test_the_exit_code_is_kept(program: Program, verbs: Verbs) -> None:
    """Together with the JSON."""
    program("verb", """echo '{"passed": false}'; exit 12""")
    told = verbs(ENV, "verb", "gate")
    assert (told.words, told.code, told.document) == ("verb gate", 12, {"passed": False})


@pytest.mark.parametrize(
    ("output", "error"),
    [("echo no such verb", "no such verb"), ("true", "no JSON on stdout; "), ("echo [1]", "not a JSON object: [1]")],
)
def test_what_is_not_a_json_object_is_an_error(program: Program, verbs: Verbs, output: str, error: str) -> None:
    """Said as the verb said it."""
    program("verb", output)
    document = verbs(ENV, "verb").document
    assert list(document) == ["error"]
    assert document["error"].startswith(error)


def test_progress_goes_to_a_log_of_its_own(program: Program, verbs: Verbs) -> None:
    """And not into the JSON."""
    program("verb", "echo training >&2; echo '{}'")
    first, second = verbs(ENV, "verb", "train"), verbs(ENV, "verb", "train")
    assert (first.log.read_text(), second.log.read_text()) == ("training\n", "training\n")
    assert [one.log.name[:3] for one in (first, second)] == ["00-", "01-"]


def test_a_verb_gets_the_environment_and_the_folder_given(program: Program, verbs: Verbs, tmp_path: Path) -> None:
    """And no other."""
    program("verb", """echo "{\\"in\\": \\"$(pwd -P)\\", \\"said\\": \\"$GREETING$HOME\\"}" """)
    assert verbs(ENV, "verb").document == {"in": str((tmp_path / "work").resolve()), "said": "hello"}


def test_an_interrupt_ends_what_a_verb_started(
    program: Program, verbs: Verbs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verb and its own children."""
    pids = tmp_path / "pids"
    program("verb", f"{SLEEP} & echo $$ $! > {pids}; wait")

    def interrupted(_child: Any) -> None:
        until(lambda: pids.is_file() and len(pids.read_text().split()) == 2)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(subprocess.Popen, "communicate", interrupted)
        verbs(ENV, "verb")
    until(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()))


def test_ending_verbs_ends_one_of_another_thread(program: Program, verbs: Verbs) -> None:
    """As an interrupt must: it reaches the main thread alone."""
    program("verb", f"echo begun >&2; {SLEEP}")
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(verbs, ENV, "verb")
        until(lambda: any(log.read_text() for log in verbs._logs.iterdir()))
        verbs.end()
        assert told.result(5).code == -9


def test_an_account_answers_and_then_leaves_nothing(tmp_path: Path) -> None:
    """The real one: neither its process nor its port is left."""
    own = account(tmp_path)
    try:
        assert urlopen(f"{own.url}/sandbox/processes", timeout=5).read() == b"[]"
        assert own.environment()["AWS_CLOCK_SPEED"] == "600"
    finally:
        own.stop()
    assert own.left() == []
    with pytest.raises(OSError, match="refused"):
        urlopen(f"{own.url}/sandbox/processes", timeout=5)


def test_an_account_that_cannot_start_says_why(program: Program, tmp_path: Path) -> None:
    """In its own words, which are in its log."""
    program("sandbox", "echo 'Error: the port is taken' >&2; exit 1")
    with pytest.raises(RuntimeError, match="the sandbox did not start: Error: the port is taken"):
        account(tmp_path)


def test_an_account_that_cannot_start_leaves_no_process(program: Program, tmp_path: Path) -> None:
    """Though it started one."""
    program("sandbox", f"{SLEEP} >/dev/null & echo $! > {tmp_path}/pid; exit 1")
    with pytest.raises(RuntimeError):
        account(tmp_path)
    until(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_no_other_accounts_variables_are_passed_on(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile of the person's own would lead a verb to the real AWS."""
    monkeypatch.setenv("AWS_PROFILE", "real")
    program("sandbox", READY.format(url="http://127.0.0.1:9") + "; cat")
    own = account(tmp_path)
    own.stop()
    aws = {name: value for name, value in own.environment().items() if name.startswith("AWS_")}
    assert aws == {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-west-1"}
    assert own.environment()["PATH"] == os.environ["PATH"]


def test_a_process_that_outlives_the_account_is_reported(program: Program, tmp_path: Path) -> None:
    """And killed all the same."""
    program("sandbox", f"{SLEEP} & echo $! > {tmp_path}/pid; {READY.format(url='http://127.0.0.1:9')}; cat")
    own = account(tmp_path)
    own.stop()
    assert [word.rpartition(" ")[0] for word in own.left()] == ["processes of group"]
    until(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_an_account_that_does_not_stop_is_reported(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while it is killed."""
    monkeypatch.setattr(children, "STOP_SECONDS", 0.2)
    program("sandbox", f"{READY.format(url='http://127.0.0.1:9')}; exec {SLEEP}")
    own = account(tmp_path)
    own.stop()
    assert [word.rpartition(" ")[0] for word in own.left()] == ["processes of group"]


def test_a_port_that_stays_open_is_reported(program: Program, tmp_path: Path) -> None:
    """Whoever holds it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program("sandbox", READY.format(url=f"http://127.0.0.1:{port}") + "; cat")
        own = account(tmp_path)
        own.stop()
        assert own.left() == [f"port {port}"]


def test_an_account_can_be_stopped_twice(program: Program, tmp_path: Path) -> None:
    """As happens when the last step stops it; what was left is still known."""
    program("sandbox", f"{SLEEP} & {READY.format(url='http://127.0.0.1:9')}; cat")
    own = account(tmp_path)
    own.stop()
    own.stop()
    assert len(own.left()) == 1


def test_ending_a_group_ends_all_of_it(tmp_path: Path) -> None:
    """And reaps the leader."""
    child = subprocess.Popen(
        ["sh", "-c", f"{SLEEP} & echo $! > {tmp_path}/pid; wait"], start_new_session=True, text=True
    )
    pid = until(lambda: (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text().strip())
    end_group(child)
    assert child.returncode == -9
    until(lambda: not alive(int(pid)))
