"""The foundation of an account that has some of it already."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from account import Account, sandbox
from conftest import REPOSITORY

REGION = "eu-west-1"
TRAINING, PROCESSING = "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/ProcessingJobs"


@pytest.fixture
def account(project: Path, tmp_path: Path) -> Iterator[Account]:
    """An account in which nothing is."""
    with sandbox(project / ".venv/bin/sandbox", tmp_path / "state", REGION) as empty:
        yield empty


def apply(account: Account, folder: Path, setting: str) -> subprocess.CompletedProcess[str]:
    """Apply a copy of the program in `folder`, with one setting."""
    infra = folder / "infra"
    if not infra.exists():
        shutil.copytree(REPOSITORY / "infra", infra, ignore=shutil.ignore_patterns(".found", "Pulumi.account.yaml"))
    infra.joinpath("Pulumi.account.yaml").write_text(f"config:\n  {setting}\n")
    command = [account.command, "up", infra, "--stack", "account"]
    return subprocess.run(command, cwd=folder, env=account.environment, capture_output=True, text=True)


def test_logs_of_jobs_that_have_run_are_refused_before_anything_is_made(account: Account, tmp_path: Path) -> None:
    """And used as they are when the setting says so."""
    logs = account.client("logs")
    logs.create_log_group(logGroupName=TRAINING)

    refused = apply(account, tmp_path, "foundation:job_logs: create")
    made = account.client("s3").list_buckets()["Buckets"]
    skipped = apply(account, tmp_path, "foundation:job_logs: skip")

    assert refused.returncode == 2
    assert refused.stderr.startswith(f"foundation:job_logs is create, and {TRAINING} is there already: write skip")
    assert made == []
    assert skipped.returncode == 0, skipped.stderr
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == [TRAINING]


def test_its_own_logs_are_not_others(account: Account, tmp_path: Path) -> None:
    """The program finds what it has made itself, and leaves it."""
    first = apply(account, tmp_path, "foundation:job_logs: create")
    second = apply(account, tmp_path, "foundation:job_logs: create")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    kept = account.client("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"]: group["retentionInDays"] for group in kept} == {TRAINING: 90, PROCESSING: 90}


def test_an_identity_provider_that_is_there_is_named_before_pulumi_is_called(account: Account, tmp_path: Path) -> None:
    """The sentence has the ARN to write; an account has one provider for each issuer."""
    iam, url = account.client("iam"), "https://token.actions.githubusercontent.com"
    arn = iam.create_open_id_connect_provider(Url=url)["OpenIDConnectProviderArn"]
    infra = shutil.copytree(REPOSITORY / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns("Pulumi.*.yaml"))
    pulumi = tmp_path / "pulumi"
    pulumi.write_text("#!/bin/sh\necho called\n")
    pulumi.chmod(0o755)
    environment = {**account.environment, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    command = [sys.executable, infra / "found.py", "--yes", "--region", REGION]

    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert done.returncode == 2
    assert f"has GitHub's identity provider already: write foundation:oidc_provider: {arn} below" in done.stderr
    assert "called" not in done.stdout
    infra.joinpath("Pulumi.account.yaml").write_text(f"config:\n  foundation:oidc_provider: {arn}\n")
    told = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "called" in told.stdout
