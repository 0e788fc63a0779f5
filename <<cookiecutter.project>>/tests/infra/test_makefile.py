"""`make preview` and `make up` say what they need, and hand the rest to Pulumi."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline import names

PULUMI = """#!/bin/sh
echo "$PWD: $*"
"""


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """An environment whose `pulumi` prints where it was called and with what."""
    command = tmp_path / "pulumi"
    command.write_text(PULUMI)
    command.chmod(0o755)
    return {"PATH": f"{tmp_path}:/usr/bin:/bin", "PULUMI_BACKEND_URL": "s3://bucket/flights"}


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in the project."""
    command = ["make", "--no-print-directory", *arguments]
    free = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "MAKE"))}
    return subprocess.run(  # noqa: S603
        command, cwd=names.root(), env=free | environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("stack", "missing", "sentence"),
    [
        ("", "", "make: STACK is '': write STACK=platform, staging or production"),
        ("qa", "", "make: STACK is 'qa': write STACK=platform, staging or production"),
        ("staging", "PATH", "make: there is no pulumi on the PATH"),
        (
            "staging",
            "PULUMI_BACKEND_URL",
            "make: PULUMI_BACKEND_URL is not set: export it as s3://STATE_BUCKET/",
        ),
    ],
)
def test_what_is_missing_is_said(tools: dict[str, str], stack: str, missing: str, sentence: str) -> None:
    """Before anything is run."""
    given = (
        {**tools, "PATH": "/usr/bin:/bin"}
        if missing == "PATH"
        else {**tools, missing: ""}
        if missing
        else tools
    )
    done = make("up", f"STACK={stack}", **given)
    assert done.returncode != 0
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("goal", "stack", "folder", "command"),
    [
        ("preview", "platform", "platform", "preview --diff --refresh"),
        ("up", "staging", "service", "up --refresh"),
    ],
)
def test_pulumi_runs_in_the_stacks_folder(
    tools: dict[str, str], goal: str, stack: str, folder: str, command: str
) -> None:
    """The stack is selected, or made with the foundation's key for its secrets."""
    done = make(goal, f"STACK={stack}", **tools)
    first, second = done.stdout.splitlines()
    assert first.endswith(f"infra/{folder}: stack select --create --secrets-provider {key()} {stack}")
    assert second.endswith(f"infra/{folder}: {command}")


def key() -> str:
    """The secrets provider in this project's region."""
    return f"awskms://alias/mlops-pulumi-state?region={names.project().region}"
