"""What strangers write goes through every workflow without running: titles, branches, messages, inputs, names.

Each workflow runs in a copy where no condition holds a step back, with commands that do nothing but keep their words
and give hostile outputs. What the shell would run of a text would make a file; and a planted workflow shows that it
would be found.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import TEMPLATE

from workflows import act, events
from workflows.events import Event
from workflows.github import command_of
from workflows.stand_in import HERE
from workflows.tools import tool
from workflows.workflow import Workflow, read

pytestmark = pytest.mark.slow
GITHUB = TEMPLATE / ".github"
REPOSITORY = "me/mine"
COMMANDS = ("make", "pipeline", "sandbox", "docker", "pulumi", "uv", "uvx", "gh")
OUTPUT = re.compile(r"steps\.[\w-]+\.outputs\.([\w-]+)")
DOES = {"actions/checkout": "checkout.py"}


def text(marker: Path) -> str:
    """A text with everything that a shell, and a runner that reads what is printed, might obey.

    It runs bare, in double quotes and in single ones, and every quote is closed again.
    """
    lines = [obeyed(f"touch {marker}"), "::set-output name=owned::yes", "::error title=owned::owned"]
    return "\n".join([*lines, "::add-mask::success", "OWNED=yes", "owned<<EOF", "EOF"])


def branch(marker: Path) -> str:
    """A branch's or a person's name that does the same; git allows no space there."""
    return "a" + obeyed(f"touch${{IFS}}{marker}").replace(" ", "")


def obeyed(run: str) -> str:
    """A line that runs a command wherever it stands in a shell's text."""
    return f"`{run}` $({run})'; {run}; '\"\""


def told(workflow: Workflow, marker: Path) -> Iterator[Event]:
    """Each event that a workflow has, with hostile texts wherever a stranger may write."""
    hostile = text(marker)
    for name in workflow.on:
        if name == "pull_request":
            pulled = events.pull_request(REPOSITORY, title=hostile, branch=branch(marker))
            yield replace(pulled, actor=branch(marker))
        elif name == "push":
            yield events.push(hostile, actor=branch(marker))
        elif name == "workflow_dispatch":
            yield events.dispatch(branch(marker), **inputs(workflow, hostile))
        elif name == "schedule":
            yield events.schedule()
        elif name == "merge_group":
            yield replace(events.merge_group(), ref=f"refs/heads/{branch(marker)}")
        else:
            assert name == "workflow_call", f"write what a stranger may say in the event {name}"


def inputs(workflow: Workflow, hostile: str) -> dict[str, str]:
    """The inputs of a start by hand; GitHub lets nobody give another choice than the written ones."""
    written = workflow.on["workflow_dispatch"].get("inputs", {})
    kinds = {"choice": lambda one: one["options"][0], "boolean": lambda one: "true"}
    return {name: kinds.get(one.get("type"), lambda one: hostile)(one) for name, one in written.items()}


def unconditional(document: Any) -> Any:
    """A workflow, or an action, without its conditions."""
    if isinstance(document, dict):
        return {key: unconditional(value) for key, value in document.items() if key != "if"}
    return [unconditional(one) for one in document] if isinstance(document, list) else document


Try = Callable[[Path, Event, str], act.Run]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """The file that is made by a text that runs."""
    return tmp_path / "owned"


