"""Which commit this is."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline import names


@dataclass(frozen=True)
class Tree:
    """The commit that is checked out (None: no git, or no commit), and whether files differ from it."""

    commit: str | None
    dirty: bool

    @property
    def why_experiment(self) -> str | None:
        """Why nothing made from this tree can be registered; None when it can."""
        if self.commit is None:
            return "this folder is no git commit: run `git init`, commit everything, and train again"
        if self.dirty:
            return "the working tree differs from its commit: commit or stash your changes and train again"
        return None


def read(root: Path | None = None) -> Tree:
    """The state of the project's working tree."""
    folder = root or names.root()
    top = _git(folder, "rev-parse", "--show-toplevel")
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if (
        top is None or commit is None or Path(top) != folder.resolve()
    ):  # a repository around it commits other things
        return Tree(None, dirty=True)
    return Tree(commit, dirty=_git(folder, "status", "--porcelain", "--", ".") != "")


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None when it fails or is not installed."""
    try:
        done = subprocess.run(  # noqa: S603  # fixed program, no shell
            ["git", *arguments],  # noqa: S607  # the user's own git
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
