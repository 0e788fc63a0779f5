"""`make stacks` of a project, with the real Pulumi command: it passes, and finds a program that never settles."""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import make
from engine import required

pytestmark = pytest.mark.slow
CLOCK = """
import time

import pulumi_aws as aws

aws.ssm.Parameter("clock", name="/flight-delays/platform/clock", type="String", value=str(time.time()))
"""


def test_every_stack_is_made_and_nothing_is_left_to_change(project: Path) -> None:
    """The project's own copy stays as it is."""
    required("pulumi")
    before = (project / "infra" / "platform" / "Pulumi.platform.yaml").read_text()
    done = make(project, "stacks")
    assert "platform, staging, production: made, and nothing is left to change" in done.stdout
    assert (project / "infra" / "platform" / "Pulumi.platform.yaml").read_text() == before


def test_a_program_that_never_settles_is_found(project: Path, tmp_path: Path) -> None:
    """Each `up` would change it again: the resource and the value are named."""
    required("pulumi")
    copy = tmp_path / "project"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".venv", "build", "__pycache__"))
    with (copy / "infra" / "platform" / "__main__.py").open("a") as program:
        program.write(CLOCK)
    command = [project / ".venv" / "bin" / "sandbox", "stacks", "--project", copy, "--out", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "~ aws:ssm/parameter:Parameter clock\n    value: " in done.stdout
    assert "`pipeline stack drift platform` ended with 1" in done.stderr
