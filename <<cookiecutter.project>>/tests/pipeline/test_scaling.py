"""Whether AWS scales an endpoint, which then keeps its instance type."""

from collections.abc import Callable
from typing import Any

from pipeline import scaling


def test_an_endpoint_scales_while_its_variant_is_a_target(cloud: Callable[[str], Any]) -> None:
    """Of its own: another endpoint's says nothing about it."""
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/flights-production/variant/live",
        "ScalableDimension": scaling.DIMENSION,
    }
    assert not scaling.scales("flights-production")
    cloud("application-autoscaling").register_scalable_target(**target, MinCapacity=2, MaxCapacity=4)
    assert (scaling.scales("flights-production"), scaling.scales("flights-staging")) == (True, False)
    cloud("application-autoscaling").deregister_scalable_target(**target)
    assert not scaling.scales("flights-production")


def test_the_refusal_names_both_types_and_the_way_round() -> None:
    """In one sentence."""
    assert scaling.refusal("production", "ml.m5.large", "ml.m5.xlarge") == (
        "production runs on ml.m5.large and scales, so AWS does not move it to ml.m5.xlarge: set "
        "service:maximum_instances to service:instance_count, `make up STACK=production`, run this again, "
        "and set it back"
    )


def test_the_way_back_stays_on_the_type_that_is_there() -> None:
    """Nobody on call has to change a stack first."""
    said = scaling.refusal("production", "ml.m5.xlarge", "ml.m5.large", back_to=3)
    assert said.endswith("run `pipeline release production --version 3`, which stays on ml.m5.xlarge")
