"""Each job of the project's workflows takes the role that the rehearsal runs its verbs under."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from conftest import TEMPLATE
from sandbox.rehearsal import roles

GITHUB = TEMPLATE / ".github"
WITHOUT_ACCOUNT = ("pipeline approval",)  # it asks GitHub alone
# what a job's token may do beside reading the repository and asking for a role
MORE = {
    "deliver/create": {"actions": "read"},
    "deliver/release": {"actions": "read", "deployments": "write"},
    "deliver/verify": {"actions": "read", "deployments": "write"},
    "rollback/rollback": {"deployments": "write"},
    "monitor/staging": {"deployments": "write"},
    "monitor/production": {"deployments": "write"},
    "infra/plan": {"actions": "read"},
    "infra/production": {"actions": "read"},
}
ACTION = yaml.safe_load((GITHUB / "actions" / "setup" / "action.yml").read_text())


class Taken(NamedTuple):
    """A job that takes a role: name, text, the variable that the role is in, its session's seconds, its verbs.

    `environment` is its GitHub environment; expressions are worked out, for each leg, caller or choice one.
    """

    name: str
    job: dict[str, Any]
    variable: str
    environment: str | None
    seconds: int
    verbs: list[str]


def taken() -> Iterator[Taken]:
    """Every job that takes a role."""
    for path in sorted((GITHUB / "workflows").glob("*.yml")):
        for name, job in document(path)["jobs"].items():
            steps = job.get("steps", [])
            for given in (step["with"] for step in steps if "role" in step.get("with", {})):
                seconds = int(given.get("seconds", ACTION["inputs"]["seconds"]["default"]))
                for variant, known in variants(path, job):
                    where = value(job["environment"], known) if "environment" in job else None
                    role, called = value(given["role"], known), f"{path.stem}/{name}{variant and f' ({variant})'}"
                    yield Taken(called, job, role, where, seconds, list(verbs(job, known)))


def document(path: Path) -> dict[Any, Any]:
    """A workflow as data."""
    return dict(yaml.safe_load(path.read_text()))


def variants(path: Path, job: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """In which ways a job runs, each with its name and what its expressions stand for then.

    A matrix of stacks has legs, a called workflow its callers, a workflow with a choice of environments one for each.
    """
    if legs := job.get("strategy", {}).get("matrix", {}).get("stack"):
        yield from ((leg, {"matrix.stack": leg}) for leg in legs)
    elif "workflow_call" in document(path)[True]:
        for caller in (GITHUB / "workflows").glob("*.yml"):
            for name, calling in document(caller)["jobs"].items():
                if calling.get("uses", "").endswith(f"/{path.name}"):
                    yield name, {f"inputs.{key}": value(str(one), {}) for key, one in calling["with"].items()}
    elif "environment" in (choices := (document(path)[True].get("workflow_dispatch") or {}).get("inputs", {})):
        yield from ((one, {"inputs.environment": one}) for one in choices["environment"]["options"])
    else:
        yield "", {}


def value(expression: str, known: Mapping[str, str]) -> str:
    """What an expression stands for: a name that is known, else as it is written, without `vars.`.

    Of `a == 'b' && c || d` it is c or d; of what is not known a condition is taken to hold.
    """
    for alternative in expression.strip("${} ").split(" || "):
        *conditions, said = alternative.split(" && ")
        compared = [one.partition(" == ") for one in conditions]
        if all(known.get(left, right.strip("'")) == right.strip("'") for left, _, right in compared):
            return known.get(said, said.removeprefix("vars."))
    raise LookupError(f"no case of {expression} holds")


def verbs(job: dict[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    """The verbs of a job that need an account, the job's own variables filled in."""
    for step in job["steps"]:
        if (run := step.get("run", "")).startswith("pipeline ") and not run.startswith(WITHOUT_ACCOUNT):
            for name, text in job.get("env", {}).items():
                run = run.replace(f'"${name}"', value(text, known))
            yield run


JOBS = list(taken())


def variable(purpose: str) -> str:
    """The repository's variable that holds the ARN of a role, such as ROLE_RELEASE_STAGING."""
    return "ROLE_" + purpose.removeprefix("ci-").replace("-", "_").upper()


