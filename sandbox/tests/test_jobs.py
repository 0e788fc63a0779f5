"""sandbox.jobs and sandbox.running: toy containers under SageMaker's contract."""

import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ROLE, until

TRAIN = """
import json, os, pathlib, signal, sys, time
root = pathlib.Path(os.environ["ML_ROOT"])
told = json.loads((root / "input/config/hyperparameters.json").read_text())
print("hello from", os.environ["TRAINING_JOB_NAME"])
if told.get("do") == "fail":
    (root / "output/failure").write_text("the data are wrong")
    sys.exit(3)
if told.get("do") == "sleep":
    def save(*_):
        (root / "model/saved").write_text("in time")
        sys.exit(0)
    signal.signal(signal.SIGTERM, save)
    print("sleeping")
    time.sleep(60)
found = [path for path in sorted((root / "input/data").rglob("*")) if path.is_file()]
files = {str(path.relative_to(root)): path.read_text() for path in found}
seen = {"told": told, "files": files, "arguments": sys.argv[1:], "environment": dict(os.environ)}
(root / "model/seen.json").write_text(json.dumps(seen))
"""
PROCESS = """
import os, pathlib, sys
root = pathlib.Path(os.environ["ML_ROOT"])
text = (root / "processing/input/a.txt").read_text()
(root / "output/message").write_text("read " + text)
if text == "bad":
    sys.exit(1)
(root / "processing/output/deep").mkdir()
(root / "processing/output/deep/upper.txt").write_text(text.upper() + " " + " ".join(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def train(client: Callable[..., Any], bucket: str, image: Callable[..., str]) -> Callable[..., Any]:
    """`train(name, **hyperparameters)` starts a job on one listed file and on all of a prefix."""
    s3, uri = client("s3"), image("train", TRAIN)
    for name in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=f"jobs/data/objects/{name}.txt", Body=name.encode())
    manifest = [{"prefix": f"s3://{bucket}/jobs/data/"}, "objects/b.txt"]
    s3.put_object(Bucket=bucket, Key="jobs/manifest.json", Body=json.dumps(manifest).encode())

    def channel(name: str, kind: str, key: str) -> dict[str, Any]:
        source = {"S3DataType": kind, "S3Uri": f"s3://{bucket}/jobs/{key}"}
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}}

    def start(name: str, *, limit: int = 3600, key: str = "data/", **hyperparameters: str) -> Any:
        client("sagemaker").create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": uri, "TrainingInputMode": "File"},
            RoleArn=ROLE,
            HyperParameters=hyperparameters,
            InputDataConfig=[
                channel("listed", "ManifestFile", "manifest.json"),
                channel("all", "S3Prefix", key),
            ],
            OutputDataConfig={"S3OutputPath": f"s3://{bucket}/jobs/models"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": limit},
            Environment={"EXTRA": "1"},
            Tags=[{"Key": "who", "Value": "toy"}],
        )

    return start


@pytest.fixture(scope="module")
def described(client: Callable[..., Any]) -> Callable[[str], Any]:
    """`described(name)` waits for the end of a training job and answers its description."""

    def ended(name: str) -> Any:
        def done() -> Any:
            job = client("sagemaker").describe_training_job(TrainingJobName=name)
            return job if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

        return until(done, 20)

    return ended


def logged(client: Callable[..., Any], group: str, stream: str) -> list[str]:
    """The lines of a stream."""
    events = client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix=stream)["events"]
    return [event["message"] for event in events]


@pytest.fixture(scope="module")
def seen(client: Any, bucket: str, train: Any, described: Any) -> Any:
    """What the program of a completed job saw."""
    train("job-sees", depth="3")
    artifact = described("job-sees")["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == f"s3://{bucket}/jobs/models/job-sees/output/model.tar.gz"
    body = client("s3").get_object(Bucket=bucket, Key="jobs/models/job-sees/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return json.load(archive.extractfile("seen.json"))


def test_hyperparameters_are_strings(seen: Any) -> None:
    """As given."""
    assert seen["told"] == {"depth": "3"}


def test_a_manifest_stages_what_it_lists(seen: Any) -> None:
    """A prefix stages all; paths are relative to the prefix of either."""
    assert seen["files"] == {
        "input/data/all/objects/a.txt": "a",
        "input/data/all/objects/b.txt": "b",
        "input/data/listed/objects/b.txt": "b",
    }


def test_the_argument_is_train(seen: Any) -> None:
    """SageMaker runs `docker run IMAGE train`."""
    assert seen["arguments"] == ["train"]


def test_the_environment_is_clean(seen: Any) -> None:
    """The job's and the image's variables and the role's credentials, none of the person's."""
    environment = seen["environment"]
    assert environment["EXTRA"] == "1" and environment["TRAINING_JOB_NAME"] == "job-sees"
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA") and environment["AWS_SESSION_TOKEN"]
    assert not {"PYTEST_CURRENT_TEST", "PWD", "SANDBOX_STATE"} & set(environment)


def test_a_completed_job_has_gone_through_the_steps(client: Any, seen: Any) -> None:
    """In AWS's order."""
    job = client("sagemaker").describe_training_job(TrainingJobName="job-sees")
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]


def test_what_it_prints_is_in_cloudwatch(client: Any, seen: Any) -> None:
    """In SageMaker's group."""
    assert logged(client, "/aws/sagemaker/TrainingJobs", "job-sees/algo-1-") == ["hello from job-sees"]


