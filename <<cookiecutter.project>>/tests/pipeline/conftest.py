"""A project in a temporary folder, and an AWS account that keeps records but runs nothing."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from sandbox import start
from sandbox.docker import containers

from model import metrics
from pipeline import aws, beat, intervals, ledger, manifest, names

REPOSITORY = Path(__file__).parents[2]
PROJECT = """
name = "flights"
description = "a project"
github_owner = "somebody"
region = "eu-west-1"
owner_email = "somebody@example.com"
"""
TAGS = {"project": "flights", "owner": "somebody@example.com", "commit": "none"}  # and the environment
ROLE = "arn:aws:iam::123456789012:role/flights-job"
BUCKET = "flights-123456789012-eu-west-1"
GROUP = "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/flights"
SERVICE = {
    "execution_role_arn": ROLE,
    "instance_type": "ml.m5.large",
    "instance_count": 2,
    "capture_s3_uri": f"s3://{BUCKET}/capture",
    "capture_key_arn": None,
    "volume_key_arn": None,
    "alarm_topic_arn": None,
    "model_package_group": GROUP,
    "subnets": [],
    "security_groups": [],
}
JOB = {
    "role_arn": ROLE,
    "instance_type": "ml.m5.large",
    "instance_count": 1,
    "volume_gb": 10,
    "max_runtime_seconds": 3600,
    "kms_key_arn": None,
    "spot": False,
    "max_wait_seconds": None,
    "subnets": [],
    "security_groups": [],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory is a project with this repository's policy."""
    folder = tmp_path / "flights"
    folder.mkdir()
    (folder / "project.toml").write_text(PROJECT)
    (folder / "policy.toml").write_text((REPOSITORY / "policy.toml").read_text())
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def frame() -> pl.DataFrame:
    """A thousand rows that keep the contract, of a whole month."""
    sample = min((REPOSITORY / "data").rglob("*.parquet"))
    return pl.read_parquet(sample).gather_every(4).head(1000)


