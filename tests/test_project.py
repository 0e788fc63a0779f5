"""A baked project judges itself."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import make
from test_answers import AWKWARD


def test_project_passes_its_own_checks(project: Path) -> None:
    """Style, types and tests of a project of the default answers."""
    make(project, "check")


@pytest.mark.slow
def test_awkward_project_passes_its_own_checks(bake: Callable[..., Path]) -> None:
    """So does one of the longest and the strangest answers; names of two letters are in `test_names`."""
    make(bake(**AWKWARD["longest"], **AWKWARD["quoted"]), "setup", "check")


def test_checks_pass_over_what_a_rehearsal_leaves(project: Path) -> None:
    """A rehearsal copies programs into `build/` that are written in another style."""
    left = project / "build" / "left.py"
    left.parent.mkdir(exist_ok=True)
    left.write_text("x = { 'a':1 }\n")

    ruff = project / ".venv" / "bin" / "ruff"
    subprocess.run([ruff, "format", "--check", "."], cwd=project, check=True)
    subprocess.run([ruff, "check", "."], cwd=project, check=True)


def test_checks_can_fail(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken promise in the project is found by its own checks."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--exitfirst")  # one failure is enough
    policy = project / "policy.toml"
    sound = policy.read_text()
    policy.write_text(sound.replace("availability = 0.995", "availability = 120"))

    try:
        with pytest.raises(AssertionError, match="availability"):
            make(project, "check")
    finally:
        policy.write_text(sound)
