"""The repository of a project as GitHub has it, its workflows run by act, and the account that they reach."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from account import HERE
from conftest import UV
from pipeline import names
from production import Production
from sandbox.rehearsal.workspace import IDENTITY

from workflows import act, stand_in
from workflows.events import Event

PURPOSES = ("retrain", "report", "preview", "infra")
IN_EACH = ("release", "rollback", "monitor", "preview", "infra")
NUMBERS = count(2)  # GitHub gives each run one of its own; act's is always 1, which is the run that somebody approves
# where the account is: nothing of an administrator's
REACHES = ("AWS_ENDPOINT_URL", "SANDBOX_INSECURE_URL", "AWS_CLOCK_SPEED", "SANDBOX_STATE", "SANDBOX_BOOT")
NOBODY = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class GitHub:
    """The repository: `production` has its folder and its account, and runs verbs as an administrator.

    `folder` takes what the runs leave, `act` is the command, `origin` the bare repository that is pushed to.
    """

    production: Production
    folder: Path
    act: str
    variables: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def root(self) -> Path:
        """The working tree that a run begins with."""
        return self.production.workspace.folder

    @property
    def repository(self) -> str:
        """OWNER/NAME."""
        return f"{self.production.project.github_owner}/{self.production.project.name}"

    def run(self, workflow: str, event: Event, *, within: float = 300.0, **environment: str) -> act.Run:
        """Run a workflow, such as `retrain.yml`, on the working tree; `environment` is what steps find besides."""
        folder = self.folder / f"{next(self.numbers):03}-{workflow.removesuffix('.yml')}"
        folder.mkdir()
        return act.run(
            self.act,
            self.root / ".github" / "workflows" / workflow,
            event,
            folder,
            repository=self.repository,
            variables=self.variables,
            environment=self.found() | environment,
            within=within,
        )

    def found(self) -> dict[str, str]:
        """What a step finds beside what every runner has: the way to the account, commands, caches."""
        account = self.production.account.environment
        docker = Path(account["SANDBOX_STATE"]) / "bin"
        path = os.pathsep.join((str(self.folder / "bin"), str(docker), os.environ["PATH"]))
        reach = {name: account[name] for name in REACHES if name in account}
        return reach | NOBODY | uv() | {"PATH": path, "GH_STATE": str(self.state_file), "GH_TOKEN": act.TOKEN}

    @property
    def state_file(self) -> Path:
        """Where the stand-in for `gh` keeps what GitHub has."""
        return self.folder / "gh.json"

    @property
    def state(self) -> dict[str, Any]:
        """What the stand-in for `gh` keeps: issues, comments, dispatches, environments, calls."""
        return dict(json.loads(self.state_file.read_text())) if self.state_file.exists() else {}

    def set(self, **members: Any) -> None:
        """Have GitHub know this."""
        self.state_file.write_text(json.dumps(self.state | members))

    def git(self, *words: str) -> str:
        """What git printed in the working tree."""
        command = ["git", *IDENTITY, *words]
        done = subprocess.run(command, cwd=self.root, env=git_environment(), capture_output=True, text=True)
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    @contextmanager
    def on(self, branch: str, files: Mapping[str, str], message: str = "Change something") -> Iterator[str]:
        """A pull request's merge commit, checked out, that changes `files`; main again afterwards. Yields its SHA.

        `HEAD^1` is main and `HEAD^2` the branch, as GitHub checks out refs/pull/NUMBER/merge.
        """
        self.git("checkout", "--quiet", "-b", branch)
        try:
            for name, text in files.items():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                (self.root / name).write_text(text)
            self.git("add", "--all")
            self.git("commit", "--quiet", "--allow-empty", "--message", message)
            self.git("checkout", "--quiet", "--detach", "main")
            self.git("merge", "--quiet", "--no-ff", "--message", f"Merge {message}", branch)
            yield self.git("rev-parse", "HEAD")
        finally:
            self.git("checkout", "--quiet", "--force", "main")
            self.git("branch", "--quiet", "-D", branch)

    @contextmanager
    def planted(self, on: str, *steps: dict[str, Any], **job: Any) -> Iterator[str]:
        """A workflow of one job, `one`, that may ask for a token; gone with the block. Yields the file's name."""
        path = self.root / ".github" / "workflows" / "planted.yml"
        one = {"runs-on": "ubuntu-24.04", "permissions": {"id-token": "write"}, "steps": [*steps], **job}
        path.write_text(yaml.safe_dump({"name": "planted", "on": on, "jobs": {"one": one}}))
        try:
            yield path.name
        finally:
            path.unlink()


def variables(project: names.Project, account: str = HERE) -> dict[str, str]:
    """The repository's variables, as `pipeline bootstrap` sets them: a region, a backend, and a role for each job."""
    own = [f"ci-{one}" for one in PURPOSES]
    own += [f"ci-{one}-{environment}" for one in IN_EACH for environment in names.ENVIRONMENTS]
    roles = {one.removeprefix("ci-").replace("-", "_").upper(): names.role_arn(project, account, one) for one in own}
    return {
        "AWS_REGION": project.region,
        "PULUMI_BACKEND_URL": f"s3://mlops-pulumi-state-{account}-{project.region}/{project.name}?region={project.region}",
        **{f"ROLE_{purpose}": arn for purpose, arn in roles.items()},
    }


def host(production: Production, folder: Path, command: str) -> GitHub:
    """Push the project's repository to a bare one that is its `origin`, and put the stand-in for `gh` on PATH."""
    hosted = GitHub(production, folder, command, variables(production.project))
    origin = folder / "origin.git"
    hosted.git("clone", "--quiet", "--bare", str(hosted.root), str(origin))
    hosted.git("remote", "add", "origin", str(origin))
    hosted.git("fetch", "--quiet", "origin")
    hosted.git("branch", "--quiet", "--set-upstream-to", "origin/main", "main")
    commands = folder / "bin"
    commands.mkdir()
    (commands / "uv").symlink_to(UV)
    command_of(commands / "gh", sys.executable, hosted.root / "tests" / "pipeline" / "gh_stand_in.py")
    if pulumi := shutil.which("pulumi"):
        sandbox = production.account.command
        command_of(commands / "pulumi", sys.executable, stand_in.HERE / "stand_ins" / "pulumi.py", pulumi, sandbox)
    return hosted


def command_of(path: Path, *words: str | Path) -> None:
    """Write a command that is these words."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, words))} "$@"\n')
    path.chmod(0o755)


def uv() -> dict[str, str]:
    """Where uv finds what was once fetched; a runner's home would hide it, and there is no network."""

    def asked(*words: str) -> str:
        return subprocess.run([UV, *words], capture_output=True, text=True, check=True).stdout.strip()

    places = {"UV_CACHE_DIR": asked("cache", "dir"), "UV_PYTHON_INSTALL_DIR": asked("python", "dir")}
    return places | {"UV_OFFLINE": "1", "UV_PYTHON_DOWNLOADS": "never"}


def git_environment() -> dict[str, str]:
    """Git without anybody's settings."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return known | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
