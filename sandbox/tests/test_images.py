"""sandbox.images: the layer operations, refused uploads."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ROLE


@pytest.fixture(scope="module")
def ecr(client: Callable[..., Any]) -> Any:
    """ECR, with a repository `layers`."""
    made = client("ecr")
    made.create_repository(repositoryName="layers")
    return made


def upload(ecr: Any, blob: bytes, digest: str) -> str:
    """Upload `blob` in one part and say that it is `digest`."""
    begun = ecr.initiate_layer_upload(repositoryName="layers")["uploadId"]
    ecr.upload_layer_part(
        repositoryName="layers",
        uploadId=begun,
        partFirstByte=0,
        partLastByte=len(blob) - 1,
        layerPartBlob=blob,
    )
    return ecr.complete_layer_upload(repositoryName="layers", uploadId=begun, layerDigests=[digest])["layerDigest"]


def sha(blob: bytes) -> str:
    """The digest of `blob`."""
    return "sha256:" + hashlib.sha256(blob).hexdigest()


def test_an_uploaded_layer_is_available(ecr: Any) -> None:
    """Others are missing."""
    upload(ecr, b"one", sha(b"one"))
    asked = ecr.batch_check_layer_availability(repositoryName="layers", layerDigests=[sha(b"one"), sha(b"none")])
    assert [layer["layerDigest"] for layer in asked["layers"]] == [sha(b"one")]
    assert [failure["failureCode"] for failure in asked["failures"]] == ["MissingLayerDigest"]


def test_a_wrong_digest_is_refused(ecr: Any) -> None:
    """The bytes decide."""
    with pytest.raises(ClientError, match="InvalidLayerException"):
        upload(ecr, b"two", sha(b"three"))


def test_a_gap_between_parts_is_refused(ecr: Any) -> None:
    """Parts are consecutive."""
    begun = ecr.initiate_layer_upload(repositoryName="layers")["uploadId"]
    with pytest.raises(ClientError, match="begins at byte 0, not 5"):
        ecr.upload_layer_part(
            repositoryName="layers", uploadId=begun, partFirstByte=5, partLastByte=5, layerPartBlob=b"x"
        )


def test_a_repository_must_exist(ecr: Any) -> None:
    """As for every operation of ECR."""
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.initiate_layer_upload(repositoryName="nowhere")


OCI = "application/vnd.oci.image.manifest.v1+json"
UNSUPPORTED = (
    rf"Unsupported manifest media type {re.escape(OCI)} for image .*Ensure that valid manifest media type is used"
)


@pytest.fixture(scope="module")
def oci(sandbox: Any, image: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image that could run, pushed with an OCI manifest; its twin has Docker's own."""
    context = tmp_path_factory.mktemp("oci")
    (context / "Dockerfile").write_text('FROM scratch AS toy\nENTRYPOINT ["python", "-c", ""]\n')
    uri = image("twin", "").replace("twin:1", "twin:oci")
    options = ("--provenance=false", "--output", "type=image,push=true")
    assert sandbox.docker("buildx", "build", "--tag", uri, *options, str(context)).returncode == 0
    return uri


def train(client: Callable[..., Any], image: str, name: str) -> Any:
    """Start a training job."""
    return client("sagemaker").create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": "s3://shared/oci"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )


def process(client: Callable[..., Any], image: str, name: str) -> Any:
    """Start a processing job."""
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    return client("sagemaker").create_processing_job(
        ProcessingJobName=name,
        AppSpecification={"ImageUri": image},
        RoleArn=ROLE,
        ProcessingResources={"ClusterConfig": cluster},
    )


def model(client: Callable[..., Any], image: str, name: str) -> Any:
    """Make a model."""
    return client("sagemaker").create_model(ModelName=name, PrimaryContainer={"Image": image}, ExecutionRoleArn=ROLE)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("use", [train, process, model])
def test_an_oci_manifest_is_refused(client: Callable[..., Any], oci: str, use: Callable[..., Any]) -> None:
    """In the words in which CreateModel does it on AWS; the twin with Docker's manifest is taken."""
    with pytest.raises(ClientError, match=UNSUPPORTED) as refused:
        use(client, oci, f"oci-{use.__name__}")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    use(client, oci.replace("twin:oci", "twin:1"), f"docker-{use.__name__}")


def test_an_image_that_is_not_there_does_not_stop_a_model(client: Callable[..., Any]) -> None:
    """An endpoint needs it, a model's record does not."""
    assert model(client, "123456789012.dkr.ecr.eu-west-1.amazonaws.com/none:1", "no-image")["ModelArn"]
