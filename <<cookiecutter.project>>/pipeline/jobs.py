"""Jobs that are named by what determines them: attach to one that runs or has run, or start the next.

A job's name is taken for good, so a failed attempt keeps its name and its log.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from pipeline import aws, names
from pipeline.errors import InfrastructureError
from pipeline.progress import waiting

RUNNING = ("InProgress", "Stopping")


@dataclass(frozen=True)
class Kind:
    """How SageMaker names the parts of a training or of a processing job."""

    word: str  # in the job's name
    create: str
    describe: str
    name_key: str
    status_key: str
    log_group: str


TRAINING = Kind(
    "train",
    "create_training_job",
    "describe_training_job",
    "TrainingJobName",
    "TrainingJobStatus",
    "/aws/sagemaker/TrainingJobs",
)
EXPERIMENT = replace(TRAINING, word="experiment")
PROCESSING = Kind(
    "evaluate",
    "create_processing_job",
    "describe_processing_job",
    "ProcessingJobName",
    "ProcessingJobStatus",
    "/aws/sagemaker/ProcessingJobs",
)
VALIDATION = replace(PROCESSING, word="validate")
INGEST = replace(PROCESSING, word="ingest")
REPLAY = replace(PROCESSING, word="replay")
MONITOR = replace(PROCESSING, word="monitor")


def describe(kind: Kind, name: str) -> dict[str, Any] | None:
    """The job called `name`, or None."""
    return aws.find(getattr(aws.client("sagemaker"), kind.describe), **{kind.name_key: name})


def usable(status: str, has_output: bool) -> bool:
    """Whether to attach to an attempt: it runs, or is done and what it made is still there."""
    return status == "InProgress" or (status == "Completed" and has_output)


def newest(kind: Kind, digest: str, has_output: Callable[[str], bool]) -> tuple[str, bool]:
    """The attempt to use and whether it exists; `has_output` is asked with the name of a completed job."""
    attempt = 1
    while True:
        name = names.job(names.project(), kind.word, digest, attempt)
        found = describe(kind, name)
        if found is None:
            return name, False
        status = found[kind.status_key]
        if usable(status, status == "Completed" and has_output(name)):
            return name, True
        attempt += 1


def start(
    kind: Kind, digest: str, has_output: Callable[[str], bool], request: Callable[[str], dict[str, Any]]
) -> tuple[str, bool]:
    """The newest attempt, started by `request` of its name if need be, and whether it was there.

    Of two runners that start the same job AWS refuses one with ResourceInUse, which then attaches:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """
    name, attached = newest(kind, digest, has_output)
    if attached:
        return name, True
    try:
        getattr(aws.client("sagemaker"), kind.create)(**request(name))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceInUse":
            raise
        return name, True
    return name, False


def wait(kind: Kind, name: str) -> dict[str, Any]:
    """Wait until the job is completed. Raises InfrastructureError with the job's own reason if it fails."""
    with waiting(name) as show:
        while True:
            found = describe(kind, name) or {kind.status_key: "gone"}
            status = found[kind.status_key]
            show(found.get("SecondaryStatus", status))
            if status not in RUNNING:
                break
            aws.poll()
    if status != "Completed":
        reason = " ".join(
            str(found.get("FailureReason") or found.get("ExitMessage") or "no reason given").split()
        )
        raise InfrastructureError(f"{name} is {status}: {reason} (log group {kind.log_group})")
    return found


def left(bucket: str, key: str) -> Any:
    """The JSON that a job has left in S3. Raises ClientError when it is not there."""
    return json.loads(aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def exists(bucket: str, key: str) -> bool:
    """Whether S3 has an object."""
    return aws.find(aws.client("s3").head_object, Bucket=bucket, Key=key) is not None
