"""Releases are not Pulumi's affair: what they do to an endpoint is no change for the next preview."""

import pytest
from engine import Engine, Stack
from engine_stacks import configuration
from pipeline import canary, names, policy

pytestmark = pytest.mark.slow
IGNORED = ("endpoint_config_name", "deployment_config")


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


def test_a_rollback_changes_nothing_for_pulumi(engine: Engine, released: Stack) -> None:
    """It is a release of what was there before."""
    move(engine, names.release(names.project(engine.project), "production", "1" * 12))
    released.unchanged("--refresh")
    released.up("--expect-no-changes", "--refresh")


def move(engine: Engine, config: str) -> None:
    """Move production's endpoint as the release verb does: a canary, guarded by an alarm of its own."""
    here, guarded = names.project(engine.project), policy.load(engine.project).canary
    endpoint, client = names.endpoint(here, "production"), engine.account.client
    named = names.alarm(here, "production", f"v{config[-1]}-20260101t000000", "errors")
    alarm = canary.alarm(named, endpoint, config, policy=guarded, topic=None, model=config)
    client("cloudwatch").put_metric_alarm(**alarm)
    client("sagemaker").update_endpoint(
        **canary.update(endpoint, config, policy=guarded, guarded=True, instances=2, alarms=[named])
    )
    waiter = client("sagemaker").get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=endpoint, WaiterConfig={"Delay": 1})
    assert client("sagemaker").describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == config
