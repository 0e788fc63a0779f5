"""`pipeline drill`: the sandbox rehearses an incident, and its record says what a person has to know."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import drill, names
from pipeline.__main__ import run

INCIDENT = {
    "cause": "humidity arrives empty in every request",
    "found": "humidity is empty in 100.00% of the rows",
    "told": "the alarm flights-production-model-callers",
    "seconds": 20.0,
    "page": "model-callers",
    "first": "pipeline monitor production",
    "name": "broken-column",
    "postmortem": "postmortem.md",
}
STEP = {"title": "The incident", "ok": True, "reason": None}
RECORD = {"clock_speed": 150.0, "steps": [STEP], "incidents": [INCIDENT]}
ROOT = names.root()


@pytest.fixture
def sandbox(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A sandbox that leaves RECORD; the commands it was called with."""
    called: list[Any] = []

    def ran(words: list[str], **more: Any) -> SimpleNamespace:
        called.append((words, more))
        out = Path(words[-1])
        out.mkdir(parents=True, exist_ok=True)
        (out / "rehearsal.json").write_text(json.dumps(RECORD))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", ran)
    return called


def test_the_sandbox_is_called_as_make_calls_it(
    sandbox: list[Any], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a command of its own, whose words do not come between those of this verb's JSON."""
    assert run(["drill", "broken-column", "--keep", "5", "--json"]) == 0
    [(words, more)] = sandbox
    out = str(project / "build/drill/broken-column")
    assert words[1:] == ["rehearse", "--drill", "broken-column", "--keep", "5.0", "--out", out]
    assert (Path(words[0]).name, more["stdout"]) == ("sandbox", sys.stderr)
    assert json.loads(capsys.readouterr().out)["page"] == "docs/runbook/model-callers.md"


def test_a_person_reads_what_found_it(sandbox: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """After how long, here and on AWS, and what to do."""
    assert run(["drill", "broken-column"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the alarm flights-production-model-callers, after 20.0 s here, 50 minutes of AWS's" in said
    assert "docs/runbook/model-callers.md; first `pipeline monitor production`" in said


def test_a_step_that_failed_is_told() -> None:
    """With its reason, and exit code 1."""
    failed = STEP | {"ok": False, "reason": "nobody found it"}
    answer = drill.answer(RECORD | {"steps": [failed]}, ROOT)
    assert (answer.code, answer.document) == (1, {"ok": False, "reason": "The incident: nobody found it"})


def test_a_drill_without_an_incident_is_none() -> None:
    """As after Ctrl-C."""
    answer = drill.answer(RECORD | {"incidents": []}, ROOT)
    assert (answer.code, answer.document["reason"]) == (1, "it was interrupted")


def test_a_drill_without_a_record_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the sandbox said itself stands above."""
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=2))
    assert run(["drill", "bad-batch"]) == 2
    assert "the drill ended with 2 and left no record" in capsys.readouterr().err


def test_without_a_sandbox_somebody_says_what_installs_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in an environment that has the group gate alone."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert run(["drill", "bad-batch"]) == 2
    assert "make setup" in capsys.readouterr().err


@pytest.mark.parametrize("name", list(drill.DRILLS))
def test_the_sandbox_knows_each_drill(name: str) -> None:
    """By the same name."""
    from sandbox.rehearsal import incidents

    assert name in incidents.INCIDENTS


@pytest.mark.parametrize("name", list(drill.DRILLS))
def test_help_names_each_drill(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With an example."""
    assert run(["drill", "--help"]) == 0
    said = capsys.readouterr().out
    assert name in said
    assert "pipeline drill silent-drift --keep 30" in said
