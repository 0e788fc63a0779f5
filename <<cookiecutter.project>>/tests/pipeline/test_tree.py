"""A tree is a commit or an experiment."""

import subprocess
from pathlib import Path

import pytest

from pipeline import tree


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """A repository with one commit."""
    (tmp_path / "a").write_text("1")
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "one"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)  # noqa: S603, S607
    return tmp_path


def test_a_clean_commit_can_be_registered(committed: Path) -> None:
    """Everything that was made of it can be made again."""
    found = tree.read(committed)
    assert (found.why_experiment, len(found.commit or "")) == (None, 40)


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_changed_or_new_file_makes_an_experiment(committed: Path, name: str) -> None:
    """An untracked file counts as well: it may be imported."""
    (committed / name).write_text("2")
    assert "commit or stash" in str(tree.read(committed).why_experiment)


def test_no_git_is_an_experiment(tmp_path: Path) -> None:
    """The sentence says how to begin."""
    assert "git init" in str(tree.read(tmp_path).why_experiment)


def test_a_repository_around_it_does_not_count(committed: Path) -> None:
    """Its commit says nothing of a folder that it may ignore."""
    (committed / "inside").mkdir()
    assert "git init" in str(tree.read(committed / "inside").why_experiment)
