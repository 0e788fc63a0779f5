"""Tests of sandbox.scaling: a scalable target keeps its variant in its range."""

from collections.abc import Iterator
from typing import Any

import pytest
from hosted import Account, account


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account."""
    with account(tmp_path_factory.mktemp("scaling"), 300) as its:
        yield its


def register(aws: Account, endpoint: str, least: int, most: int = 4) -> None:
    """Make an endpoint's variant a scalable target."""
    aws.world.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{endpoint}/variant/live",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=least,
        MaxCapacity=most,
    )


def instances(described: dict[str, Any]) -> tuple[int, int]:
    """Current and desired count of the only variant."""
    [variant] = described["ProductionVariants"]
    return variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]


def test_a_higher_minimum_starts_instances(aws: Account) -> None:
    """The registration changes the capacity to a value inside of its range: processes start."""
    aws.endpoint("low", aws.config("low"))
    register(aws, "low", 3)
    assert aws.describe("low")["EndpointStatus"] == "Updating"
    assert instances(aws.settled("low")) == (3, 3)
    assert sum(str(child["name"]).startswith("low/") for child in aws.world.processes.list()) == 3


def test_a_lower_maximum_ends_instances(aws: Account) -> None:
    """Likewise from above."""
    aws.endpoint("high", aws.config("high", count=3))
    register(aws, "high", 1, 2)
    assert instances(aws.settled("high")) == (2, 2)


def test_a_count_in_range_stays(aws: Account) -> None:
    """A lower minimum alone ends no instance."""
    aws.endpoint("within", aws.config("within", count=2))
    register(aws, "within", 1)
    its = aws.describe("within")
    assert (its["EndpointStatus"], instances(its)) == ("InService", (2, 2))


def test_scaling_is_blocked_during_an_update(aws: Account) -> None:
    """A registration is kept, and changes no capacity while the endpoint is updated."""
    aws.endpoint("busy", aws.config("busy"))
    aws.sagemaker.update_endpoint(EndpointName="busy", EndpointConfigName=aws.config("busy-new"))
    register(aws, "busy", 2)
    assert instances(aws.settled("busy")) == (1, 1)


def test_an_endpoint_that_is_not_there(aws: Account) -> None:
    """A target may be registered all the same."""
    register(aws, "nobody", 2)
