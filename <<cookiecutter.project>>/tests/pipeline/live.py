"""A sandbox in a process of its own, with production's facts and the serving image in it."""

import json
import os
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from pipeline import aws, names

from .conftest import JOB, REPOSITORY

REGION, ACCOUNT, SPEED = "eu-west-1", "123456789012", 60
BUCKET = f"flights-{ACCOUNT}-{REGION}"
ENDPOINT = "flights-production"


@dataclass
class Live:
    """The running account."""

    environment: dict[str, str]

    def client(self, service: str) -> Any:
        """An administrator's client."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",  # noqa: S106  signatures are not verified
        )

    def image(self) -> str:
        """The URI of the serving image, by digest."""
        repository = self.client("ecr").create_repository(repositoryName="flights/serve")["repository"]
        uri = f"{repository['repositoryUri']}:live"
        own = ("--provenance=false", "--output", "type=image,push=true,oci-mediatypes=false")
        words = ["docker", "buildx", "build", "--target", "serve", "--tag", uri, *own, str(REPOSITORY)]
        subprocess.run(words, env=self.environment, check=True, capture_output=True)  # noqa: S603
        found = self.client("ecr").describe_images(repositoryName="flights/serve")["imageDetails"][0]
        return f"{repository['repositoryUri']}@{found['imageDigest']}"


def forget() -> None:
    """Clients of another account."""
    for cached in (aws._own, aws._session, aws._account):
        cached.cache_clear()


@contextmanager
def account(state: Path) -> Iterator[Live]:
    """A sandbox that ends with the context."""
    command = [
        str(Path(sys.executable).parent / "sandbox"),
        "start",
        "--state",
        str(state),
        "--region",
        REGION,
    ]
    options = ["--speed", str(SPEED), "--until-stdin-closes"]
    with subprocess.Popen(  # noqa: S603
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        environment = dict(os.environ)
        for line in iter(process.stdout.readline, "ready\n"):
            name, _, value = shlex.split(line)[1].partition("=")
            environment[name] = value
        try:
            yield Live(environment)
        finally:
            process.stdin.close()
            process.wait(timeout=60)


def furnish(live: Live, trained: Path, scratch: Path, *models: str) -> str:
    """Roles, bucket, facts, the image, which is returned, and the trained model under each name."""
    make_roles(live)
    live.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    with tarfile.open(scratch / "model.tar.gz", "w:gz") as tar:
        for name in ("model.onnx", "signature.json", "reference.json"):
            tar.add(trained / "model" / name, name)
    live.client("s3").upload_file(str(scratch / "model.tar.gz"), BUCKET, "models/model.tar.gz")
    role = f"arn:aws:iam::{ACCOUNT}:role/live"
    service = {
        "endpoint": ENDPOINT,
        "execution_role_arn": role,
        "instance_type": "ml.m5.large",
        "instance_count": 2,
        "capture_s3_uri": f"s3://{BUCKET}/capture/production",
        "ledger_table": f"{ENDPOINT}-releases",
        "model_package_group": "flights",
    }
    facts = {
        ("production", "service"): service,
        ("platform", "storage"): {"bucket": BUCKET},
        ("platform", "jobs", "replay"): JOB | {"role_arn": role},
        ("platform", "jobs", "monitor"): JOB | {"role_arn": role},
    }
    for path, value in facts.items():
        name = names.parameter(names.project(), *path)
        live.client("ssm").put_parameter(Name=name, Value=json.dumps(value), Type="String")
    image = live.image()
    for model in models:
        serve(live, model, image, role)
    return image


@contextmanager
def serving(folder: Path, trained: Path, state: Path, *models: str) -> Iterator[tuple[Live, str]]:
    """An account whose production serves the first of `models`, seen from a folder; and the image."""
    with pytest.MonkeyPatch.context() as patch, account(state) as live:
        patch.chdir(folder)
        for name, value in live.environment.items():
            patch.setenv(name, value)
        patch.setattr(aws, "SPEED", float(SPEED))
        forget()
        image, sagemaker = furnish(live, trained, folder, *models), live.client("sagemaker")
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=models[0])
        waiter = sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=ENDPOINT, WaiterConfig={"Delay": 1})
        yield live, image
    forget()


def make_roles(live: Live) -> None:
    """One role for everything that runs, and the examiners'; all may do everything."""
    anybody = {"AWS": "*", "Service": "sagemaker.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": anybody, "Action": "sts:AssumeRole"}
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    project = names.project()
    examiners = [(project.role_path, names.role(project, one)) for one in ("examine", "inspect")]
    for path, name in (("/", "live"), *examiners):
        documents = [json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, every)]
        iam = live.client("iam")
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=documents[0])
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=documents[1])


def serve(live: Live, model: str, image: str, role: str) -> None:
    """A model and a configuration of that name."""
    container = {
        "Image": image,
        "ModelDataUrl": f"s3://{BUCKET}/models/model.tar.gz",
        "Environment": {"MODEL_ID": model},
    }
    sagemaker = live.client("sagemaker")
    sagemaker.create_model(ModelName=model, PrimaryContainer=container, ExecutionRoleArn=role)
    sagemaker.create_endpoint_config(
        EndpointConfigName=model,
        ProductionVariants=[
            {
                "VariantName": names.VARIANT,
                "ModelName": model,
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/capture/production/{model}",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
        },
    )
