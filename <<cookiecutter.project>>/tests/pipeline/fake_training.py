"""SageMaker whose training jobs end as a test tells them, and leave a model."""

import io
import json
import tarfile
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from pipeline import aws

from .conftest import BUCKET


class Sagemaker:
    """The account's SageMaker, whose training jobs leave a model; it counts what it starts.

    `status` is what the next jobs come to; a job in progress is completed by the first wait.
    """

    def __init__(self, account: Any) -> None:
        """Begin without a job."""
        self.account, self.status, self.started = account, "Completed", list[str]()

    def __getattr__(self, name: str) -> Any:
        """Any other operation."""
        return getattr(self.account, name)

    def create_training_job(self, **asked: Any) -> None:
        """Count it, and leave a model where the real one would."""
        name = asked["TrainingJobName"]
        self.started.append(name)
        self.account.create_training_job(**asked)
        self.turn(self.status)
        aws.client("s3").put_object(Bucket=BUCKET, Key=f"models/{name}/output/model.tar.gz", Body=archive())

    def turn(self, status: str) -> None:
        """Give the newest job another status."""
        job = sagemaker_backends["123456789012"]["eu-west-1"].training_jobs[self.started[-1]]
        job.training_job_status = status


def archive() -> bytes:
    """A model.tar.gz as small as the record needs it."""
    signature = json.dumps({"training": {"libraries": {"numpy": "2.4"}}}).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as members:
        for name, content in {"model.onnx": b"graph", "signature.json": signature}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
