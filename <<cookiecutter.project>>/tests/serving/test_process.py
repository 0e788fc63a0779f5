"""serving/process.py: another process, which is gone when the block is left."""

import os
import time
from pathlib import Path

import pytest

from serving.process import LOST, Server

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("started", "w").write(str(os.getpid()))
time.sleep(60)
"""


@pytest.fixture
def stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A serving/ that neither answers nor ends on SIGTERM; the file that it writes when it runs."""
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving/__init__.py").touch()
    (tmp_path / "serving/__main__.py").write_text(STUBBORN)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "started"


def test_the_model_is_served_until_the_block_is_left(trained: Path) -> None:
    """The real server; afterwards nobody answers."""
    with Server(trained) as server:
        assert server.wait(30) is None
        assert server.call("GET", "/ping", 2) == (200, b"")
        status, body = server.call("POST", "/invocations", 2, b"{}", "application/json")
        assert (status, b"instances" in body) == (400, True)
    assert not server.alive
    with pytest.raises(LOST):
        server.call("GET", "/ping", 2)


def test_a_server_that_does_not_stop_is_killed(
    stubborn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its whole group."""
    monkeypatch.setattr("serving.process.STOP_SECONDS", 0.2)
    with Server(tmp_path) as server:
        while not stubborn.exists() or not stubborn.read_text():
            time.sleep(0.02)
        process = int(stubborn.read_text())
    assert not server.alive
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_an_answer_that_takes_too_long_is_lost(stubborn: Path, tmp_path: Path) -> None:
    """The reason says after how long it was given up."""
    with Server(tmp_path) as server:
        assert server.wait(0.2) == "the server did not answer /ping with 200 within 0.2 s"
        os.killpg(server.process.pid, 9)
