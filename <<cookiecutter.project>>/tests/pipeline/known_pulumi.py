"""A `pulumi` command for tests: it notes how it is called, and says and tells what it is asked to."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BACKEND = "s3://mlops-pulumi-state-111111111111-eu-west-1/flights?region=eu-west-1"
COMMAND = """#!/bin/sh
echo "$PWD|$PYTHONPATH|$*" >> "$PULUMI_TOLD/calls"
case "$*" in "$(cat "$PULUMI_TOLD/fails")"*) failed=1; cat "$PULUMI_TOLD/said" >&2 ;; esac
while [ $# -gt 0 ]; do
    if [ "$1" = --event-log ]; then cat "$PULUMI_TOLD/events" > "$2"; fi
    shift
done
echo shown
exit ${failed:-0}
"""


@dataclass(frozen=True)
class Pulumi:
    """The stand-in's folder: what it is told, and how it was called."""

    folder: Path

    def tells(self, *events: dict[str, Any]) -> None:
        """Let the engine tell `events`."""
        (self.folder / "events").write_text("".join(json.dumps(event) + "\n" for event in events))

    def fails(self, words: str, said: str = "") -> None:
        """Let the commands that begin with `words` fail, with `said` on stderr."""
        (self.folder / "fails").write_text(words)
        (self.folder / "said").write_text(said)

    @property
    def calls(self) -> list[tuple[str, str, str]]:
        """Folder, PYTHONPATH and words of each call; the event log's path is left out."""
        lines = (self.folder / "calls").read_text().splitlines()
        called = (line.partition(" --event-log")[0].split("|") for line in lines)
        return [(folder, path, words) for folder, path, words in called]

    @property
    def words(self) -> list[str]:
        """The words of each call."""
        return [words for _, _, words in self.calls]


def step(operation: str, type_: str, name: str, old: Any = None, new: Any = None) -> dict[str, Any]:
    """The event of a step: its resource's inputs before and after it."""
    inputs = {"old": old, "new": new}
    states = {one: {"inputs": value} for one, value in inputs.items() if value is not None}
    urn = f"urn:pulumi:staging::flights-service::{type_}::{name}"
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn, "type": type_, **states}}}


def summary(**changes: int) -> dict[str, Any]:
    """The event that ends it: how many resources by operation."""
    return {"summaryEvent": {"resourceChanges": changes}}


def error(message: str) -> dict[str, Any]:
    """The event of an error."""
    return {"diagnosticEvent": {"severity": "error", "message": f"{message}\n"}}


@pytest.fixture
def pulumi(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    """A `pulumi` on the PATH that has nothing to do, and a project with both programs."""
    for program in ("platform", "service"):
        (project / "infra" / program).mkdir(parents=True)
    stand_in = Pulumi(tmp_path / "pulumi")
    stand_in.folder.mkdir()
    command = stand_in.folder / "pulumi"
    command.write_text(COMMAND)
    command.chmod(0o755)
    stand_in.fails("no command")
    stand_in.tells(summary(same=3))
    monkeypatch.setenv("PATH", str(stand_in.folder), prepend=os.pathsep)
    monkeypatch.setenv("PULUMI_TOLD", str(stand_in.folder))
    monkeypatch.setenv("PULUMI_BACKEND_URL", BACKEND)
    monkeypatch.delenv("PULUMI_SECRETS_PROVIDER", raising=False)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return stand_in
