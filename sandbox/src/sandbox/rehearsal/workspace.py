"""A copy of the project under git, so that a rehearsal can commit, damage and patch without touching the original."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sandbox.rehearsal import identity

LEFT_OUT = (".git", ".venv", ".tools", ".sandbox", "build", "quarantine", "__pycache__", ".*_cache")
IDENTITY = ("-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost")
NO_CONFIG = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}  # somebody's hooks and signing stay out


class Workspace:
    """A git repository in `folder` that begins as a copy of `project`.

    `accounts` are written into its project.toml for the parts that it places nowhere.
    """

    def __init__(self, project: Path, folder: Path, accounts: Mapping[str, str] = MappingProxyType({})) -> None:
        self.folder = folder
        left_out = shutil.ignore_patterns(*LEFT_OUT)

        def ignored(parent: str, names: list[str]) -> set[str]:
            itself = {name for name in names if Path(parent, name) == folder}  # a copy of the copy would have no end
            return left_out(parent, names) | itself

        shutil.copytree(project, folder, ignore=ignored)
        settings = folder / "project.toml"
        settings.write_text(identity.complete(settings.read_text(), accounts))
        self.identity = identity.read(settings)
        self._git("init", "--quiet", "--initial-branch=main")
        self.commit("Begin")

    def commit(self, message: str) -> None:
        """Commit whatever is in the folder."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def restore(self) -> None:
        """Forget what is not committed."""
        self._git("reset", "--quiet", "--hard")
        self._git("clean", "--quiet", "--force", "-d")

    def revert(self) -> None:
        """Undo the newest commit by another one, as one does on a shared branch."""
        self._git("revert", "--no-edit", "HEAD")

    def set(self, file: str, key: str, value: float | str, table: str = "") -> str:
        """Give a key of a TOML file another number or text; returns what it was.

        Raises RuntimeError when it does not stand there once: in `table`, or in the whole file where none is named.
        """
        path = self.folder / file
        text, begin, end = path.read_text(), 0, None
        if table:
            head = re.search(rf"^\[{re.escape(table)}\].*$", text, flags=re.MULTILINE)
            begin = head.end() if head else len(text)
            after = re.compile(r"^\[", flags=re.MULTILINE).search(text, begin)
            end = after.start() if after else None
        found = list(re.finditer(rf"^{key}\s*=(.*)$", text[begin:end], flags=re.MULTILINE))
        if len(found) != 1:
            where = f"[{table}] of {file}" if table else file
            raise RuntimeError(f"{where} has {key} {len(found)} times: write it once")
        [one] = found
        path.write_text(f"{text[: begin + one.start()]}{key} = {json.dumps(value)}{text[begin + one.end() :]}")
        return one[1].partition("#")[0].strip()

    def apply(self, patch: str) -> None:
        """Apply a patch that lies in the folder."""
        self._git("apply", patch)

    def _git(self, *words: str) -> None:
        # GIT_DIR and its like are set in a hook, and mean the repository that the hook is of
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | NO_CONFIG
        command = ["git", *IDENTITY, *words]
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"git {' '.join(words)}: {(done.stderr or done.stdout).strip()}")