@pytest.fixture
def attempt(tmp_path: Path) -> Try:
    """A function that runs a workflow file in a copy of the project's .github; commands give `value` as outputs."""
    root = tmp_path / "repository"
    for path in sorted(GITHUB.rglob("*.yml")):
        to = root / ".github" / path.relative_to(GITHUB)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(yaml.safe_dump(unconditional(read(path)), sort_keys=False))
    (root / obeyed("touch $IDLE_MARKER")).touch()
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in COMMANDS:
        command_of(commands / name, sys.executable, HERE / "stand_ins" / "idle.py", name)

    def run(file: Path, event: Event, value: str) -> act.Run:
        files = [one.path.read_text() for one in Workflow(root / file).files()]
        idle = {
            "IDLE_CALLS": str(tmp_path / "calls.jsonl"),
            "IDLE_OUTPUTS": " ".join(sorted({name for one in files for name in OUTPUT.findall(one)})),
            "IDLE_VALUE": value,
            "IDLE_MARKER": str(tmp_path / "owned"),  # a file's name has no slash
        }
        folder = tmp_path / f"run-{event.name}"
        folder.mkdir()
        return act.run(
            tool("act"), root / file, event, folder, repository=REPOSITORY,
            variables={"AWS_REGION": "eu-west-1"}, environment={**idle, "PATH": f"{commands}:/usr/bin:/bin"},
            does=DOES, within=120,
        )  # fmt: skip

    return run


def calls(folder: Path) -> list[list[str]]:
    """The words of each command that was run."""
    return [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", sorted(path.name for path in (GITHUB / "workflows").glob("*.yml")))
def test_nothing_that_a_stranger_writes_is_run(name: str, attempt: Try, marker: Path) -> None:
    """Neither by a shell, nor by the runner that reads what is printed."""
    file = Path(".github/workflows", name)
    for event in told(Workflow(TEMPLATE / file), marker):
        ran = attempt(file, event, text(marker))
        assert set(ran.results.values()) == {"success"}, f"{ran.results}\n{ran.log}"
        assert not marker.exists(), event.name
        assert not [one for one in ran.annotations if "owned" in one], event.name
        assert not [name for job in ran.jobs.values() for name in job.outputs if name.endswith(".owned")]
        assert "OWNED=yes" not in [line for job in ran.jobs.values() for line in job.log.splitlines()], event.name


def test_a_reason_arrives_as_it_was_written(attempt: Try, marker: Path, tmp_path: Path) -> None:
    """One word of the command line, whatever is in it."""
    hostile = text(marker)
    event = events.dispatch(environment="production", version="3", why=hostile, now="false")
    attempt(Path(".github/workflows/rollback.yml"), event, "1")
    assert [call for call in calls(tmp_path) if call[:2] == ["pipeline", "rollback"] and hostile in call]


PLANTED = {
    "pull_request": ("${{ github.event.pull_request.title }}", 'echo "{}"'),
    "push": ("${{ github.event.head_commit.message }}", "echo '{}'"),
    "workflow_dispatch": ("${{ inputs.why }}", "echo {}"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_splice_is_found(name: str, attempt: Try, marker: Path, tmp_path: Path) -> None:
    """The same texts, in a workflow that writes an expression into its shell."""
    spliced, command = PLANTED[name]
    path = tmp_path / "repository/.github/workflows/planted.yml"
    why = {"inputs": {"why": {"type": "string"}}}
    steps = [{"run": command.format(spliced)}]
    jobs = {"one": {"runs-on": "ubuntu-24.04", "steps": steps}}
    path.write_text(yaml.safe_dump({"name": "planted", "on": {name: why if "inputs" in spliced else {}}, "jobs": jobs}))
    [event] = told(Workflow(path), marker)
    attempt(Path(".github/workflows/planted.yml"), event, "1")
    assert marker.exists()


def test_a_planted_output_is_found(attempt: Try, marker: Path, tmp_path: Path) -> None:
    """What a verb answers is a stranger's text, too: the name of a file, the title of a pull request."""
    path = tmp_path / "repository/.github/workflows/planted.yml"
    steps = [{"id": "asked", "run": "pipeline changed"}, {"run": "echo ${{ steps.asked.outputs.what }}"}]
    jobs = {"one": {"runs-on": "ubuntu-24.04", "steps": steps}}
    path.write_text(yaml.safe_dump({"name": "planted", "on": "push", "jobs": jobs}))
    attempt(Path(".github/workflows/planted.yml"), events.push(), text(marker))
    assert marker.exists()
