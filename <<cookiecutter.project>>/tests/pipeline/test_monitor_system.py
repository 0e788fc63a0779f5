"""What CloudWatch says of the machines."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline import policy
from pipeline.monitor import system
from pipeline.sections import Slo

from .conftest import REPOSITORY

RULES = policy.load(REPOSITORY)
LIVE = {"ProductionVariants": [{"VariantName": "live", "CurrentInstanceCount": 2}]}
OWN = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "live"}]


def slo() -> Slo:
    """The promises as shipped: 0.5 % may fail."""
    return RULES.slo


def test_the_budget_burns_by_the_share_that_failed() -> None:
    """In each long window; of too few requests nobody can tell."""
    minutes = {"requests": dict.fromkeys(range(1000), 10.0), "failed": {999: 6.0}}
    burning = system.burns(minutes, slo(), 1000)
    assert burning == {
        "fast": pytest.approx(6 / 600 / 0.005),
        "slow": pytest.approx(6 / 3600 / 0.005),
    }
    few = {"requests": {999: 99.0}, "failed": {999: 99.0}}
    assert system.burns(few, slo(), 1000) == {"fast": None, "slow": None}


def test_a_day_costs_what_its_instances_do() -> None:
    """By the price of the policy; without one nobody can tell."""
    assert system.machines(LIVE, "ml.m5.large", {"ml.m5.large": 0.1})["dollars"] == pytest.approx(4.8)
    assert system.machines(LIVE, "ml.c5.large", {"ml.m5.large": 0.1}) == {
        "instances": 2,
        "instance_type": "ml.c5.large",
        "dollars": None,
    }


def put(cloud: Callable[[str], Any], space: str, name: str, *values: float) -> None:
    """A metric's values of the last minutes."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    data = [{"MetricName": name, "Dimensions": OWN, "Value": value, "Timestamp": at} for value in values]
    cloud("cloudwatch").put_metric_data(Namespace=space, MetricData=data)


def test_what_was_counted_is_read(cloud: Callable[[str], Any]) -> None:
    """Requests and saturation; a container's percentages are added up over its two cores."""
    put(cloud, "AWS/SageMaker", "Invocations", 100, 50)
    put(cloud, "AWS/SageMaker", "Invocation4XXErrors", 4)
    put(cloud, "/aws/sagemaker/Endpoints", "CPUUtilization", 80)
    put(cloud, "/aws/sagemaker/Endpoints", "MemoryUtilization", 30)
    now = datetime.now(UTC).timestamp()
    found = system.look("e", LIVE, "ml.m5.large", RULES, now)
    assert (found.requests, found.failed, found.refused) == (150, None, 4)
    assert (found.cpu_percent, found.memory_percent) == (40, 30)
    assert found.bounds == {"fast": 14.4, "slow": 6.0}
    assert found.instances == 2


def test_what_was_not_counted_is_unknown(cloud: Callable[[str], Any]) -> None:
    """An endpoint that nobody asks."""
    found = system.look("e", LIVE, "ml.m5.large", RULES, datetime.now(UTC).timestamp())
    assert (found.requests, found.p95_ms, found.cpu_percent) == (None, None, None)
    assert found.burns == {"fast": None, "slow": None}