def test_there_are_jobs_with_roles() -> None:
    """Else the tests below would hold of nothing."""
    named = {one.name for one in JOBS}
    assert named >= {"check/model", "check/preview (staging)"}
    assert named >= {"retrain/retrain", "deliver/release (staging)", "deliver/verify (production)"}
    assert named >= {"deliver/create (production)", "rollback/rollback (production)"}
    assert named >= {"infra/platform", "infra/production", "infra/drift-staging"}


@pytest.mark.parametrize("one", JOBS, ids=lambda one: one.name)
def test_the_role_is_the_rehearsals(one: Taken) -> None:
    """And so is the GitHub environment, which the role's trust asks for."""
    rehearsed = set[roles.Job].intersection(*(roles.jobs(*verb.split()) for verb in one.verbs))
    known = {(variable(job.purpose), job.environment) for job in rehearsed}
    assert (one.variable, one.environment) in known


@pytest.mark.parametrize("one", JOBS, ids=lambda one: one.name)
def test_the_job_ends_before_its_session(one: Taken) -> None:
    """A verb that loses its credentials half-way would leave its work to the next one."""
    assert one.job["timeout-minutes"] * 60 < one.seconds


@pytest.mark.parametrize("one", JOBS, ids=lambda one: one.name)
def test_only_a_job_with_a_role_may_ask_for_a_token(one: Taken) -> None:
    """It needs the permission, and nothing but reading the repository beside it, unless it is said above."""
    more = MORE.get(one.name.partition(" ")[0], {})
    assert one.job["permissions"] == {"contents": "read", "id-token": "write", **more}


@pytest.mark.parametrize("environment", roles.ENVIRONMENTS)
def test_a_release_begins_with_what_another_has_left(environment: str) -> None:
    """A runner that died leaves a record open, which the next release would find."""
    (release,) = [one for one in JOBS if one.name == f"deliver/release ({environment})"]
    assert release.verbs[0].startswith(f"pipeline reconcile {environment}")
    assert release.verbs[1].startswith(f"pipeline release {environment}")


@pytest.mark.parametrize("name", ["release", "verify"])
def test_a_release_is_asked_who_let_it_before_anything_else(name: str) -> None:
    """Right before it: how the environment is protected may have changed since the workflow began."""
    deliver = document(GITHUB / "workflows" / "deliver.yml")["jobs"][name]
    ran = [step["run"] for step in deliver["steps"] if "run" in step]
    assert ran[0].startswith('pipeline approval "$ENVIRONMENT" --granted')
    (release,) = [run for run in ran if run.startswith("pipeline release")]
    assert "--approval build/approval.json" in release


def test_whoever_makes_productions_first_endpoint_is_asked_too() -> None:
    """That job has a GitHub environment of its own, which is to be guarded as well."""
    create = document(GITHUB / "workflows" / "deliver.yml")["jobs"]["create"]
    ran = [step["run"] for step in create["steps"] if "run" in step]
    assert [run.split(" --")[0] for run in ran] == ['pipeline approval "$INFRA"', 'pipeline stack up "$ENVIRONMENT"']
    assert "--granted" in ran[0]


@pytest.mark.parametrize(
    "one",
    [one for one in JOBS if one.name.startswith(("deliver/release", "deliver/verify", "rollback/"))],
    ids=lambda one: one.name,
)
def test_what_became_of_it_is_told_in_any_case(one: Taken) -> None:
    """Also when the job failed or was cancelled: then above all."""
    runs = ("pipeline explain", "pipeline deployment")
    told = [step for step in one.job["steps"] if step.get("run", "").startswith(runs)]
    told += [step for step in one.job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert [step.get("if") for step in told] == ["always()"] * 3


def test_a_rollback_waits_for_nobody() -> None:
    """Not for a release, which it is to stop, nor for a rollback that bakes."""
    workflows = {path.stem: yaml.safe_load(path.read_text()) for path in (GITHUB / "workflows").glob("*.yml")}
    groups = {name: one["concurrency"]["group"] for name, one in workflows.items()}
    assert "github.run_id" in groups["rollback"]
    assert [name for name, group in groups.items() if group.startswith("rollback")] == ["rollback"]
