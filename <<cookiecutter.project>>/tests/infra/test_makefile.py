"""`make preview` and `make up` say what they need, and hand the rest to Pulumi."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline import names

BACKEND = "s3://mlops-pulumi-state-111111111111-eu-west-1/flights?region=eu-west-1"
PULUMI = """#!/bin/sh
echo "$PWD: $*"
case "$*" in "stack select $ABSENT") echo "error: no stack named '$ABSENT' found" >&2; exit 255 ;; esac
"""


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """An environment whose `pulumi` prints where it was called and with what."""
    command = tmp_path / "pulumi"
    command.write_text(PULUMI)
    command.chmod(0o755)
    return {"PATH": f"{tmp_path}:/usr/bin:/bin", "PULUMI_BACKEND_URL": BACKEND}


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


def test_a_preview_makes_no_stack(tools: dict[str, str]) -> None:
    """It runs in the stack's folder, and writes nothing: a role that only reads may do it."""
    select, preview = make("preview", "STACK=platform", **tools).stdout.splitlines()
    assert select.endswith("infra/platform: stack select platform")
    assert preview.endswith("infra/platform: preview --diff --refresh")


def test_a_preview_of_no_stack_says_what_makes_it(tools: dict[str, str]) -> None:
    """Below what Pulumi itself says."""
    done = make("preview", "STACK=staging", ABSENT="staging", **tools)
    assert done.returncode == 2
    assert "make: if there is no stack staging yet, `make up STACK=staging` makes it" in done.stderr
    assert "preview" not in done.stdout


def test_an_up_makes_the_stack(tools: dict[str, str]) -> None:
    """With the foundation's key for its secrets."""
    select, up = make("up", "STACK=staging", **tools).stdout.splitlines()
    provider = key("service", "staging")
    assert select.endswith(f"infra/service: stack select --create --secrets-provider {provider} staging")
    assert up.endswith("infra/service: up --refresh")


def key(program: str, stack: str) -> str:
    """The secrets provider of a stack, as the foundation's README has it."""
    project = names.project()
    alias = f"arn:aws:kms:{project.region}:111111111111:alias/mlops-pulumi-state"
    return f"awskms:///{alias}?region={project.region}&context_stack={project.name}-{program}/{stack}"


def test_another_state_bucket_needs_its_secrets_provider(tools: dict[str, str]) -> None:
    """The account of the key cannot be read from its name."""
    other = {**tools, "PULUMI_BACKEND_URL": "s3://ours/flights"}
    refused = make("up", "STACK=staging", **other)
    assert "write s3://mlops-pulumi-state-ACCOUNT-REGION/" in refused.stderr
    assert "export PULUMI_SECRETS_PROVIDER as well" in refused.stderr
    assert make("up", "STACK=staging", PULUMI_SECRETS_PROVIDER="passphrase", **other).returncode == 0
