"""Releases are not Pulumi's affair: what they do to an endpoint is no change for the next preview."""

import time
from typing import Any

import pytest
from engine import Engine, Stack
from engine_stacks import configuration
from pipeline import canary, names

pytestmark = pytest.mark.slow
IGNORED = ("endpoint_config_name", "deployment_config")
FIRST = "1" * 12  # of the configuration that the endpoint was made from


@pytest.fixture(scope="module")
def released(engine: Engine, production: Stack) -> Stack:
    """Production, whose endpoint a release has moved."""
    move(engine, configuration(engine.account, "production", "2"))
    return production


def test_a_release_changes_nothing_for_pulumi(released: Stack) -> None:
    """Neither the configuration nor how the endpoint was moved to it."""
    released.unchanged("--refresh")


@pytest.mark.parametrize("ignored", IGNORED)
def test_pulumi_would_undo_what_it_does_not_ignore(engine: Engine, released: Stack, ignored: str) -> None:
    """Each of the two is ignored for a reason."""
    component = engine.project / "infra" / "service" / "endpoint.py"
    source = component.read_text()
    component.write_text(source.replace(f'"{IGNORED[0]}", "{IGNORED[1]}"', f'"{ignored}"'))
    try:
        changed = released.preview("--refresh")
    finally:
        component.write_text(source)
    assert {urn.rpartition("::")[2]: step for urn, step in changed.items()} == {"endpoint": "update"}


def test_a_release_that_went_back_changes_nothing_for_pulumi(engine: Engine, released: Stack) -> None:
    """SageMaker took it back by its alarm: the endpoint names that release's alarms, and serves what it served."""
    before = live(engine)["EndpointConfigName"]
    move(engine, configuration(engine.account, "production", "3"), rejected=True)

    assert live(engine)["EndpointConfigName"] == before
    released.unchanged("--refresh")
    released.up("--expect-no-changes", "--refresh")


def test_the_room_for_a_bake_is_a_change_until_it_is_put_back(engine: Engine, released: Stack) -> None:
    """A release raises the least capacity, and puts it back whatever became of it."""
    bounds = scaling(engine)
    scaling(engine, MinCapacity=bounds["MinCapacity"] + 1)
    raised = released.preview("--refresh")
    scaling(engine, **bounds)

    assert {urn.rpartition("::")[2]: step for urn, step in raised.items()} == {"target": "update"}
    released.unchanged("--refresh")


def test_a_rollback_changes_nothing_for_pulumi(engine: Engine, released: Stack) -> None:
    """By hand, to what was there before, by canary or at once."""
    move(engine, names.release(names.project(engine.project), "production", FIRST))
    released.unchanged("--refresh")
    released.up("--expect-no-changes", "--refresh")

    move(engine, names.release(names.project(engine.project), "production", "2" * 12), at_once=True)
    released.unchanged("--refresh")
    released.up("--expect-no-changes", "--refresh")


def endpoint(engine: Engine) -> str:
    """Production's endpoint."""
    return names.endpoint(names.project(engine.project), "production")


def live(engine: Engine) -> dict[str, Any]:
    """What DescribeEndpoint says of it."""
    return dict(engine.account.client("sagemaker").describe_endpoint(EndpointName=endpoint(engine)))


def scaling(engine: Engine, **bounds: int) -> dict[str, int]:
    """Set the bounds of its scaling, if any are given; those that it has."""
    client = engine.account.client("application-autoscaling")
    subject = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    resource = f"endpoint/{endpoint(engine)}/variant/{names.VARIANT}"
    if bounds:
        client.register_scalable_target(**subject, ResourceId=resource, **bounds)
    (found,) = client.describe_scalable_targets(**subject, ResourceIds=[resource])["ScalableTargets"]
    return {name: found[name] for name in ("MinCapacity", "MaxCapacity")}


def move(engine: Engine, config: str, *, rejected: bool = False, at_once: bool = False) -> None:
    """Move production's endpoint as the release verb does: a canary, guarded by an alarm of its own, or at once."""
    sagemaker, cloudwatch = (engine.account.client(one) for one in ("sagemaker", "cloudwatch"))
    alarm = names.alarm(names.project(engine.project), "production", f"v{config[-1]}-20260101t000000", "reject")
    named = endpoint(engine)
    if at_once:
        sagemaker.update_endpoint(**canary.at_once(named, config))
    else:
        guard(engine, alarm)
        sizes = {"canary_instances": 1, "bake_seconds": 1200, "final_seconds": 600}
        sagemaker.update_endpoint(**canary.update(named, config, **sizes, alarms=[alarm]))
    while rejected and live(engine)["EndpointStatus"] != "InService":
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="the judge rejects it")
        time.sleep(0.2)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=named, WaiterConfig={"Delay": 1})
    assert (live(engine)["EndpointConfigName"] == config) is not rejected


def guard(engine: Engine, alarm: str) -> None:
    """Put an alarm on the judge's verdict, which nobody gives."""
    engine.account.client("cloudwatch").put_metric_alarm(
        AlarmName=alarm,
        Namespace=names.metrics(names.project(engine.project), "production"),
        MetricName="Verdict",
        Dimensions=[{"Name": "EndpointName", "Value": endpoint(engine)}],
        Statistic="Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
