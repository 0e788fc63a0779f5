"""Tests of sandbox.capacity: instances that come and go at the wish of a caller."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hosted import Account, account


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with an endpoint `fleet` of one instance."""
    with account(tmp_path_factory.mktemp("capacity"), 300) as its:
        its.endpoint("fleet", its.config("fleet"))
        yield its


def ask(aws: Account, count: int, endpoint: str = "fleet", **more: Any) -> None:
    """Ask for `count` instances of a variant."""
    wish = {"VariantName": "live", "DesiredInstanceCount": count} | more
    aws.sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=[wish])


def running(aws: Account, endpoint: str = "fleet") -> int:
    """How many processes serve an endpoint."""
    return sum(str(child["name"]).startswith(f"{endpoint}/") for child in aws.world.processes.list())


def test_more_instances_really_run(aws: Account) -> None:
    """The endpoint is Updating and says what it does, then three processes share the requests."""
    ask(aws, 3)
    its = aws.describe("fleet")
    [variant] = its["ProductionVariants"]
    assert (its["EndpointStatus"], variant["CurrentInstanceCount"]) == ("Updating", 1)
    assert variant["VariantStatus"][0]["StatusMessage"] == "Scaling out desired instance count to 3."
    assert "PendingDeploymentSummary" not in its
    [variant] = aws.settled("fleet")["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"], running(aws)) == (3, 3, 3)


def test_fewer_instances_fail_no_request(aws: Account) -> None:
    """Those that go answer first what they have begun."""
    ask(aws, 3)
    aws.settled("fleet")
    with aws.traffic("fleet") as got:
        ask(aws, 1)
        aws.settled("fleet")
        time.sleep(0.2)
    assert (running(aws), set(got)) == (1, {"fleet"})


def test_one_thing_at_a_time(aws: Account) -> None:
    """While the capacity changes nothing else is taken."""
    ask(aws, 2)
    for call in (lambda: ask(aws, 3), lambda: aws.update("fleet", "fleet")):
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            call()
    aws.settled("fleet")


def test_a_change_that_fails_keeps_what_was(aws: Account) -> None:
    """An instance that can't start any more: the endpoint is InService with the old count and says why."""
    aws.endpoint("stuck", aws.config("stuck"))
    aws.world.hosting.models.get("stuck", "").request["PrimaryContainer"]["Environment"]["MODE"] = "crash"
    ask(aws, 2, "stuck")
    its = aws.settled("stuck")
    [variant] = its["ProductionVariants"]
    assert (its["EndpointStatus"], variant["DesiredInstanceCount"], running(aws, "stuck")) == ("InService", 1, 1)
    assert "did not pass the ping health check" in its["FailureReason"]


@pytest.mark.parametrize(
    ("wish", "told"),
    [({"VariantName": "other"}, "no variant other"), ({"DesiredInstanceCount": 0}, "must be at least 1")],
)
def test_refused(aws: Account, wish: dict[str, Any], told: str) -> None:
    """An unknown variant and an empty one are refused, and nothing is under way."""
    with pytest.raises(ClientError, match=told):
        ask(aws, 2, **wish)
    assert aws.describe("fleet")["EndpointStatus"] == "InService"


def test_an_update_keeps_the_count_only_if_asked(aws: Account) -> None:
    """RetainAllVariantProperties keeps the count of today, not that of the old configuration."""
    aws.endpoint("kept", aws.config("kept"))
    ask(aws, 2, "kept")
    aws.settled("kept")
    aws.update("kept", aws.config("kept-new"), wait=0, final=0, RetainAllVariantProperties=True)
    assert aws.settled("kept")["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    aws.sagemaker.update_endpoint(EndpointName="kept", EndpointConfigName="kept")
    assert aws.settled("kept")["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def test_weights_move_the_traffic(aws: Account) -> None:
    """Of two variants, the one whose weight becomes 0 gets nothing."""
    aws.config("both")
    its = {"ModelName": "both", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    variants = [its | {"VariantName": name} for name in ("a", "b")]
    aws.sagemaker.create_endpoint_config(EndpointConfigName="two", ProductionVariants=variants)
    aws.endpoint("two", "two")
    wish = [{"VariantName": "a", "DesiredWeight": 0.0}]
    aws.sagemaker.update_endpoint_weights_and_capacities(EndpointName="two", DesiredWeightsAndCapacities=wish)
    weights = {each["VariantName"]: each["CurrentWeight"] for each in aws.settled("two")["ProductionVariants"]}
    answers = [aws.runtime.invoke_endpoint(EndpointName="two", Body=b"1") for _ in range(20)]
    assert weights == {"a": 0.0, "b": 1.0}
    assert Counter(answer["InvokedProductionVariant"] for answer in answers) == {"b": 20}
