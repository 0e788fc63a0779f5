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


@pytest.mark.parametrize(("name", "frequency"), [("by-ten", 10), ("by-minute", 60)])
def test_invocations_are_stored_as_often_as_they_are_published(aws: Account, name: str, frequency: int) -> None:
    """Every data point of ten seconds begins at a multiple of the publishing frequency."""
    enhanced = {"EnableEnhancedMetrics": True, "MetricPublishFrequencyInSeconds": frequency}
    aws.endpoint(name, aws.config(name, MetricsConfig=enhanced))
    for _ in range(25):
        aws.invoke(name)
        time.sleep(0.04)
    names = {"EndpointName": name, "VariantName": "live", "EndpointConfigName": name}
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations"}
    metric["Dimensions"] = [{"Name": key, "Value": value} for key, value in names.items()]
    stat, now = {"Metric": metric, "Period": 10, "Stat": "SampleCount"}, datetime.now(UTC)
    found = aws.cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
        StartTime=now - timedelta(seconds=60),
        EndTime=now + timedelta(seconds=1),
    )["MetricDataResults"][0]
    numbers = {round(stamp.timestamp() * 60) // 10 for stamp in found["Timestamps"]}
    assert sum(found["Values"]) == 25
    assert (len(numbers) > 3) == (frequency == 10)
    assert all(number % (frequency // 10) == 0 for number in numbers)


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


def captured(aws: Account, endpoint: str, count: int, variant: str = "live") -> list[str]:
    """The captured lines of an endpoint, once there are `count`."""
    s3, lines = aws.world.client("s3"), list[str]()
    for _ in range(60):
        found = s3.list_objects_v2(Bucket="traffic", Prefix=f"capture/{endpoint}/{variant}/").get("Contents", [])
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


@pytest.fixture(scope="module")
def shadowed(aws: Account) -> str:
    """Two endpoints that model `seen` answers: `shadowed` copies to `unseen`, `half` every other one to `failing`."""
    aws.world.hosting.draws.seed(3)
    for name, mode in (("seen", "good"), ("unseen", "good"), ("failing", "bad")):
        aws.config(name, mode)
    capture = aws.sagemaker.describe_endpoint_config(EndpointConfigName="good")["DataCaptureConfig"]
    its = {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    for name, model, weight in (("shadowed", "unseen", 1.0), ("half", "failing", 2.0)):
        aws.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[its | {"VariantName": "live", "ModelName": "seen", "InitialVariantWeight": weight}],
            ShadowProductionVariants=[its | {"VariantName": "shadow", "ModelName": model}],
            DataCaptureConfig=capture,
        )
        aws.endpoint(name, name)
    return "shadowed"


def counted(aws: Account, endpoint: str, metric: str, enough: float) -> float:
    """A metric of the shadow variant, once it is `enough` or 3 s are over: nobody waits for a copy."""
    end = time.monotonic() + 3
    while (found := total_of(aws, metric, endpoint)) < enough and time.monotonic() < end:
        time.sleep(0.05)
    return found


def settled(aws: Account, endpoint: str) -> tuple[float, float]:
    """The shadow's requests and how many it failed, once two looks at them see the same."""
    before, now = (-1.0, -1.0), (0.0, 0.0)
    while now != before:
        time.sleep(0.3)
        before, now = now, (total_of(aws, "Invocations", endpoint), total_of(aws, "Invocation5XXErrors", endpoint))
    return now


def total_of(aws: Account, metric: str, endpoint: str) -> float:
    """A metric of the shadow variant over the last hour."""
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "shadow"}]
    now = datetime.now(UTC)
    points = aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker", MetricName=metric, Dimensions=dimensions, Period=86400, Statistics=["Sum"],
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(seconds=1),
    )["Datapoints"]  # fmt: skip
    return float(sum(point["Sum"] for point in points))


def test_a_shadow_variant_gets_copies(aws: Account, shadowed: str) -> None:
    """The caller sees the production variant alone; the copies are counted under the shadow's own name."""
    answers = {aws.invoke(shadowed) for _ in range(10)}
    assert answers == {"seen"}
    assert counted(aws, shadowed, "Invocations", 10) == 10
    [shadow] = aws.describe(shadowed)["ShadowProductionVariants"]
    assert (shadow["VariantName"], shadow["CurrentInstanceCount"]) == ("shadow", 1)


def test_what_a_shadow_answers_is_captured(aws: Account, shadowed: str) -> None:
    """Its lines lie beside the production variant's, with the caller's inference id."""
    aws.runtime.invoke_endpoint(EndpointName=shadowed, Body=b"7", ContentType="text/csv", InferenceId="row-7")

    def ids(variant: str) -> list[str]:
        lines = [json.loads(line) for line in captured(aws, shadowed, 1, variant)]
        return [line["eventMetadata"].get("inferenceId") for line in lines]

    end = time.monotonic() + 5
    while not all("row-7" in ids(variant) for variant in ("live", "shadow")) and time.monotonic() < end:
        time.sleep(0.1)
    assert all("row-7" in ids(variant) for variant in ("live", "shadow"))


def test_a_shadows_failures_reach_nobody(aws: Account, shadowed: str) -> None:
    """Its weight of 1 beside 2 is half of the requests; all of these copies fail, and no caller notices."""
    assert {aws.invoke("half") for _ in range(60)} == {"seen"}
    counted(aws, "half", "Invocations", 20)
    copies, failed = settled(aws, "half")
    assert failed == copies
    assert 20 <= copies <= 40


def test_a_shadow_variant_is_no_target(aws: Account, shadowed: str) -> None:
    """Nobody can ask it directly."""
    with pytest.raises(ClientError, match="Variant shadow of endpoint shadowed not found"):
        aws.runtime.invoke_endpoint(EndpointName=shadowed, Body=b"", TargetVariant="shadow")


def test_errors_are_not_captured(aws: Account) -> None:
    """A request that the container refused is not in S3 after the capture was written."""
    aws.invoke("bad")
    aws.world.hosting.endpoints.find("bad").fleet.capture.flush()
    assert captured(aws, "bad", 0) == []
