"""Tests of sandbox.faults: rules on fleets, on the metrics that they leave, and on AWS's clock."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from botocore.exceptions import ClientError
from hosted import Account, account
from injected import client, page, put


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A sandbox at 60 times AWS's pace."""
    with account(tmp_path_factory.mktemp("faults"), 60) as its:
        yield its


@pytest.fixture
def aws(running: Account) -> Iterator[Account]:
    """The sandbox, without a rule before and after the test."""
    put(running, [])
    yield running
    page(running, "DELETE")


def counted(aws: Account, config: str, period: int = 60) -> float:
    """The invocations of a configuration in the last minutes."""
    names = {"EndpointName": config, "VariantName": "live", "EndpointConfigName": config}
    dimensions = [{"Name": key, "Value": value} for key, value in names.items()]
    now = datetime.now(UTC)
    found = aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker", MetricName="Invocations", Dimensions=dimensions, Period=period,
        Statistics=["Sum"], StartTime=now - timedelta(seconds=60), EndTime=now + timedelta(seconds=1),
    )  # fmt: skip
    return float(sum(point["Sum"] for point in found["Datapoints"]))


@pytest.fixture(scope="module")
def served(running: Account) -> Account:
    """Two endpoints: `old`, and `pair` that serves `pair-old` and, to half of the requests, `pair-new`."""
    put(running, [])
    running.endpoint("old", running.config("old"))
    running.endpoint("pair", running.config("pair-old", count=2))
    running.update("pair", running.config("pair-new", count=2), wait=3600)
    running.pending("pair", "Baking")
    return running


def answers(aws: Account, endpoint: str, count: int = 60) -> dict[str, int]:
    """How many requests got what."""
    got = [aws.invoke(endpoint) for _ in range(count)]
    return {each: got.count(each) for each in sorted(set(got))}


def test_traffic_to_a_starved_fleet_goes_to_the_other(aws: Account, served: Account) -> None:
    """The new fleet gets nothing while the rule is there; a fleet that is alone leaves nobody to answer."""
    assert list(answers(served, "pair")) == ["pair-new", "pair-old"]
    put(aws, [{"do": "starved", "config": "pair-new"}, {"name": "two", "do": "starved", "endpoint": "old"}])
    assert answers(served, "pair") == {"pair-old": 60}
    assert answers(served, "old", 1) == {"ValidationError": 1}


def test_a_share_of_a_fleets_requests_fails(aws: Account, served: Account) -> None:
    """Half of the new fleet's, none of the old's, and they are counted as its errors."""
    put(aws, [{"do": "errors", "config": "pair-new", "share": 0.5}])
    got = answers(served, "pair", 120)
    assert (list(got), got["500"] > 10, got["pair-new"] > 10) == (["500", "pair-new", "pair-old"], True, True)
    assert page(aws)[0]["hits"] == got["500"]


def test_an_outage_hits_all_fleets(aws: Account, served: Account) -> None:
    """Without a pattern every request fails."""
    put(aws, [{"do": "errors"}])
    assert (answers(served, "pair", 20), answers(served, "old", 5)) == ({"500": 20}, {"500": 5})


def test_a_slow_fleet_has_the_latency(aws: Account, served: Account) -> None:
    """It is part of the model's own, and the other endpoint has none of it."""
    put(aws, [{"do": "slow", "endpoint": "pair", "milliseconds": 80}])
    took = {}
    for endpoint in ("pair", "old"):
        began = time.monotonic()
        served.invoke(endpoint)
        took[endpoint] = time.monotonic() - began
    assert (took["pair"] >= 0.08, took["old"] < took["pair"]) == (True, True)
    names = {"EndpointName": "pair", "VariantName": "live"}
    now = datetime.now(UTC)
    [point] = served.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker", MetricName="ModelLatency", Period=86400, Statistics=["Maximum"],
        Dimensions=[{"Name": key, "Value": value} for key, value in names.items()],
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(seconds=1),
    )["Datapoints"]  # fmt: skip
    assert point["Maximum"] >= 80_000


