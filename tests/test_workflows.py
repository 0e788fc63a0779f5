"""Workflow files, this repository's and the project's, without running them: schema, security, shell, pins, size.

Each check is tried on a planted fault first, so that a check that finds nothing is known to look.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY, TEMPLATE

FOLDERS = (REPOSITORY / ".github", TEMPLATE / ".github")
FILES = sorted(path for folder in FOLDERS for path in folder.rglob("*.yml"))
WORKFLOWS = [path for path in FILES if path.parent.name == "workflows"]
BIN = Path(sys.executable).parent

PLANTED = """
name: planted
on: pull_request
permissions: write-all
jobs:
  planted:
    runs-on: ubuntu-24.04
    timout-minutes: 5
    needs: nobody
    steps:
      - uses: actions/checkout@v6
      - run: echo ${{ github.head_ref }}
      - run: |
          cd $HOME
          rm $file
          one
          more
"""


def label(path: Path) -> str:
    """How a test's name shows a file."""
    return ("project/" if TEMPLATE in path.parents else "") + path.name


def runs(path: Path) -> Iterator[str]:
    """The `run` blocks of a workflow or a composite action."""
    document = yaml.safe_load(path.read_text())
    jobs = [*document.get("jobs", {}).values(), document.get("runs", {})]
    yield from (step["run"] for job in jobs for step in job.get("steps", []) if "run" in step)


def schema_faults(path: Path) -> str:
    """What GitHub's JSON schema says against a file; empty when nothing."""
    kind = {"action.yml": "github-actions", "dependabot.yml": "dependabot"}.get(path.name, "github-workflows")
    command = [BIN / "check-jsonschema", "--builtin-schema", f"vendor.{kind}", path]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode else ""


def security_faults(*paths: Path) -> str:
    """What zizmor says against files; empty when nothing."""
    config = REPOSITORY / "tests" / "zizmor.yml"
    command = [BIN / "zizmor", "--offline", "--no-progress", "--persona", "auditor", "--config", config, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def shell_faults(path: Path) -> str:
    """What shellcheck says against a file's run blocks; empty when nothing."""
    script = "\n".join(re.sub(r"\$\{\{.*?\}\}", "expression", block) for block in runs(path))
    command = [BIN / "shellcheck", "--shell=bash", "-"]
    return subprocess.run(command, input=script, capture_output=True, text=True).stdout


def unpinned(path: Path) -> list[str]:
    """The actions that are not held by a commit with its version beside it."""
    uses = re.findall(r"uses: (?!\./)(.+)", path.read_text())
    return [use for use in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)]


def long_steps(path: Path) -> list[str]:
    """The run blocks of more than three lines: a decision that belongs in Python."""
    return [block for block in runs(path) if len(block.strip().splitlines()) > 3]


def open_permissions(path: Path) -> bool:
    """Whether the workflow starts with more than no permission at all."""
    return yaml.safe_load(path.read_text()).get("permissions") != {}


def untimed(path: Path) -> list[str]:
    """The jobs that could run for ever."""
    return [name for name, job in yaml.safe_load(path.read_text())["jobs"].items() if "timeout-minutes" not in job]


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A workflow with a fault for each check."""
    path = tmp_path / ".github" / "workflows" / "planted.yml"
    path.parent.mkdir(parents=True)
    path.write_text(PLANTED)
    return path


@pytest.mark.parametrize(
    "check",
    [schema_faults, security_faults, shell_faults, unpinned, long_steps, open_permissions, untimed],
    ids=lambda check: check.__name__,
)
def test_planted_fault_is_found(check: Callable[[Path], object], planted: Path) -> None:
    """The check is able to fail."""
    assert check(planted)


@pytest.mark.parametrize("path", FILES, ids=label)
def test_schema(path: Path) -> None:
    """GitHub knows every key."""
    assert schema_faults(path) == ""


def test_security() -> None:
    """zizmor's strictest persona finds nothing."""
    assert security_faults(*FILES) == ""


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "dependabot.yml"], ids=label)
def test_shell(path: Path) -> None:
    """Every run block is sound shell, and short."""
    assert shell_faults(path) == ""
    assert long_steps(path) == []


@pytest.mark.parametrize("path", FILES, ids=label)
def test_actions_are_held_by_commit(path: Path) -> None:
    """No tag, which can be moved."""
    assert unpinned(path) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=label)
def test_nothing_is_granted_by_default(path: Path) -> None:
    """A workflow grants nothing at its top, and every job ends."""
    assert not open_permissions(path)
    assert untimed(path) == []


def test_actionlint(planted: Path) -> None:
    """actionlint finds the planted fault and nothing else; skipped loudly where it is not installed."""
    actionlint = shutil.which("actionlint")
    if not actionlint and not os.environ.get("REQUIRE_TOOLS"):
        pytest.skip("actionlint is not on the PATH: needs, inputs and expressions of the workflows are not checked")
    command = [actionlint, "-no-color", f"-shellcheck={BIN / 'shellcheck'}"]

    assert "nobody" in subprocess.run([*command, planted], capture_output=True, text=True).stdout
    done = subprocess.run([*command, *WORKFLOWS], capture_output=True, text=True, cwd=TEMPLATE)
    assert done.stdout == ""
