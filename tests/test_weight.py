"""What a project's environments weigh, each installed as its user installs it, and that it suffices.

Images are counted with the bytecode that they are built with. 1 MB is a million bytes, of everything in the
environment but the interpreter.
"""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import TEMPLATE, UV

pytestmark = pytest.mark.slow
MEGABYTE = 1_000_000
GITHUB = TEMPLATE / ".github"
STAGE = re.compile(r"^FROM base AS (\w+)$(?:.|\n)*?uv (sync .+)$", re.MULTILINE)
IMAGES = dict(STAGE.findall((TEMPLATE / "Dockerfile").read_text()))
NEVER_THERE = "polars", "xgboost", "pulumi", "moto"


def jobs() -> dict[str, set[str]]:
    """The groups that each workflow job with a role may install, by the job's name: an expression holds several.

    A pull request's jobs judge the whole project, and install all of it; those that apply a stack install `infra`.
    """
    found = {}
    for path in sorted({*(GITHUB / "workflows").glob("*.yml")} - {GITHUB / "workflows" / "check.yml"}):
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            for step in job.get("steps", []):
                given = step.get("with", {})
                if step.get("uses") == "./.github/actions/setup" and "role" in given and "pulumi" not in given:
                    groups = given.get("groups", "")
                    found[f"{path.stem}: {name}"] = set(re.findall(r"'([^']*)'", groups)) or {groups}
    return found


def megabytes(environment: Path) -> float:
    """What the files of an environment weigh; none is counted twice."""
    files = {path.resolve() for path in environment.rglob("*") if path.is_file()}
    return sum(path.stat().st_size for path in files if environment in path.parents) / MEGABYTE


def variables(environment: Path) -> dict[str, str]:
    """The variables under which uv makes `environment`."""
    return {**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)}


def installed(folder: Path, environment: Path, *, only: str = "") -> Path:
    """`environment`, as `make setup` makes it."""
    command = ["make", "-C", folder, "setup", f"ONLY={only}"]
    subprocess.run(command, check=True, capture_output=True, env=variables(environment))
    return environment


@pytest.fixture(scope="module")
def lean(bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a job that retrains or releases installs, without what is optional."""
    return installed(bake(), tmp_path_factory.mktemp("lean") / "venv", only="gate")


@pytest.mark.parametrize(("image", "bound"), [("serve", 175), ("train", 600)])
def test_an_images_packages_weigh_at_most(image: str, bound: int, bake: Callable[..., Path], tmp_path: Path) -> None:
    """By the command of the Dockerfile, compiled as there."""
    environment = variables(tmp_path / "venv") | {"UV_COMPILE_BYTECODE": "1"}
    subprocess.run([UV, *IMAGES[image].split()], check=True, cwd=bake(), capture_output=True, env=environment)
    assert 0.5 * bound < megabytes(tmp_path / "venv") <= bound


def test_what_a_job_on_the_runner_installs_weighs_at_most(lean: Path) -> None:
    """So does every job with a role; MLflow's client, which is optional, comes on top."""
    assert {only for groups in jobs().values() for only in groups} == {"gate", "gate mlflow"}
    assert 50 < megabytes(lean) <= 150


def test_everything_for_a_developer_weighs_at_most(bake: Callable[..., Path], tmp_path: Path) -> None:
    """What `make setup` installs."""
    assert 500 < megabytes(installed(bake(), tmp_path / "venv")) <= 1000


def test_the_jobs_with_a_role_are_known() -> None:
    """So that none slips through the count: the workflows name at least these."""
    assert {"retrain: retrain", "deliver: release", "rollback: rollback", "monitor: staging"} <= set(jobs())


def test_every_verb_can_be_imported_in_a_job(lean: Path, bake: Callable[..., Path]) -> None:
    """Where nothing but the job's groups is installed."""
    program = f"""
import importlib.util
from pipeline.__main__ import VERBS, run
print([name for name in {NEVER_THERE} if importlib.util.find_spec(name)])
for verb in VERBS:
    run([verb, "--help"])
for verb in ("push", "ingest", "pin"):
    run(["data", verb, "--help"])
"""
    done = subprocess.run([lean / "bin/python", "-c", program], cwd=bake(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("[]\n")
    assert all(f"Usage: pipeline data {verb}" in done.stdout for verb in ("push", "ingest", "pin"))