@pytest.mark.parametrize("do", ["dead", "silent"])
def test_a_container_cannot_start(aws: Account, do: str) -> None:
    """A new fleet that the rule is for fails its health check, in its own time; another starts."""
    put(aws, [{"do": do, "config": f"{do}-new"}])
    began = time.monotonic()
    quick = {"VariantName": "live", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    name = aws.config(f"{do}-new-model", mode="good")
    variant = quick | {"ModelName": name, "ContainerStartupHealthCheckTimeoutInSeconds": 60}
    aws.sagemaker.create_endpoint_config(EndpointConfigName=f"{do}-new", ProductionVariants=[variant])
    described = aws.endpoint(f"{do}-endpoint", f"{do}-new")
    assert (described["EndpointStatus"], "did not pass the ping health check" in described["FailureReason"]) == (
        "Failed",
        True,
    )
    assert time.monotonic() - began < 15
    assert page(aws)[0]["hits"] == 1
    assert aws.endpoint(f"{do}-other", f"{do}-new-model")["EndpointStatus"] == "InService"


def test_metrics_come_late_and_are_revised(aws: Account) -> None:
    """Nothing at first, then half of the requests, then all; a custom metric is there at once."""
    aws.endpoint("late", aws.config("late"))
    for _ in range(20):
        aws.invoke("late")
    assert counted(aws, "late") == 20.0
    put(aws, [{"do": "metrics", "late": 60, "revised": 120, "share": 0.5}])
    seen = [counted(aws, "late")]
    while seen[-1] < 20.0 and len(seen) < 400:
        time.sleep(0.02)
        seen.append(counted(aws, "late"))
    assert (seen[0], seen[-1]) == (0.0, 20.0)
    assert set(seen) & {9.0, 10.0, 11.0}
    datum = {"MetricName": "M", "Value": 1.0}
    aws.cloudwatch.put_metric_data(Namespace="N", MetricData=[datum])
    now = datetime.now(UTC)
    found = aws.cloudwatch.get_metric_statistics(
        Namespace="N", MetricName="M", Period=60, Statistics=["Sum"],
        StartTime=now - timedelta(seconds=9), EndTime=now + timedelta(seconds=1),
    )  # fmt: skip
    assert [point["Sum"] for point in found["Datapoints"]] == [1.0]


@pytest.mark.parametrize("minutes", [0, 5, -5])
def test_a_clock_five_minutes_off(aws: Account, minutes: int) -> None:
    """Answers are dated by AWS's clock, and requests of a client five minutes (5 s here) apart are answered."""
    put(aws, [{"do": "clock", "shift": 60.0 * minutes}])
    answer = client(aws, "sagemaker").list_models()
    date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert abs((date - datetime.now(UTC)).total_seconds() - minutes) < 2


def test_times_are_those_of_awss_clock(aws: Account) -> None:
    """A client that is behind sees a model of its future, and misses what CloudWatch got a moment ago."""
    cloudwatch, sagemaker = client(aws, "cloudwatch"), client(aws, "sagemaker")
    put(aws, [{"do": "clock", "shift": 300}])
    aws.config("of-the-future")
    before = datetime.now(UTC)
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "Skewed", "Value": 1.0}])

    def values(until: datetime) -> list[float]:
        found = cloudwatch.get_metric_statistics(
            Namespace="N", MetricName="Skewed", Period=60, Statistics=["Sum"], StartTime=until - timedelta(seconds=4),
            EndTime=until,
        )  # fmt: skip
        return [point["Sum"] for point in found["Datapoints"]]

    created = sagemaker.describe_model(ModelName="of-the-future")["CreationTime"]
    assert 4 < (created - before).total_seconds() < 8
    assert (values(before + timedelta(seconds=1)), values(before + timedelta(seconds=7))) == ([], [1.0])


def test_a_clock_ten_minutes_off(aws: Account) -> None:
    """AWS refuses a request that is signed more than five minutes from its own time."""
    put(aws, [{"do": "clock", "shift": 600}])
    with pytest.raises(ClientError, match="Signature not within 5 minutes") as refused:
        client(aws, "sagemaker").list_models()
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"
