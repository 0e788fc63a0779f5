"""What no linter sees in the project's workflows: inputs that an action does not have, a role without a token.

Each check is tried on a planted fault first.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import TEMPLATE

from workflows.inputs import ACTIONS
from workflows.workflow import LOCAL, Workflow

FILES = [Workflow(path) for path in sorted((TEMPLATE / ".github").rglob("*.yml")) if path.name != "dependabot.yml"]
CREDENTIALS = "aws-actions/configure-aws-credentials"


def unknown_inputs(workflow: Workflow) -> Iterator[str]:
    """The inputs that a step gives to a remote action which does not declare them, or to one without a stand-in."""
    for job, step in workflow.steps():
        used = step.get("uses", "").partition("@")[0]
        if not used or used.startswith(LOCAL):
            continue
        declared = ACTIONS[used].inputs if used in ACTIONS else frozenset()
        given = set(step.get("with", {}))
        yield from (f"{job}: {used} has no {one}" for one in sorted(given - declared))
        if used not in ACTIONS:
            yield f"{job}: {used} is not in tests/workflows/inputs.py"


def takes_role(workflow: Workflow, step: dict[str, Any]) -> bool:
    """Whether a step takes a role: by AWS's action, or by the project's own that is given one."""
    used = step.get("uses", "")
    if used.startswith(LOCAL):
        action = Workflow(workflow.root / used / "action.yml")
        takes = any(takes_role(action, inner) for _, inner in action.steps())
        return takes and ("role" not in action.document.get("inputs", {}) or "role" in step.get("with", {}))
    return bool(used.partition("@")[0] == CREDENTIALS)


def without_token(workflow: Workflow) -> Iterator[str]:
    """The jobs that take a role and may not ask for a token; also through a caller that grants less."""
    for job, step in workflow.steps():
        if takes_role(workflow, step) and workflow.permissions(job).get("id-token") != "write":
            yield f"{job} takes a role without id-token: write"
    for job, called in workflow.callees.items():
        asked = [called.permissions(inner) for inner in called.jobs]
        granted = workflow.permissions(job)
        for scope in sorted({scope for one in asked for scope in one if one[scope] == "write"}):
            if granted.get(scope) != "write":
                yield f"{job} calls {called.path.name} without {scope}: write"


@pytest.fixture
def planted(tmp_path: Path) -> Workflow:
    """A workflow with each of the faults, and the project's own action beside it."""
    github = tmp_path / ".github"
    action = github / "actions" / "setup" / "action.yml"
    action.parent.mkdir(parents=True)
    action.write_text((TEMPLATE / ".github/actions/setup/action.yml").read_text())
    sha = "@" + "1" * 40
    jobs = {
        "typo": {"steps": [{"uses": f"actions/checkout{sha}", "with": {"persist-credential": False}}]},
        "unknown": {"steps": [{"uses": f"who/knows{sha}"}]},
        "direct": {"steps": [{"uses": f"{CREDENTIALS}{sha}"}]},
        "through": {"steps": [{"uses": "./.github/actions/setup", "with": {"role": "x"}}]},
        "none": {"steps": [{"uses": "./.github/actions/setup"}]},
        "calls": {"uses": "./.github/workflows/called.yml", "permissions": {"contents": "read"}},
    }
    called = {"deliver": {"permissions": {"id-token": "write"}, "steps": [{"uses": f"{CREDENTIALS}{sha}"}]}}
    for name, document in {"planted": jobs, "called": called}.items():
        path = github / "workflows" / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"name": name, "on": "push", "permissions": {}, "jobs": document}))
    return Workflow(github / "workflows" / "planted.yml")


def test_a_planted_input_is_found(planted: Workflow) -> None:
    """And an action that nobody has looked up."""
    assert list(unknown_inputs(planted)) == [
        "typo: actions/checkout has no persist-credential",
        "unknown: who/knows is not in tests/workflows/inputs.py",
    ]


def test_a_planted_role_without_a_token_is_found(planted: Workflow) -> None:
    """Whichever way the job takes it."""
    assert list(without_token(planted)) == [
        "direct takes a role without id-token: write",
        "through takes a role without id-token: write",
        "calls calls called.yml without id-token: write",
    ]


@pytest.mark.parametrize("workflow", FILES, ids=lambda one: f"{one.path.parent.name}/{one.path.name}")
def test_inputs_are_those_of_the_action(workflow: Workflow) -> None:
    """GitHub would only warn."""
    assert list(unknown_inputs(workflow)) == []


@pytest.mark.parametrize("workflow", [one for one in FILES if "jobs" in one.document], ids=lambda one: one.path.name)
def test_a_job_with_a_role_gets_a_token(workflow: Workflow) -> None:
    """Else it would fail on GitHub, at its first run."""
    assert list(without_token(workflow)) == []
