"""`pipeline bootstrap` with the real Pulumi command, a sandbox, and a GitHub behind a stand-in for `gh`."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import cookiecutter, make
from engine import QUIET, Account, Engine, Stack, required
from engine_stacks import INFRA
from pipeline import names

pytestmark = pytest.mark.slow
OWNER = {"login": "your-organisation", "id": 7}
ROLE = re.compile(r"arn:aws:iam::123456789012:role/mlops/(?P<name>[\w-]+)")


@dataclass
class Ground:
    """A baked project that is no repository yet, its founded account, and what GitHub knows."""

    engine: Engine
    state: Path
    bare: Path
    first: dict[str, Any]

    def run(self) -> dict[str, Any]:
        """Run the verb, and ask nobody."""
        done = self.engine.account.command("pipeline", "bootstrap", "--yes", "--json", folder=self.engine.project)
        return dict(json.loads(done.stdout))

    @property
    def variables(self) -> dict[str, str]:
        """The repository's."""
        (repository,) = json.loads(self.state.read_text())["repositories"].values()
        return dict(repository["settings"]["variables"])


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Bootstrapped once."""
    required("pulumi")
    folder = tmp_path_factory.mktemp("bootstrap")
    project = cookiecutter(folder / "bake")
    make(project, "setup")
    account = Account(project, folder / "account")
    engine = Engine(project, account, folder)
    try:
        account.start()
        account.attach()
        (folder / "backend").mkdir()
        account.environment |= QUIET | {"PULUMI_HOME": str(folder / "home")}
        found(engine)
        bare, state = hub(engine)
        made = Ground(engine, state, bare, {})
        made.first = made.run()
        yield made
    finally:
        account.stop()


def found(engine: Engine) -> None:
    """Found the account."""
    folder = shutil.copytree(INFRA, engine.programs / "foundation")
    (folder / "Pulumi.account.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    Stack(engine.account, folder, "account", engine.files).init().up()


def hub(engine: Engine) -> tuple[Path, Path]:
    """A `gh` of the project's own tests on the PATH, a bare repository where GitHub's would be, and what it knows."""
    folder, project = engine.programs / "hub", engine.project
    folder.mkdir()
    state, bare, own = folder / "state.json", folder / "bare.git", folder / "gitconfig"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)
    here = names.project(project)
    url = f"https://github.com/{here.github_owner}/{here.name}.git"
    own.write_text(f'[user]\nname = n\nemail = e@example.com\n[url "{bare}"]\ninsteadOf = {url}\n')
    state.write_text(json.dumps({"user": OWNER, "git": str(bare), "pushes": 1}))
    command = folder / "gh"
    stand_in = project / "tests" / "pipeline" / "gh_stand_in.py"
    command.write_text(f'#!/bin/sh\nexec "{project}/.venv/bin/python" "{stand_in}" "$@"\n')
    command.chmod(0o755)
    path = f"{folder}{os.pathsep}{engine.account.environment['PATH']}"
    engine.account.environment |= {"PATH": path, "GH_STATE": str(state), "GIT_CONFIG_GLOBAL": str(own)}
    return bare, state


def test_what_is_left_is_peoples(ground: Ground) -> None:
    """All else is done: three stacks by Pulumi, the repository, its settings, the first push; no mail waits here."""
    left = [one["step"] for one in ground.first["steps"] if one["kind"] != "done"]
    assert left == [one for one in ground.first["people"] if one.startswith("approval")]


def test_each_variable_of_a_role_names_one_that_is_there(ground: Ground) -> None:
    """In the account, opened by this repository's tokens."""
    roles = {name: ROLE.fullmatch(value) for name, value in ground.variables.items() if name.startswith("ROLE_")}
    assert len(roles) > 10
    iam = ground.engine.account.client("iam")
    for found in roles.values():
        trust = iam.get_role(RoleName=found["name"])["Role"]["AssumeRolePolicyDocument"]
        assert "repo:your-organisation@7/flight-delays@1234:" in json.dumps(trust)


def test_how_secrets_are_encrypted_is_pushed(ground: Ground) -> None:
    """Pulumi on another machine needs it, as a workflow's runner is one."""
    for file in ("platform/Pulumi.platform", "service/Pulumi.staging", "service/Pulumi.production"):
        words = ["git", "show", f"main:infra/{file}.yaml"]
        pushed = subprocess.run(words, cwd=ground.bare, check=True, capture_output=True, text=True).stdout
        assert "encryptedkey: " in pushed and "secretsprovider: awskms://" in pushed


def test_a_second_run_finds_everything(ground: Ground) -> None:
    """And changes nothing."""
    before = ground.state.read_text()
    writes = [one for one in json.loads(before)["calls"] if one["method"] != "GET"]
    again = ground.run()
    assert again["counts"]["to do"] == 0
    assert [one for one in json.loads(ground.state.read_text())["calls"] if one["method"] != "GET"] == writes
