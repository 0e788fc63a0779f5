"""The account that is attacked, as the real programs made it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from account import Account, sandbox
from pipeline import names
from sandbox.access.issuer import Job

REGION = "eu-west-1"
NUMBERS = {"owner_id": 4711, "repository_id": 815}


@dataclass(frozen=True)
class Besieged:
    """The account, and two projects in it. The second has GitHub's numbers, and only its platform."""

    account: Account
    one: names.Project
    two: names.Project

    def client(self, service: str, purpose: str, job: Job, project: names.Project | None = None) -> Any:
        """A client of a project's role that a job takes; the first project's unless said."""
        return self.account.client(service, **self.account.take(project or self.one, purpose, job))

    def job(self, environment: str = "", project: names.Project | None = None, **more: Any) -> Job:
        """A job of a project's own repository, on main unless said."""
        whose = project or self.one
        return Job(repository=f"{whose.github_owner}/{whose.name}", environment=environment, **more)


@pytest.fixture(scope="session")
def besieged(project: Path, bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    """The account after the first `up` of everything."""
    other = bake(project="other-flights")
    settings = other / "project.toml"
    text = settings.read_text().replace("github_owner_id = 0", f"github_owner_id = {NUMBERS['owner_id']}")
    settings.write_text(text.replace("github_repository_id = 0", f"github_repository_id = {NUMBERS['repository_id']}"))
    command = project / ".venv/bin/sandbox"
    with sandbox(command, tmp_path_factory.mktemp("account") / "state", REGION) as account:
        account.apply("foundation", "account", project)
        for folder in (project, other):
            account.apply("infra/platform", "platform", folder)
        account.apply("infra/service", "production", project)
        yield Besieged(account, names.project(project), names.project(other))
