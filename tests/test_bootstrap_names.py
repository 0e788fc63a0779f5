"""What `pipeline bootstrap` makes on GitHub is what the workflows and the roles' trust name, and nothing else."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from conftest import TEMPLATE
from infra.policies.documents import Place
from pipeline import names
from pipeline.bootstrap import environments, first, protection, variables
from pipeline.checks.identity import PARTS

from infra.policies import trust

GITHUB = TEMPLATE / ".github"
OPTIONAL = {"RUNNER", "MLFLOW_TRACKING_URI"}  # of whoever wants them
PROJECT = names.Project(
    name="flights", description="x", github_owner="somebody", region="eu-west-1", owner_email="a@example.com"
)
PLACE = Place(project=PROJECT, accounts=dict.fromkeys(PARTS, "111111111111"))


def jobs() -> Iterator[dict[str, Any]]:
    """Every job of every workflow."""
    for path in sorted((GITHUB / "workflows").glob("*.yml")):
        yield from yaml.safe_load(path.read_text())["jobs"].values()


def test_the_variables_are_those_that_the_workflows_read() -> None:
    """One that is missing is empty there: a job without a role, or one that is skipped."""
    read = {name for path in GITHUB.rglob("*.yml") for name in re.findall(r"\bvars\.(\w+)", path.read_text())}
    assert set(variables.wanted(PLACE, PARTS)) == read - OPTIONAL


def test_the_environments_are_those_of_the_jobs() -> None:
    """GitHub makes one that is missing, and protects it with nothing."""
    named = {job["environment"] for job in jobs() if "environment" in job}
    called = {value for job in jobs() for key, value in job.get("with", {}).items() if key in ("environment", "infra")}
    assert {name for name in named | called if "${{" not in name} == set(environments.ENVIRONMENTS)


@pytest.mark.parametrize("part", PARTS)
def test_the_environments_are_those_that_roles_trust(part: str) -> None:
    """A token of another one opens nothing."""
    trusted = set(re.findall(r":environment:([\w-]+)", json.dumps(trust.workflows(PLACE, part))))
    assert trusted and trusted <= set(environments.ENVIRONMENTS)


def test_the_required_check_is_a_jobs_name() -> None:
    """A check that never reports would let nothing be merged."""
    check = yaml.safe_load((GITHUB / "workflows" / "check.yml").read_text())
    assert check["jobs"]["pass"]["name"] == protection.CHECK


def test_the_workflow_of_the_first_model_is_there() -> None:
    """And may be started by hand."""
    file = GITHUB / "workflows" / first.RETRAIN.rpartition("/")[2]
    assert "workflow_dispatch" in yaml.safe_load(file.read_text())[True]
