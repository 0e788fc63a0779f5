"""What a processing job is asked to be: one container without a network, inputs in, a folder out."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline import settings

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


def _input(folder: str, uri: str, kind: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "S3DataType": kind, "S3InputMode": "File", "LocalPath": f"{ROOT}/input/{folder}"}
    return {"InputName": folder, "S3Input": source}
