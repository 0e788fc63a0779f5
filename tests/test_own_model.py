"""Another data set and another task through the whole loop: only data/, model/ and policy.toml are replaced.

tests/own/ holds what a person writes for it: how many bikes are rented in an hour, a regression with a public data
set. What stands in the page docs/bring-your-own-model.md of a project about the share of it is counted here.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import account
import pytest
from pipeline import names
from production import PREPARED, SERVICE
from sandbox.rehearsal.workspace import Workspace

pytestmark = pytest.mark.slow

OWN = Path(__file__).parent / "own"
ENVIRONMENTS = ("staging", "production")
FIRST, MORE = ("data/bikes/2011-Q1.parquet", "data/bikes/2011-Q2.parquet"), "data/bikes/2011-Q3.parquet"
HOUR = {
    "hour": 8, "weekday": 2, "holiday": 0, "working_day": 1,
    "temperature": 18.0, "humidity": 60.0, "wind_speed": 10.0, "weather": "clear",
}  # fmt: skip


@dataclass
class Project:
    """The project with another model, in an account."""

    workspace: Workspace
    account: account.Account

    def run(self, command: str, *words: str, code: int = 0) -> dict[str, Any]:
        """Run a verb as an administrator; it must end with `code`. Returns its JSON."""
        environment = self.account.environment
        bin_ = self.account.command.parent
        docker = Path(environment["SANDBOX_STATE"]) / "bin"
        path = os.pathsep.join((str(docker), str(bin_), os.environ["PATH"]))
        done = subprocess.run(
            [bin_ / command, *words, "--json"],
            cwd=self.workspace.folder,
            env=environment | {"PATH": path, "PYTHONPATH": str(self.workspace.folder)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, f"{command} {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def release(self, environment: str) -> dict[str, Any]:
        """The first release of an environment, which stops where the endpoint has to be made."""
        self.run("pipeline", "release", environment, code=PREPARED)
        self.run("sandbox", "up", SERVICE, "--stack", environment)
        return self.run("pipeline", "release", environment)

    def predictions(self, rows: list[dict[str, Any]]) -> Any:
        """What production answers."""
        runtime = self.account.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(
            EndpointName=names.endpoint(names.project(self.workspace.folder), "production"),
            ContentType="application/json",
            Body=json.dumps({"instances": rows}),
        )
        return json.loads(answer["Body"].read())["predictions"]


def replace(folder: Path) -> None:
    """Put what tests/own holds in place of the flights."""
    shutil.rmtree(folder / "data")
    shutil.copytree(OWN / "data", folder / "data")
    shutil.copytree(OWN / "model", folder / "model", dirs_exist_ok=True)
    policy = folder / "policy.toml"
    policy.write_text("".join({**tables(policy), **tables(OWN / "policy.toml")}.values()))


def tables(policy: Path) -> dict[str, str]:
    """The tables of a policy by their names, with the comments and blank lines that follow them."""
    parts = re.split(r"^(?=\[)", policy.read_text(), flags=re.MULTILINE)
    return {part.partition("]")[0]: part for part in parts}


@pytest.fixture(scope="module")
def workspace(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The baked project under git; the second commit is what a person changes."""
    made = Workspace(project, tmp_path_factory.mktemp("own") / "project")
    replace(made.folder)
    made.commit("Predict bikes")
    return made


