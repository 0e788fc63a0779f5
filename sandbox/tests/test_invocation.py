"""Tests of sandbox.invocation: what a request gets, and what is counted and captured of it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hosted import Account, account


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account at AWS's own pace times 60, with an endpoint per behaviour."""
    with account(tmp_path_factory.mktemp("invocation"), 60) as its:
        its.world.client("s3").create_bucket(
            Bucket="traffic", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        capture = {
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://traffic/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {
                "CsvContentTypes": ["text/csv"],
                "JsonContentTypes": ["application/json"],
            },
        }
        for mode in ("good", "bad", "picky"):
            assert (
                its.endpoint(mode, its.config(mode, mode, DataCaptureConfig=capture))["EndpointStatus"] == "InService"
            )
        yield its


def total(aws: Account, metric: str, endpoint: str, stat: str = "Sum", *, config: bool = True) -> float:
    """A metric over the last hour, of the endpoint's configuration or else of its variant."""
    names = {"EndpointName": endpoint, "VariantName": "live"} | ({"EndpointConfigName": endpoint} if config else {})
    dimensions = [{"Name": key, "Value": value} for key, value in names.items()]
    asked = {"Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions}}
    now = datetime.now(UTC)
    answer = aws.cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": asked | {"Period": 86400, "Stat": stat}}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(seconds=1),
    )
    values = answer["MetricDataResults"][0]["Values"]
    return float(max(values)) if stat.startswith("p") else float(sum(values))


def test_the_containers_answer(aws: Account) -> None:
    """Body, content type, custom attributes and the variant come back; the container was run with `serve`."""
    answer = aws.runtime.invoke_endpoint(EndpointName="good", Body=b"1,2", ContentType="text/csv")
    assert json.loads(answer["Body"].read()) == {"got": "1,2", "argument": "serve"}
    assert (answer["ContentType"], answer["CustomAttributes"], answer["InvokedProductionVariant"]) == (
        "application/json",
        "model=good",
        "live",
    )


@pytest.mark.parametrize(("endpoint", "status"), [("bad", 500), ("picky", 400)])
def test_a_containers_error_is_a_model_error(aws: Account, endpoint: str, status: int) -> None:
    """What the container answers with an error is ModelError with its status and words."""
    with pytest.raises(ClientError) as refused:
        aws.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"7")
    answer: dict[str, Any] = {**refused.value.response}
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("ModelError", 424)
    assert (answer["OriginalStatusCode"], json.loads(answer["OriginalMessage"])["got"]) == (status, "7")


def test_an_unknown_endpoint(aws: Account) -> None:
    """An endpoint that doesn't exist is a ValidationError."""
    with pytest.raises(ClientError, match="Endpoint nobody of account 123456789012 not found") as refused:
        aws.runtime.invoke_endpoint(EndpointName="nobody", Body=b"")
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_an_unknown_target_variant(aws: Account) -> None:
    """A target variant that the endpoint doesn't have is a ValidationError."""
    with pytest.raises(ClientError, match="Variant other of endpoint good not found"):
        aws.runtime.invoke_endpoint(EndpointName="good", Body=b"", TargetVariant="other")


@pytest.mark.parametrize(("endpoint", "errors"), [("good", (0.0, 0.0)), ("bad", (0.0, 3.0)), ("picky", (3.0, 0.0))])
def test_every_request_is_counted(aws: Account, endpoint: str, errors: tuple[float, float]) -> None:
    """Three more requests are three more Invocations, errors of their kind, and samples of 0 of the other."""
    metrics = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
    before = [total(aws, metric, endpoint) for metric in metrics]
    samples = total(aws, "Invocation5XXErrors", endpoint, "SampleCount", config=False)
    for _ in range(3):
        aws.invoke(endpoint)
    after = [total(aws, metric, endpoint) for metric in metrics]
    assert [b - a for a, b in zip(before, after, strict=True)] == [3.0, *errors]
    assert total(aws, "Invocation5XXErrors", endpoint, "SampleCount", config=False) == samples + 3


def test_configurations_are_counted_apart(aws: Account) -> None:
    """After an update the variant's metric goes on and the new configuration's begins at zero."""
    aws.endpoint("apart", aws.config("apart"))
    aws.invoke("apart")
    aws.sagemaker.update_endpoint(EndpointName="apart", EndpointConfigName=aws.config("apart-new"))
    aws.settled("apart")
    for _ in range(2):
        aws.invoke("apart")
    assert (total(aws, "Invocations", "apart"), total(aws, "Invocations", "apart", config=False)) == (
        1.0,
        3.0,
    )


def test_latency_is_in_microseconds(aws: Account) -> None:
    """A container that takes 50 ms has a ModelLatency above 50,000, whatever the clock's speed."""
    aws.endpoint("slow", aws.config("slow", environment={"SLEEP": "0.05"}))
    aws.invoke("slow")
    assert 50_000 < total(aws, "ModelLatency", "slow", "p99") < 5_000_000
    assert total(aws, "OverheadLatency", "slow", "p99") > 0


def test_a_dead_container_answers_500(aws: Account) -> None:
    """A process that is gone is a server error of the model, and counted."""
    aws.endpoint("dead", aws.config("dead"))
    for instance in aws.world.hosting.endpoints.find("dead").fleet.instances():
        aws.world.processes.stop(instance.child)
    assert (aws.invoke("dead"), total(aws, "Invocation5XXErrors", "dead")) == ("500", 1.0)


def captured(aws: Account, endpoint: str, count: int) -> list[str]:
    """The captured lines of an endpoint, once there are `count`."""
    s3, lines = aws.world.client("s3"), list[str]()
    for _ in range(60):
        found = s3.list_objects_v2(Bucket="traffic", Prefix=f"capture/{endpoint}/live/").get("Contents", [])
        objects = [s3.get_object(Bucket="traffic", Key=item["Key"])["Body"].read().decode() for item in found]
        lines = "".join(objects).splitlines()
        if len(lines) >= count:
            break
        time.sleep(0.05)
    return lines


def test_answers_are_captured(aws: Account) -> None:
    """What was asked and answered lies in S3, with the caller's inference id."""
    aws.runtime.invoke_endpoint(EndpointName="good", Body=b"42", ContentType="text/csv", InferenceId="row-42")
    end = time.monotonic() + 5
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < end:
        records = [json.loads(line) for line in captured(aws, "good", 1)]
        found = [record for record in records if record["eventMetadata"].get("inferenceId") == "row-42"]
    data = found[0]["captureData"]
    assert (data["endpointInput"]["data"], data["endpointInput"]["encoding"]) == ("42", "CSV")
    assert data["endpointOutput"]["encoding"] == "JSON"


def test_errors_are_not_captured(aws: Account) -> None:
    """A request that the container refused is not in S3 after the capture was written."""
    aws.invoke("bad")
    aws.world.hosting.endpoints.find("bad").fleet.capture.flush()
    assert captured(aws, "bad", 0) == []
