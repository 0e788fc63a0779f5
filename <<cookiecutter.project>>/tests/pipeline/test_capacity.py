"""An endpoint that scales has room to bake, and scales afterwards as it did before."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, capacity, endpoint, scaling
from pipeline.errors import InfrastructureError

from .guarded import FACTS, RELEASE, RULES

SUBJECT = scaling.variant(FACTS.endpoint)
TRACKING = {
    "PolicyName": "requests",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 3000.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    },
}
NIGHT = {
    "ScheduledActionName": "night",
    "Schedule": "cron(0 22 * * ? *)",
    "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 2},
}


class Endpoint:
    """An endpoint whose instances follow the least capacity, as they do on AWS."""

    def __init__(self, account: Any) -> None:
        """Two instances of one type; the release asks for the same."""
        self.scaling, self.desired, self.comes, self.status = account, 2, True, "InService"
        self.types = {"old": "ml.m5.large", "new": "ml.m5.large"}

    def describe(self, name: str) -> dict[str, Any] | None:
        """DescribeEndpoint."""
        least = [one["MinCapacity"] for one in self.targets()]
        self.desired = max(self.desired, *least, 0)
        come = self.desired if self.comes else 2
        one = {"VariantName": "live", "DesiredInstanceCount": self.desired, "CurrentInstanceCount": come}
        return {"EndpointStatus": self.status, "EndpointConfigName": "old", "ProductionVariants": [one]}

    def targets(self) -> list[dict[str, Any]]:
        """What scales it."""
        found: list[dict[str, Any]] = self.scaling.describe_scalable_targets(ServiceNamespace="sagemaker")[
            "ScalableTargets"
        ]
        return found


@pytest.fixture
def scaled(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """It scales from two to ten instances by its requests, and down at night."""
    client = cloud("application-autoscaling")
    client.register_scalable_target(**SUBJECT, MinCapacity=2, MaxCapacity=10)
    client.put_scaling_policy(**SUBJECT, **TRACKING)
    client.put_scheduled_action(**SUBJECT, **NIGHT)
    found, passed = Endpoint(client), [0.0]
    monkeypatch.setattr(endpoint, "describe", found.describe)
    monkeypatch.setattr(endpoint, "instance_type", lambda config: found.types[config])
    monkeypatch.setattr(aws, "poll", lambda: passed.append(passed.pop() + 10))
    monkeypatch.setattr(aws, "elapsed", lambda since: passed[0])
    yield found


def release() -> Any:
    """A release that knows what is to be put back."""
    return replace(RELEASE, details=RELEASE.details | {"capacity": capacity.known(FACTS, "production")})


@pytest.mark.parametrize(
    ("instances", "most", "headroom", "expected"),
    [(2, 10, 0.5, 3), (3, 10, 0.5, 5), (4, 5, 0.5, 5), (2, 10, 0.0, 2), (5, 4, 0.5, 5), (10, 20, 0.1, 11)],
)
def test_room_is_a_part_of_what_runs(instances: int, most: int, headroom: float, expected: int) -> None:
    """Rounded up, within the most that the endpoint may have, and never less than there is."""
    assert capacity.needed(instances, most, headroom) == expected


def test_what_is_to_be_put_back_is_plain(scaled: Endpoint) -> None:
    """The ledger holds it as JSON."""
    before = capacity.known(FACTS, "production")
    assert json.loads(json.dumps(before)) == before
    assert before["target"] | {"SuspendedState": 0} == {
        "MinCapacity": 2,
        "MaxCapacity": 10,
        "SuspendedState": 0,
    }
    assert (before["policies"], before["scheduled"]) == ([TRACKING], [NIGHT])


@pytest.mark.usefixtures("cloud")
def test_an_endpoint_that_does_not_scale_is_left_alone() -> None:
    """There is nothing to raise, and nothing to put back."""
    assert capacity.known(FACTS, "production") == {}
    capacity.raised(FACTS, replace(RELEASE, details={"capacity": {}}), RULES)
    capacity.restore(FACTS, {})


def test_room_is_waited_for(scaled: Endpoint) -> None:
    """The least capacity is raised and the instances are there; the most stays."""
    capacity.raised(FACTS, release(), RULES)
    (target,) = scaled.targets()
    assert (target["MinCapacity"], target["MaxCapacity"], scaled.desired) == (3, 10, 3)


def test_room_is_made_once(scaled: Endpoint) -> None:
    """A process that takes over makes no more of it, but waits as long."""
    open_release = release()
    capacity.raised(FACTS, open_release, RULES)
    capacity.raised(FACTS, open_release, RULES)
    assert scaled.desired == 3
    scaled.comes = False
    with pytest.raises(InfrastructureError, match="got 2 of the 3 instances"):
        capacity.raised(FACTS, open_release, RULES)


def test_instances_that_do_not_come_stop_the_release(scaled: Endpoint) -> None:
    """Before anything is updated."""
    scaled.comes = False
    with pytest.raises(InfrastructureError, match="got 2 of the 3 instances"):
        capacity.raised(FACTS, release(), RULES)


def test_a_change_of_type_takes_the_scaling_away(scaled: Endpoint) -> None:
    """AWS refuses the update otherwise."""
    scaled.types["new"] = "ml.m5.xlarge"
    open_release = release()
    capacity.raised(FACTS, open_release, RULES)
    capacity.raised(FACTS, open_release, RULES)
    assert (scaled.targets(), scaled.desired) == ([], 3)


@pytest.mark.parametrize("kind", ["ml.m5.large", "ml.m5.xlarge"])
def test_afterwards_it_scales_as_before(scaled: Endpoint, kind: str) -> None:
    """Bounds, policies and scheduled actions, whether the scaling was taken away or raised."""
    scaled.types["new"], open_release = kind, release()
    capacity.raised(FACTS, open_release, RULES)
    capacity.restore(FACTS, open_release.details["capacity"])
    assert capacity.known(FACTS, "production") | {"instances": 2} == open_release.details["capacity"]


def test_putting_back_twice_changes_nothing(scaled: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that takes over does not know how far the other one came."""
    before = release().details["capacity"]
    capacity.restore(FACTS, before)
    client = aws.client("application-autoscaling")
    for one in ("register_scalable_target", "put_scaling_policy", "put_scheduled_action"):
        monkeypatch.setattr(client, one, lambda **_: pytest.fail("something was written"))
    capacity.restore(FACTS, before)