@pytest.fixture(scope="module")
def own(project: Path, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project, with its first data pinned, in an account with all of its stacks."""
    command, region = project / ".venv" / "bin" / "sandbox", names.project(workspace.folder).region
    with account.sandbox(command, tmp_path_factory.mktemp("account") / "state", region) as running:
        made = Project(workspace, running)
        made.run("pipeline", "data", "add", *FIRST)
        workspace.commit("Pin half a year")
        for folder, stack in (("foundation", "account"), ("infra/platform", "platform")):
            made.run("sandbox", "up", folder, "--stack", stack)
        for stack in ENVIRONMENTS:
            made.run("sandbox", "up", SERVICE, "--stack", stack)
        yield made


@pytest.fixture(scope="module")
def first(own: Project) -> dict[str, Any]:
    """The gate's verdict on the first candidate, which is released."""
    own.run("pipeline", "train")
    verdict = own.run("pipeline", "gate")
    own.run("pipeline", "register")
    for environment in ENVIRONMENTS:
        assert own.release(environment)["verdict"] == "promoted"
    return verdict


@pytest.fixture(scope="module")
def refresh(own: Project, first: dict[str, Any]) -> dict[str, Any]:
    """The gate's verdict on a candidate of more data."""
    own.run("pipeline", "data", "add", MORE)
    own.workspace.commit("Pin a quarter more")
    own.run("pipeline", "train")
    return own.run("pipeline", "gate")


def test_nothing_else_is_touched(workspace: Workspace) -> None:
    """pipeline/, serving/, infra/ and the workflows are as the template has them."""
    touched = {path.partition("/")[0] for path in changed(workspace)}
    assert touched == {"data", "model", "policy.toml"}


def test_the_page_says_how_much_a_person_writes(workspace: Workspace) -> None:
    """Files, and lines that the template does not have; parquet files are counted as none."""
    written = {path: lines for path, lines in changed(workspace).items() if lines}
    page = workspace.folder.joinpath("docs/bring-your-own-model.md").read_text()
    assert f"**{len(written)} files, {sum(written.values())} lines**" in page, written


def test_the_data_keep_their_contract(own: Project) -> None:
    """What is pinned is checked by the rules that a person wrote."""
    assert own.run("pipeline", "data", "check")["ok"]


def test_the_first_candidate_beats_the_base_rate(first: dict[str, Any]) -> None:
    """By the project's own metric."""
    assert {"base_rate"} <= {rule["rule"] for rule in first["rules"] if rule["passed"]}
    assert first["comparison"]["mae"]["candidate"] < first["comparison"]["mae"]["baseline"]


@pytest.mark.usefixtures("first")
def test_production_answers_with_a_count(own: Project) -> None:
    """Rush hour of a working day and night: far from what a probability can be."""
    busy, night = own.predictions([HOUR, HOUR | {"hour": 3}])
    assert busy > 100 > night > 0


def test_more_data_are_compared_with_what_is_live(refresh: dict[str, Any]) -> None:
    """And pass."""
    assert (refresh["passed"], refresh["champion"]["version"]) == (True, 1)


@pytest.mark.usefixtures("refresh")
def test_a_worse_candidate_is_refused(own: Project) -> None:
    """One that has learnt next to nothing: by the rule that compares it with what is live; nothing is registered."""
    own.workspace.set("model/hyperparameters.toml", "trees", 3)
    own.workspace.commit("Grow three trees")
    own.run("pipeline", "train")
    verdict = own.run("pipeline", "gate", code=1)
    assert "champion" in {rule["rule"] for rule in verdict["rules"] if rule["passed"] is False}
    own.run("pipeline", "register", code=1)


def test_a_column_that_is_known_too_late_is_no_feature(own: Project) -> None:
    """By the moments that a person wrote into the contract."""
    features = own.workspace.folder / "model" / "features.py"
    features.write_text(features.read_text().replace('"holiday",', '"casual",'))
    refused = own.run("pipeline", "data", "check", code=2)
    own.workspace.restore()
    assert "column casual is known at end of the hour, but the prediction is made at begin" in refused["error"]


def changed(workspace: Workspace) -> dict[str, int]:
    """What the second commit changes: by path, the lines that were not there. The template's data only go."""
    git = partial(subprocess.run, cwd=workspace.folder, capture_output=True, text=True, check=True)
    first, second = git(["git", "rev-list", "--reverse", "HEAD"]).stdout.split()[:2]
    lines = git(["git", "diff", "--numstat", "--no-renames", first, second]).stdout.splitlines()
    counts = (line.split("\t") for line in lines)
    return {path: int(added) if added != "-" else 0 for added, _, path in counts}
