"""One sandbox for all tests, at 60 times AWS's speed, and an image to run in it."""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config

from sandbox.world import without_account

REGION = "eu-west-1"
os.environ |= {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}  # as `sandbox start` exports
DOCKERS_OWN = ("--provenance=false", "--output", "type=image,push=true,oci-mediatypes=false")  # the manifest, pushed
ROLE = "arn:aws:iam::123456789012:role/service-role/toy"


@dataclass
class Sandbox:
    """A running `sandbox start`."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    folder: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.environment["AWS_ENDPOINT_URL"]

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of `service`, without boto3's own checks, so that the sandbox's are seen.

        `key` is another administrator's; `session` is what STS answered, to call in that session.
        """
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False, s3={"addressing_style": "path"})
        key, given = options.pop("key", "test"), options.pop("session", {}).get("Credentials", {})
        client = boto3.client(
            service,
            endpoint_url=options.pop("url", self.url),
            region_name=options.pop("region_name", REGION),
            aws_access_key_id=given.get("AccessKeyId", key),
            aws_secret_access_key=given.get("SecretAccessKey", key),
            aws_session_token=given.get("SessionToken"),
            config=config,
        )
        client.meta.events.register("before-sign.s3-control", without_account)
        return client

    def docker(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the stand-in that `start` put on PATH."""
        return subprocess.run(["docker", *words], env=self.environment, capture_output=True, text=True, check=False)

    def processes(self) -> list[dict[str, Any]]:
        """The running children."""
        with urlopen(f"{self.url}/sandbox/processes", timeout=5) as answer:
            return json.load(answer)


def start(folder: Path, *options: str) -> Sandbox:
    """Start a sandbox with its state in `folder`, and wait until it is ready."""
    command = [sys.executable, "-m", "sandbox", "start", "--state", str(folder), "--region", REGION]
    process = subprocess.Popen(
        [*command, "--until-stdin-closes", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    environment = dict(os.environ)
    for line in iter(process.stdout.readline, ""):
        if line == "ready\n":
            threading.Thread(target=process.stdout.read, daemon=True).start()  # so that it never blocks on a full pipe
            return Sandbox(process, environment, folder)
        name, _, value = shlex.split(line)[1].partition("=")
        environment[name] = value
    raise AssertionError(f"sandbox start ended with {process.wait()}")


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox that all tests share: tests take names of their own."""
    running = start(tmp_path_factory.mktemp("sandbox") / "state")
    make_role(running.client("iam"), ROLE)
    yield running
    running.process.stdin.close()
    assert running.process.wait(timeout=30) == 0


def make_role(iam: Any, arn: str, *statements: dict[str, Any]) -> None:
    """A role that SageMaker may take; it may do everything, or what `statements` say."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    path, _, name = arn.partition(":role")[2].rpartition("/")
    iam.create_role(RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*(statements or (every,))))


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="session")
def client(sandbox: Sandbox) -> Callable[..., Any]:
    """`client(service)` is a boto3 client of the shared sandbox."""
    return sandbox.client


@pytest.fixture(scope="session")
def bucket(client: Callable[..., Any]) -> str:
    """A bucket that all tests share: they take prefixes of their own."""
    client("s3").create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "shared"


@pytest.fixture(scope="session")
def image(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """`image(name, program)` is the URI of a pushed image whose entrypoint runs `program` (Python source)."""

    def pushed(name: str, program: str, entrypoint: Sequence[str] = ("python", "-m", "toy")) -> str:
        context = tmp_path_factory.mktemp(name)
        (context / "toy.py").write_text(program)
        (context / "Dockerfile").write_text(
            f"FROM scratch AS toy\nWORKDIR /app\nCOPY toy.py ./\nENTRYPOINT {json.dumps(list(entrypoint))}\n"
        )
        ecr = sandbox.client("ecr")
        uri = ecr.create_repository(repositoryName=f"toy/{name}")["repository"]["repositoryUri"] + ":1"
        done = sandbox.docker("buildx", "build", "--target", "toy", "--tag", uri, *DOCKERS_OWN, str(context))
        assert done.returncode == 0, done.stderr
        return uri

    return pushed


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first true value of `condition`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s")
