"""`sandbox up` and `sandbox destroy` as commands."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that makes one topic, or what its configuration says."""
    (tmp_path / "Pulumi.yaml").write_text("name: commanded\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi_aws as aws\nprint('noise')\naws.sns.Topic('t', name='commanded')\n"
    )
    return tmp_path


def run(sandbox: Any, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `sandbox` with `words`."""
    command = [sys.executable, "-m", "sandbox", *words]
    return subprocess.run(command, env=sandbox.environment, capture_output=True, text=True, check=False)


def test_up_and_destroy_print_one_object(sandbox: Any, program: Path) -> None:
    """What the program prints goes elsewhere."""
    up = run(sandbox, "up", str(program), "--stack", "dev", "--json")
    assert json.loads(up.stdout)["created"] == ["topic commanded"], up.stderr
    destroy = run(sandbox, "destroy", str(program), "--stack", "dev", "--json")
    assert json.loads(destroy.stdout) == {"stack": "commanded/dev", "deleted": ["topic commanded"]}


@pytest.mark.parametrize(
    ("source", "code", "sentence"),
    [
        ("import pulumi\nraise pulumi.RunError('write 2')\n", 2, "write 2\n"),
        ("1 / 0\n", 1, "__main__.py line 1: ZeroDivisionError: division by zero\n"),
    ],
)
def test_a_failure_is_one_sentence(sandbox: Any, program: Path, source: str, code: int, sentence: str) -> None:
    """2 for settings, 1 for anything else, no traceback."""
    (program / "__main__.py").write_text(source)
    done = run(sandbox, "up", str(program), "--stack", "dev")
    assert (done.returncode, done.stderr) == (code, sentence)


def test_a_folder_without_a_program_is_a_usage_error(sandbox: Any, tmp_path: Path) -> None:
    """The sentence says what to name."""
    done = run(sandbox, "up", str(tmp_path), "--stack", "dev")
    assert done.returncode == 2
    assert "holds no Pulumi.yaml" in done.stderr


def test_a_stack_that_was_never_made_is_said_to_be_none(sandbox: Any, program: Path) -> None:
    """A mistyped stack is not a destroyed one."""
    done = run(sandbox, "destroy", str(program), "--stack", "nosuch")
    assert (done.returncode, done.stdout) == (0, "nothing of commanded/nosuch is in the account\n")


@pytest.mark.parametrize("command", ["up", "destroy", "provider"])
def test_help_shows_an_example(sandbox: Any, command: str) -> None:
    """Of a call that could be made."""
    assert f"Example: sandbox {command} " in run(sandbox, command, "--help").stdout
