"""A workflow file as written: what it uses, where it runs, what its jobs get."""

from collections.abc import Callable
from pathlib import Path

import pytest

from workflows.workflow import Workflow

Write = Callable[..., Workflow]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes a workflow, and actions and workflows beside it, by their path below .github."""

    def written(text: str, **beside: str) -> Workflow:
        files = {"workflows/one.yml": text, **{name.replace("__", "/") + ".yml": it for name, it in beside.items()}}
        for name, content in files.items():
            path = tmp_path / ".github" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return Workflow(tmp_path / ".github/workflows/one.yml")

    return written


@pytest.mark.parametrize(
    ("on", "events"),
    [("push", ["push"]), ("[push, schedule]", ["push", "schedule"]), ("{push: , schedule: []}", ["push", "schedule"])],
)
def test_events_however_they_are_written(on: str, events: list[str], write: Write) -> None:
    """A word, a list or a table."""
    assert list(write(f"on: {on}\njobs: {{}}\n").on) == events


def test_actions_of_local_actions_and_called_workflows_count(write: Write) -> None:
    """A run needs them all."""
    workflow = write(
        "jobs:\n  a: {steps: [{uses: x/a@1}, {uses: ./.github/actions/own}]}\n"
        "  b: {uses: ./.github/workflows/two.yml}\n",
        actions__own__action="runs: {using: composite, steps: [{uses: x/b@1}]}\n",
        workflows__two="jobs: {c: {steps: [{uses: x/c@1}]}}\n",
    )
    assert workflow.actions() == {"x/a@1", "x/b@1", "x/c@1"}


def test_labels_of_an_expression_are_the_quoted_ones(write: Write) -> None:
    """The other one is a variable's."""
    workflow = write("jobs: {a: {runs-on: \"${{ vars.RUNNER || 'ubuntu-24.04' }}\"}, b: {runs-on: [self, big]}}\n")
    assert workflow.labels() == {"ubuntu-24.04", "self", "big"}


def test_a_jobs_permissions_are_its_own_else_the_workflows(write: Write) -> None:
    """Not both."""
    workflow = write(
        "permissions: {contents: read}\njobs: {a: {}, b: {permissions: {id-token: write}}, c: {permissions: write-all}}"
    )
    granted = [workflow.permissions(job) for job in "abc"]
    assert granted == [{"contents": "read"}, {"id-token": "write"}, {"id-token": "write"}]


def test_the_environment_of_an_expression_is_in_the_jobs_env(write: Write) -> None:
    """Under whichever name."""
    expression = "${{ inputs.environment }}"
    workflow = write(
        f'jobs:\n  a: {{environment: "{expression}", env: {{WHERE: "{expression}"}}}}\n'
        f'  b: {{environment: {{name: "{expression}"}}}}\n  c: {{environment: {{name: staging}}}}\n  d: {{}}\n'
    )
    assert workflow.environment("a", {"WHERE": "production"}) == "production"
    assert (workflow.environment("c", {}), workflow.environment("d", {})) == ("staging", "")
    with pytest.raises(LookupError, match="give the job an `env` of the same value"):
        workflow.environment("b", {})
