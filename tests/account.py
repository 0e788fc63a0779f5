"""A sandbox with what the programs of two projects make, and who comes to it with which token."""

import os
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from pipeline import names
from sandbox.access.issuer import Issuer, Job

HERE = "123456789012"


@dataclass(frozen=True)
class Account:
    """A running sandbox. `environment` is what it told to export."""

    environment: dict[str, str]
    command: Path
    region: str

    def apply(self, folder: str | Path, stack: str, project: Path) -> None:
        """Apply one of a project's programs."""
        done = subprocess.run(
            [self.command, "up", folder, "--stack", stack],
            cwd=project,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def push(self, uri: str, program: str, folder: Path) -> None:
        """Build an image that runs `program` (Python source) in `folder`, and push it as `uri`."""
        (folder / "toy.py").write_text(program)
        entrypoint = '["python", "-m", "toy"]'
        (folder / "Dockerfile").write_text(
            f"FROM scratch AS toy\nWORKDIR /app\nCOPY toy.py ./\nENTRYPOINT {entrypoint}\n"
        )
        docker = Path(self.environment["SANDBOX_STATE"]) / "bin/docker"
        own = ("--provenance=false", "--output", "type=image,push=true,oci-mediatypes=false")
        words = [docker, "buildx", "build", "--target", "toy", "--tag", uri, *own, folder]
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def client(self, service: str, *, url: str = "", **keys: str) -> Any:
        """A client with these credentials; the administrator's without any."""
        own = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox", **keys}
        return boto3.client(
            service,
            endpoint_url=url or self.environment["AWS_ENDPOINT_URL"],
            region_name=self.region,
            config=Config(retries={"total_max_attempts": 1}),
            **own,
        )

    def take(self, project: names.Project, purpose: str, job: Job) -> dict[str, str]:
        """The credentials of a project's role for a workflow's job, as keyword arguments of `client`."""
        token = Issuer.read(Path(self.environment["SANDBOX_STATE"])).token(job)
        taken = self.client("sts").assume_role_with_web_identity(
            RoleArn=names.role_arn(project, HERE, purpose), RoleSessionName="job", WebIdentityToken=token
        )["Credentials"]
        return {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }


@contextmanager
def sandbox(command: Path, folder: Path, region: str, *options: str) -> Iterator[Account]:
    """Start `command` with its state in `folder`; it ends with the block."""
    started = subprocess.Popen(
        [command, "start", "--state", folder, "--region", region, "--until-stdin-closes", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdin and started.stdout
    environment = dict(os.environ)
    try:
        for line in iter(started.stdout.readline, "ready\n"):
            assert line, f"sandbox start ended with {started.wait()}"
            name, _, value = shlex.split(line)[1].partition("=")
            environment[name] = value
        threading.Thread(target=started.stdout.read, daemon=True).start()  # so that it never blocks on a full pipe
        yield Account(environment, command, region)
    finally:
        started.stdin.close()
        try:
            started.wait(timeout=30)
        except subprocess.TimeoutExpired:
            started.kill()  # what it has started ends with it, however it ends
            raise


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    """Code and message of what a call must be refused with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was not refused")
