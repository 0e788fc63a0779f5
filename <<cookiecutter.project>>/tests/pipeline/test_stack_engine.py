"""The `pulumi` command is shown, read, and ended as it wants to be."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.stack import engine, where
from tests.pipeline.known_pulumi import Pulumi, summary

SLOW = """#!/bin/sh
trap 'echo interrupted >> "$PULUMI_TOLD/signals"; exit 1' INT
touch "$PULUMI_TOLD/began"
for _ in $(seq 600); do sleep 0.05; done
"""


def test_a_signal_before_pulumi_is_known_is_told_to_it() -> None:
    """It has come in the moment in which Pulumi was started."""
    with engine._Interrupts(passed_on=True) as interrupts:
        signal.raise_signal(signal.SIGTERM)
        with subprocess.Popen(["sleep", "60"], text=True) as process:  # noqa: S607
            interrupts.reach(process)
    assert (process.returncode, interrupts.came) == (-signal.SIGINT, [signal.SIGTERM])


def test_what_it_shows_goes_to_stderr(pulumi: Pulumi, capfd: pytest.CaptureFixture[str]) -> None:
    """So that stdout is the verb's answer alone."""
    pulumi.fails("stack", "error: no\n")
    done = engine.run(where.find("staging"), "stack", "select")
    assert (done.code, done.said) == (1, "error: no\n")
    shown = capfd.readouterr()
    assert shown.out == ""
    assert sorted(shown.err.splitlines()) == ["error: no", "shown"]


def test_its_events_are_read(pulumi: Pulumi) -> None:
    """Where they are asked for."""
    pulumi.tells(summary(same=1), summary(same=2))
    at = where.find("staging")
    assert engine.run(at, "preview", events=True).events == (summary(same=1), summary(same=2))
    assert engine.run(at, "preview").events == ()


def test_the_path_that_is_set_stays(pulumi: Pulumi, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the project's."""
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    engine.run(where.find("staging"), "preview")
    [(_, path, _)] = pulumi.calls
    assert path == f"{project}{os.pathsep}/elsewhere"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_pulumi_end_by_itself(pulumi: Pulumi, project: Path, number: int) -> None:
    """It reaches Pulumi as Ctrl-C, once, also where it was sent to the verb alone; then the verb says so."""
    (pulumi.folder / "pulumi").write_text(SLOW)
    program = "import sys; from pipeline.__main__ import run; sys.exit(run(['stack', 'preview', 'staging']))"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    verb = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (pulumi.folder / "began").exists():
        assert verb.poll() is None
        time.sleep(0.02)
    verb.send_signal(number)
    _, said = verb.communicate(timeout=30)
    assert (pulumi.folder / "signals").read_text() == "interrupted\n"
    assert verb.returncode == 130
    assert "pipeline: interrupted" in said