def test_a_job_has_its_tags(client: Any, seen: Any) -> None:
    """Tags are kept by ARN."""
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/job-sees"
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == [{"Key": "who", "Value": "toy"}]


def test_a_name_is_taken_for_good(train: Any, seen: Any) -> None:
    """Also when the job is over."""
    with pytest.raises(ClientError, match="ResourceInUse"):
        train("job-sees")


def test_the_failure_file_is_the_reason(train: Any, described: Any) -> None:
    """With the exit code."""
    train("job-fails", do="fail")
    job = described("job-fails")
    assert (job["TrainingJobStatus"], job["FailureReason"]) == (
        "Failed",
        "AlgorithmError: the data are wrong, exit code: 3",
    )


def test_an_input_that_is_not_there_fails_the_job(train: Any, described: Any) -> None:
    """The job, not the request."""
    train("job-lacks-data", key="nothing/")
    job = described("job-lacks-data")
    assert job["FailureReason"].startswith("ClientError: Data download failed: No S3 objects found under S3 URL")


def test_over_its_time_a_job_is_stopped_and_keeps_what_it_saved(
    client: Any, bucket: str, train: Any, described: Any
) -> None:
    """60 AWS seconds are one."""
    train("job-late", limit=60, do="sleep")
    job = described("job-late")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert client("s3").head_object(Bucket=bucket, Key="jobs/models/job-late/output/model.tar.gz")


def test_a_job_can_be_stopped(client: Any, sandbox: Any, train: Any, described: Any) -> None:
    """And its process is gone."""
    train("job-stops", do="sleep")
    until(lambda: "sleeping" in logged(client, "/aws/sagemaker/TrainingJobs", "job-stops/"))
    client("sagemaker").stop_training_job(TrainingJobName="job-stops")
    assert described("job-stops")["SecondaryStatus"] == "Stopped"
    assert not [child for child in sandbox.processes() if child["name"] == "job-stops"]


def test_a_job_that_is_not_there_is_a_validation_exception(client: Any) -> None:
    """AWS's own oddity."""
    with pytest.raises(ClientError, match=r"ValidationException.*Requested resource not found"):
        client("sagemaker").describe_training_job(TrainingJobName="nowhere")


def test_an_image_that_is_not_there_is_refused_at_once(client: Any, bucket: str) -> None:
    """A job's name is not spent on it."""
    with pytest.raises(ClientError, match="toy/none"):
        client("sagemaker").create_processing_job(**processing("job-no-image", "1.dkr.ecr/toy/none:1", bucket, "a"))


def test_jobs_are_listed_by_status(client: Any, seen: Any) -> None:
    """Newest first."""
    found = client("sagemaker").list_training_jobs(StatusEquals="Completed", NameContains="job-sees")
    assert [job["TrainingJobName"] for job in found["TrainingJobSummaries"]] == ["job-sees"]


def test_pipe_mode_is_refused(client: Any, bucket: str) -> None:
    """It would stage nothing."""
    request = processing("job-mode", "x", bucket, "a")
    request["ProcessingInputs"][0]["S3Input"]["S3InputMode"] = "Pipe"
    with pytest.raises(ClientError, match=r"NotInSandbox.*S3InputMode Pipe"):
        client("sagemaker").create_processing_job(**request)


def processing(name: str, uri: str, bucket: str, text: str) -> dict[str, Any]:
    """A request for a processing job on one object."""
    source = {
        "S3Uri": f"s3://{bucket}/jobs/processing/{text}/a.txt",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "LocalPath": "/opt/ml/processing/input",
    }
    output = {
        "S3Uri": f"s3://{bucket}/jobs/processed/{name}",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": name,
        "AppSpecification": {"ImageUri": uri, "ContainerArguments": ["shout"]},
        "RoleArn": ROLE,
        "ProcessingInputs": [{"InputName": "text", "S3Input": source}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "text", "S3Output": output}]},
        "ProcessingResources": {"ClusterConfig": cluster},
    }


@pytest.fixture(scope="module")
def processed(client: Any, bucket: str, image: Any) -> Callable[[str], Any]:
    """`processed(text)` is the description of a job that ran on `text`."""
    uri = image("process", PROCESS)

    def run(text: str) -> Any:
        client("s3").put_object(Bucket=bucket, Key=f"jobs/processing/{text}/a.txt", Body=text.encode())
        name = f"job-processes-{text}"
        client("sagemaker").create_processing_job(**processing(name, uri, bucket, text))

        def done() -> Any:
            job = client("sagemaker").describe_processing_job(ProcessingJobName=name)
            return job if job["ProcessingJobStatus"] != "InProgress" else None

        return until(done, 20)

    return run


def test_outputs_of_processing_are_uploaded(client: Any, bucket: str, processed: Any) -> None:
    """With their folders; arguments arrive."""
    assert processed("good")["ProcessingJobStatus"] == "Completed"
    body = client("s3").get_object(Bucket=bucket, Key="jobs/processed/job-processes-good/deep/upper.txt")["Body"]
    assert body.read() == b"GOOD shout"


def test_a_failed_processing_job_has_its_message(client: Any, processed: Any) -> None:
    """From output/message."""
    job = processed("bad")
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Failed", "read bad")
    assert job["FailureReason"].endswith("exit code: 1")
