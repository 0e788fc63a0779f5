"""pipeline/processing.py: what a processing job is asked to be."""

from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import processing, settings

from .conftest import BUCKET, JOB

STORAGE = settings.Storage(bucket=BUCKET, kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/1")
DEFINITION = settings.Job(**{**JOB, "kms_key_arn": STORAGE.kms_key_arn})  # type: ignore[arg-type]
MADE = processing.request(
    "flights-job-0",
    "image",
    ["python", "-m", "model.job"],
    {"data": ("s3://b/data", "ManifestFile"), "model": ("s3://b/model", "S3Prefix")},
    "results/flights-job-0",
    DEFINITION,
    STORAGE,
)


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong."""
    shape = get_session().get_service_model("sagemaker").operation_model("CreateProcessingJob").input_shape
    assert ParamValidator().validate(MADE, shape).generate_report() == ""


def test_the_container_reaches_no_network() -> None:
    """A dependency that turns bad cannot send data away."""
    assert MADE["NetworkConfig"] == {"EnableNetworkIsolation": True}


def test_each_input_has_a_folder_of_its_name() -> None:
    """The entry point finds it there."""
    sources = {one["InputName"]: one["S3Input"] for one in MADE["ProcessingInputs"]}
    paths = {name: source["LocalPath"] for name, source in sources.items()}
    assert paths == {name: f"/opt/ml/processing/input/{name}" for name in ("data", "model")}
    assert sources["data"]["S3DataType"] == "ManifestFile"


def test_outputs_and_volume_are_encrypted() -> None:
    """By the project's key."""
    outputs = MADE["ProcessingOutputConfig"]
    assert outputs["Outputs"][0]["S3Output"]["S3Uri"] == f"s3://{BUCKET}/results/flights-job-0"
    keys = (outputs["KmsKeyId"], MADE["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"])
    assert keys == (STORAGE.kms_key_arn, STORAGE.kms_key_arn)
