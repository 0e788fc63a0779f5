"""Which commit this is, and whether a model made from it can be registered."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import names

MAIN = "main"
STATUS = ("status", "--porcelain=v2", "--branch", "--", ".")


@dataclass(frozen=True)
class Tree:
    """The commit that is checked out (None: no git, or no commit), whether files differ from it, its branch.

    The branch is None where neither git nor GitHub says which it is.
    """

    commit: str | None
    dirty: bool
    branch: str | None = None

    @property
    def why_experiment(self) -> str | None:
        """Why nothing made from this tree can be registered; None when it can."""
        if self.commit is None:
            return "this folder is no git commit: run `git init -b main` and commit everything"
        if self.dirty:
            return "the working tree differs from its commit: commit or stash your changes"
        if self.branch != MAIN:
            here = f"this is the branch {self.branch}" if self.branch else "no branch is checked out"
            return f"{here}, and models are registered from {MAIN}: merge it, or check out {MAIN}"
        return None


def read(root: Path | None = None) -> Tree:
    """The state of the project's working tree."""
    folder = root or names.root()
    top, status = _git(folder, "rev-parse", "--show-toplevel"), _git(folder, *STATUS)
    if top is None or status is None or Path(top) != folder.resolve():
        return Tree(None, dirty=True)  # a repository around it commits other things
    return parse(status, os.environ)


def parse(status: str, environment: Mapping[str, str]) -> Tree:
    """The tree of what `git status --porcelain=v2 --branch` prints. Pure.

    A workflow may check out a commit without its branch: then GITHUB_REF says which one it is, if
    GITHUB_SHA is that commit (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
    """
    lines = status.splitlines()
    said = [line.removeprefix("# branch.") for line in lines if line.startswith("# branch.")]
    headers = dict(line.split(" ", 1) for line in said)
    commit, branch = headers["oid"], headers["head"]
    if commit == "(initial)":
        return Tree(None, dirty=True)
    named: str | None = branch
    if branch == "(detached)":
        same = environment.get("GITHUB_SHA") == commit
        named = environment.get("GITHUB_REF", "").removeprefix("refs/heads/") if same else None
    return Tree(commit, any(not line.startswith("#") for line in lines), named or None)


def file(folder: Path, revision: str, path: str) -> bytes | None:
    """What `path`, relative to `folder`, held at a revision; None when there is no such file or revision."""
    return _run(folder, "cat-file", "blob", f"{revision}:./{path}")


def fork(folder: Path) -> str | None:
    """The commit at which the present one has left main, on main that one; None when git knows no main."""
    for main in (f"origin/{MAIN}", MAIN):
        if found := _git(folder, "merge-base", "HEAD", main):
            return found
    return None


def commit(folder: Path, revision: str) -> str | None:
    """The commit that a revision names; None when there is none."""
    return _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def changed(folder: Path, base: str) -> list[str]:
    """The files below `folder` in which the working tree differs from a commit; new ones unless ignored."""
    differ = _run(folder, "diff", "--name-only", "--no-renames", "--relative", "-z", base, "--", ".")
    new = _run(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    named = b"".join([differ or b"", new or b""]).decode(errors="replace").split("\0")
    return sorted({name for name in named if name})


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, as text without its last newline; None when it fails or is not installed."""
    printed = _run(folder, *arguments)
    return None if printed is None else printed.decode().strip()


def _run(folder: Path, *arguments: str) -> bytes | None:
    try:
        return subprocess.run(  # noqa: S603  # fixed program, no shell
            ["git", *arguments],  # noqa: S607  # the user's own git
            cwd=folder,
            capture_output=True,
            check=True,
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
