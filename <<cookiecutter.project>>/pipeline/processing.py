"""What a processing job is asked to be: one container without a network, inputs in, a folder out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline import jobs, names, settings, tags

ROOT = "/opt/ml/processing"


def request(
    name: str,
    image: str,
    entrypoint: Sequence[str],
    inputs: Mapping[str, tuple[str, str]],
    prefix: str,
    job: settings.Job,
    storage: settings.Storage,
) -> dict[str, Any]:
    """A CreateProcessingJob request.

    `inputs` are URI and type (API shape ProcessingS3DataType) of each folder below input/; what the container
    leaves in output/ goes to `prefix` of the bucket when it ends.
    """
    kms = {"KmsKeyId": storage.kms_key_arn} if storage.kms_key_arn else {}
    volume = {"VolumeKmsKeyId": job.kms_key_arn} if job.kms_key_arn else {}
    destination = f"s3://{storage.bucket}/{prefix}"
    output = {"S3Uri": destination, "LocalPath": f"{ROOT}/output", "S3UploadMode": "EndOfJob"}
    return {
        "ProcessingJobName": name,
        "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": list(entrypoint)},
        "RoleArn": job.role_arn,
        "ProcessingInputs": [_input(folder, *source) for folder, source in inputs.items()],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "output", "S3Output": output}], **kms},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": job.instance_type,
                "InstanceCount": job.instance_count,
                "VolumeSizeInGB": job.volume_gb,
                **volume,
            }
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": job.max_runtime_seconds},
        "NetworkConfig": {"EnableNetworkIsolation": True, **job.vpc},
    }


def start(
    kind: jobs.Kind,
    digest: str,
    bucket: str,
    key: Callable[[str], str],
    asked: Callable[[str], dict[str, Any]],
) -> str:
    """The name of a job that runs or has run for `digest`; if need be it is started, as `asked` of its name.

    What it leaves is at the `key` of its name.
    """

    def made(name: str) -> dict[str, Any]:
        return {**asked(name), "Tags": tags.present(names.REGISTRY)}

    return jobs.start(kind, digest, lambda name: jobs.exists(bucket, key(name)), made)[0]


def _input(folder: str, uri: str, kind: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "S3DataType": kind, "S3InputMode": "File", "LocalPath": f"{ROOT}/input/{folder}"}
    return {"InputName": folder, "S3Input": source}
