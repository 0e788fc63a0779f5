"""A GitHub of a test's own, behind a stand-in for the `gh` command."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline import gh_stand_in


@dataclass(frozen=True)
class GitHub:
    """What stands behind a stand-in for `gh`."""

    path: Path

    @property
    def state(self) -> dict[str, Any]:
        """All that it knows; `calls` are the requests, in order."""
        with gh_stand_in.state_of(self.path) as state:
            return state

    def set(self, **members: Any) -> None:
        """Have it know this."""
        with gh_stand_in.state_of(self.path) as state:
            state.update(members)

    def refuse(self, request: str, status: int) -> None:
        """Answer `METHOD path` with this status from now on."""
        self.set(refused={**self.state.get("refused", {}), request: status})


@pytest.fixture
def github_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    """A `gh` on the PATH that knows an empty GitHub."""
    folder = tmp_path / "gh"
    folder.mkdir()
    command = folder / "gh"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{gh_stand_in.__file__}" "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("GH_STATE", str(folder / "state.json"))
    return GitHub(folder / "state.json")
