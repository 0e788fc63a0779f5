"""Each job of the project's workflows takes the role that the rehearsal runs its verbs under."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml
from conftest import TEMPLATE
from sandbox.rehearsal import roles

GITHUB = TEMPLATE / ".github"
ACTION = yaml.safe_load((GITHUB / "actions" / "setup" / "action.yml").read_text())


class Taken(NamedTuple):
    """A job that takes a role: name, text, the variable that the role is in, its session's seconds, its verbs."""

    name: str
    job: dict[str, Any]
    variable: str
    seconds: int
    verbs: list[str]


def taken() -> Iterator[Taken]:
    """Every job that takes a role."""
    for path in sorted((GITHUB / "workflows").glob("*.yml")):
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            steps = job["steps"]
            for given in (step["with"] for step in steps if "role" in step.get("with", {})):
                verbs = [step["run"] for step in steps if step.get("run", "").startswith("pipeline ")]
                role = given["role"].strip("${} ").removeprefix("vars.")
                seconds = int(given.get("seconds", ACTION["inputs"]["seconds"]["default"]))
                yield Taken(f"{path.stem}/{name}", job, role, seconds, verbs)


JOBS = list(taken())


def variable(purpose: str) -> str:
    """The repository's variable that holds the ARN of a role, such as ROLE_RELEASE_STAGING."""
    return "ROLE_" + purpose.removeprefix("ci-").replace("-", "_").upper()


def test_there_are_jobs_with_roles() -> None:
    """Else the tests below would hold of nothing."""
    assert {one.name for one in JOBS} >= {"retrain/retrain", "release/staging", "release/production"}


@pytest.mark.parametrize("one", JOBS, ids=lambda one: one.name)
def test_the_role_is_the_rehearsals(one: Taken) -> None:
    """And so is the GitHub environment, which the role's trust asks for."""
    rehearsed = {roles.job(*verb.split()) for verb in one.verbs}
    assert {(variable(job.purpose), job.environment) for job in rehearsed} == {
        (one.variable, one.job.get("environment"))
    }


@pytest.mark.parametrize("one", JOBS, ids=lambda one: one.name)
def test_the_job_ends_before_its_session(one: Taken) -> None:
    """A verb that loses its credentials half-way would leave its work to the next one."""
    assert one.job["timeout-minutes"] * 60 < one.seconds


@pytest.mark.parametrize("one", JOBS, ids=lambda one: one.name)
def test_only_a_job_with_a_role_may_ask_for_a_token(one: Taken) -> None:
    """It needs the permission, and nothing but reading the repository beside it."""
    assert one.job["permissions"] == {"contents": "read", "id-token": "write"}
