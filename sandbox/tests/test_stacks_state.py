"""The state of a stack."""

import stat
from pathlib import Path

import pytest

from sandbox.stacks import state
from sandbox.stacks.state import Made, StateError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of a sandbox."""
    (tmp_path / "boot").write_text("first\n")
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path))
    return tmp_path


def test_what_was_saved_is_loaded(folder: Path) -> None:
    """Resources in their order, and outputs."""
    saved = state.load("p", "s")
    saved.resources += [
        Made("u1", "t", "one", "1", {}, {}),
        Made("u2", "t", "two", "2", {"a": 1}, {"b": 2}, True),
    ]
    saved.outputs = {"x": "y"}
    saved.save()
    loaded = state.load("p", "s")
    assert (loaded.resources, loaded.outputs) == (saved.resources, saved.outputs)


def test_only_the_owner_reads_the_state(folder: Path) -> None:
    """It may hold secrets."""
    state.load("p", "s").save()
    assert stat.S_IMODE((folder / "stacks" / "p.s.json").stat().st_mode) == 0o600


def test_the_state_of_another_sandbox_is_refused(folder: Path) -> None:
    """What it describes is gone."""
    state.load("p", "s").save()
    (folder / "boot").write_text("second\n")
    with pytest.raises(StateError, match="was made in a sandbox that has stopped"):
        state.load("p", "s")


def test_without_a_sandbox_there_is_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says how to get one."""
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path))
    with pytest.raises(StateError, match="start it with `sandbox start`"):
        state.load("p", "s")
    monkeypatch.delenv("SANDBOX_STATE")
    with pytest.raises(StateError, match="SANDBOX_STATE is not set"):
        state.load("p", "s")