def test_half_of_it_is_completed(scaled: Endpoint) -> None:
    """A process that died between target and policy."""
    before = release().details["capacity"]
    aws.client("application-autoscaling").delete_scaling_policy(PolicyName="requests", **SUBJECT)
    capacity.restore(FACTS, before)
    assert capacity.scaling(FACTS)["policies"] == [TRACKING]


def test_an_endpoint_that_is_gone_needs_nothing(scaled: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to scale."""
    before = release().details["capacity"]
    aws.client("application-autoscaling").deregister_scalable_target(**SUBJECT)
    monkeypatch.setattr(endpoint, "describe", lambda name: None)
    capacity.restore(FACTS, before)
    assert scaled.targets() == []


def test_requests_have_the_shape_of_the_api(scaled: Endpoint) -> None:
    """botocore's own service model finds nothing wrong with what is put back."""
    before, model = release().details["capacity"], get_session().get_service_model("application-autoscaling")
    for operation, request in (
        ("RegisterScalableTarget", {**SUBJECT, **before["target"], "Tags": before["tags"]}),
        ("PutScalingPolicy", {**SUBJECT, **before["policies"][0]}),
        ("PutScheduledAction", {**SUBJECT, **before["scheduled"][0]}),
    ):
        shape = model.operation_model(operation).input_shape
        assert ParamValidator().validate(request, shape).generate_report() == ""