@pytest.fixture
def checkout(project: Path) -> Path:
    """The same, with everything that training and its images are made of, committed to main."""
    for name in ("model", "serving", "data"):
        shutil.copytree(REPOSITORY / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Dockerfile", "pyproject.toml", "uv.lock", "README.md", ".gitignore"):
        shutil.copyfile(REPOSITORY / name, project / name)
    git(project, "init", "--quiet", "--initial-branch=main")
    commit(project)
    return project


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state of the sandbox's docker, which is first on the PATH; what it runs is ended after the test."""
    state = tmp_path / "sandbox"
    state.mkdir()
    docker = start.stand_in(state / "bin")
    monkeypatch.setenv("SANDBOX_STATE", str(state))
    monkeypatch.setenv("PATH", f"{docker.parent}{os.pathsep}{os.environ['PATH']}")
    yield state
    containers.end_all(state)


def commit(folder: Path) -> None:
    """Commit whatever is in the folder."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a change")


def git(folder: Path, *words: str) -> None:
    """Run git as somebody, without the user's own settings."""
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607


def place(project: Path, **accounts: str) -> None:
    """Put parts of the project into accounts of their own; the others stay where the credentials are."""
    parts = dict.fromkeys((names.REGISTRY, *names.ENVIRONMENTS), "123456789012") | accounts
    lines = "".join(f'{part} = "{account}"\n' for part, account in parts.items())
    with (project / "project.toml").open("a") as file:
        file.write(f"[accounts]\n{lines}")


@pytest.fixture
def cloud(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Clients of an account in which both stacks have been applied, without an endpoint."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(aws, "poll", lambda: None)
    monkeypatch.setattr(beat, "SHORTEST", 0.05)
    monkeypatch.setattr(beat, "INTERVAL_SECONDS", 0.05)
    with mock_aws():  # the clients are kept from test to test: making them takes longer than most tests
        _apply_stacks()
        yield aws.client


def _apply_stacks() -> None:
    here = names.project()
    location = {"LocationConstraint": here.region}
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=here.name)
    uris = {}
    for target in ("train", "serve"):
        made = aws.client("ecr").create_repository(repositoryName=names.repository(here, target))
        uris[target] = made["repository"]["repositoryUri"]
    published = {
        ("platform", "storage"): {"bucket": BUCKET, "kms_key_arn": None},
        ("platform", "images"): uris,
        ("platform", "registry"): {"model_package_group": here.name},
        ("platform", "jobs", "train"): JOB,
        ("platform", "jobs", "validate"): JOB,
        ("platform", "jobs", "evaluate"): JOB,
        ("platform", "jobs", "replay"): JOB,
        ("platform", "jobs", "monitor"): JOB,
        ("platform", "jobs", "ingest"): JOB,
    }
    for environment in names.ENVIRONMENTS:
        table = names.ledger(here, environment)
        aws.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "release", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "release", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        own = {"endpoint": names.endpoint(here, environment), "ledger_table": table}
        published[(environment, "service")] = {**SERVICE, **own}
    for path, value in published.items():
        name = names.parameter(here, *path)
        aws.client("ssm").put_parameter(Name=name, Value=json.dumps(value), Type="String")


@pytest.fixture
def register(cloud: Callable[[str], Any]) -> Callable[..., int]:
    """Put a version into the registry; returns its number."""

    def put(status: str = "Approved", model: str = "one") -> int:
        made = cloud("sagemaker").create_model_package(
            ModelPackageGroupName="flights",
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [
                    {"Image": "repository@sha256:1", "ModelDataUrl": f"s3://{BUCKET}/{model}.tar.gz"}
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            CustomerMetadataProperties={"train_image": "repository@sha256:2"},
        )
        return int(made["ModelPackageArn"].rsplit("/", 1)[1])

    return put


def tags_of(arn: str) -> dict[str, str]:
    """The tags of what SageMaker has."""
    return {one["Key"]: one["Value"] for one in aws.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]}


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Intervals from a tenth of the resamples, where a test asks which number has one, and not how wide."""
    monkeypatch.setattr(intervals, "RESAMPLES", 100)
    intervals._draws.cache_clear()
    yield
    intervals._draws.cache_clear()


def evaluation(
    skill: float = 1, rows: int = 2000, *, days: int = 10, weak: str = "", leak: bool = False, **more: Any
) -> dict[str, Any]:
    """An evaluation of a model that sees `skill` of what can be seen, nothing in the segment `weak`.

    With `leak` it sees the labels, which are the same in each. Every second row is in origin=JFK, the others
    in origin=LGA.
    """
    random, each = np.random.default_rng(5), rows // days
    tallies: dict[str, dict[str, Any]] = {"all": {}, "origin=JFK": {}, "origin=LGA": {}}
    base, total = {}, np.zeros(metrics.SIZE)
    jfk = np.arange(each) % 2 == 0
    parts = {"all": jfk | True, "origin=JFK": jfk, "origin=LGA": ~jfk}
    for day in (f"2013-06-{day + 1:02}" for day in range(days)):
        seen = 1.2 * random.standard_normal(each)
        labels = random.random(each) < 1 / (1 + np.exp(1 - seen))
        lean = np.where(parts[weak], 0, skill) if weak else skill
        scores = np.where(labels, 0.95, 0.05) if leak else 1 / (1 + np.exp(1 - lean * seen))
        total += metrics.tally(labels, scores)
        for name, part in parts.items():
            tallies[name][day] = metrics.encode(metrics.tally(labels[part], scores[part]))
        base[day] = metrics.encode(metrics.tally(labels, np.full(each, 0.3)))
    window = {"from": "2013-02-01T00:00:00+00:00", "to": "2013-05-31T00:00:00+00:00"}
    return {
        "model_sha256": "a" * 64,
        "manifest_sha256": "b" * 64,
        "window": {"from": "2013-06-01T00:00:00+00:00", "to": "2013-06-28T00:00:00+00:00"},
        "rows": rows,
        "model": {
            "columns": [{"name": "distance", "known": "booking", "in_time": True}],
            "training": {"window": window},
        },
        "metrics": {name: float(value) for name, value in metrics.values(total).items()},
        "baseline": {},
        "tallies": tallies,
        "baseline_tallies": {"all": base},
        **more,
    }


def pinned(path: str = "data/1.parquet", **more: Any) -> manifest.Manifest:
    """A manifest of one file, of three months unless `more` says otherwise."""
    entry = {
        "path": path,
        "sha256": "a" * 64,
        "bytes": 1,
        "rows": 1,
        "from": "2013-01-01T00:00:00+00:00",
        "to": "2013-03-31T00:00:00+00:00",
        **more,
    }
    return manifest.pin(None, [entry], time_column="time", schema={"time": "Datetime"}, evaluation_days=28)


def keep(table: str, record: ledger.Record) -> None:
    """Put a record into the ledger, as if it had been released."""
    aws.client("dynamodb").put_item(TableName=table, Item=ledger.encode(record))


class Fleet:
    """SageMaker with one endpoint that can be updated; everything else is the account's own.

    `becomes` says which configuration an update ends with, given the old and the asked one. `staged` has the
    stages of versions, which moto does not keep.
    """

    def __init__(self, account: Any) -> None:
        """Begin without an endpoint."""
        self.account = account
        self.states: list[tuple[str, str]] = []
        self.updates: list[dict[str, Any]] = []
        self.staged: dict[str, dict[str, str]] = {}
        self.becomes: Callable[[str, str], str] = lambda old, asked: asked
        self.modified = datetime(2026, 3, 1, tzinfo=UTC)
        self.deployment: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """Any other operation."""
        return getattr(self.account, name)

    def update_model_package(self, ModelLifeCycle: dict[str, str], **request: Any) -> None:  # noqa: N803
        """Move a version, and change what else the request says."""
        self.staged[request["ModelPackageArn"]] = ModelLifeCycle
        if "ModelApprovalStatus" in request:  # which moto takes away where there is none
            self.account.update_model_package(**request)

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803  # AWS's spelling
        """A version with its stage, if it has one."""
        described: dict[str, Any] = self.account.describe_model_package(ModelPackageName=ModelPackageName)
        return self._with_stage(described)

    def get_paginator(self, operation: str) -> Any:
        """The account's own; versions with their stages."""
        paginator = self.account.get_paginator(operation)
        if operation != "list_model_packages":
            return paginator
        key = "ModelPackageSummaryList"
        pages = lambda **only: [  # noqa: E731
            {key: [self._with_stage(one) for one in page[key]]} for page in paginator.paginate(**only)
        ]
        return SimpleNamespace(paginate=pages)

    def _with_stage(self, package: dict[str, Any]) -> dict[str, Any]:
        stage = self.staged.get(package["ModelPackageArn"])
        return {**package, "ModelLifeCycle": stage} if stage else package

    def stages(self) -> dict[int, str]:
        """The stage of each version that has one."""
        return {int(arn.rsplit("/", 1)[1]): staged["Stage"] for arn, staged in self.staged.items()}

    def serve(self, config: str) -> None:
        """Create the endpoint."""
        self.states = [("InService", config)]

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803  # AWS's spelling
        """The present state; each look moves an update on."""
        if not self.states:
            error = {"Code": "ValidationException", "Message": f"Could not find endpoint {EndpointName}"}
            raise ClientError({"Error": error}, "DescribeEndpoint")
        status, config = self.states[0]
        self.states = self.states[1:] or self.states
        variants = [{"VariantName": names.VARIANT, "DesiredInstanceCount": 2}]
        return {
            "EndpointStatus": status,
            "EndpointConfigName": config,
            "ProductionVariants": variants,
            "LastModifiedTime": self.modified,
            "LastDeploymentConfig": self.deployment,
            **self._pending(status),
        }

    def _pending(self, status: str) -> dict[str, Any]:
        """Where an update leads."""
        if status != "Updating" or not self.updates:
            return {}
        return {"PendingDeploymentSummary": {"EndpointConfigName": self.updates[-1]["EndpointConfigName"]}}

    def update_endpoint(self, **request: Any) -> None:
        """Begin an update, and foresee its end."""
        self.updates.append(request)
        self.modified = datetime.now(UTC)
        self.deployment = request["DeploymentConfig"]
        old = self.states[0][1]
        self.states = [("Updating", old), ("InService", self.becomes(old, request["EndpointConfigName"]))]

    def delete_endpoint(self, EndpointName: str) -> None:  # noqa: N803  # AWS's spelling
        """Delete the endpoint."""
        self.states = []


@pytest.fixture
def fleet(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """The account's endpoint."""
    real = aws.client
    found = Fleet(real("sagemaker"))
    monkeypatch.setattr(aws, "client", lambda service: found if service == "sagemaker" else real(service))
    monkeypatch.setattr(aws, "observer", lambda environment: aws.client)
    return found
