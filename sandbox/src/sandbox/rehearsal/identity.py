"""Who is rehearsed: what `project.toml` says, and what a new user still has to write into it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.rehearsal.scenario import ScenarioError
from sandbox.world import ACCOUNT

REGISTRY = "registry"
ENVIRONMENTS = ("staging", "production")
PARTS = (REGISTRY, *ENVIRONMENTS)
NUMBERS = {"github_owner_id": 2013, "github_repository_id": 150}  # as GitHub would give them
APART = {REGISTRY: "111111111111", "staging": "222222222222", "production": "333333333333"}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A project, its repository on GitHub, and where its parts live."""

    name: str
    region: str
    github_owner: str
    github_owner_id: int = 0
    github_repository_id: int = 0
    accounts: Mapping[str, str] = field(default_factory=dict)

    def account(self, part: str) -> str:
        """The account of `part`, the registry or an environment."""
        return self.accounts.get(part, ACCOUNT)

    def distinct(self) -> dict[str, str]:
        """Every account once, with the first part that lives in it; the registry's comes first."""
        found: dict[str, str] = {}
        for part in PARTS:
            found.setdefault(self.account(part), part)
        return found


def read(file: Path) -> Identity:
    """The project in `project.toml`. Raises ScenarioError naming what is missing."""
    try:
        said = tomllib.loads(file.read_text())
        known = {name: said[name] for name in Identity.__dataclass_fields__ if name in said}
        return Identity(**known)
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise ScenarioError(
            f"{file} does not name the project: write name, region and github_owner ({error})"
        ) from error


def complete(text: str, accounts: Mapping[str, str]) -> str:
    """`project.toml` with the numbers that GitHub gave the repository, and `accounts` for the parts without one.

    What somebody has written already stays.
    """
    said = tomllib.loads(text)
    for name, number in NUMBERS.items():
        if not said.get(name):
            line = f"{name} = {number}\n"
            text, found = re.subn(rf"^{name}\s*=.*\n", line, text, flags=re.MULTILINE)
            text = text if found else line + text
    missing = [f'{part} = "{account}"\n' for part, account in accounts.items() if part not in said.get("accounts", {})]
    if missing and "accounts" in said:
        return re.sub(r"^\[accounts\].*\n", lambda head: head[0] + "".join(missing), text, flags=re.MULTILINE)
    return text + ("\n[accounts]\n" + "".join(missing) if missing else "")
