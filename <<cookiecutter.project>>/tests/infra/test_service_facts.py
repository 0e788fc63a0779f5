"""What the verbs learn about an environment."""

import json
from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names, settings
from tests.infra.conftest import KEY, PROJECT, published, service_with

Service = Callable[..., Recording]
NETWORK = {"service:subnets": '["subnet-0a1b2c3d"]', "service:security_groups": '["sg-0a1b2c3d"]'}


@pytest.mark.parametrize(("environment", "instances", "most"), [("staging", 1, 1), ("production", 2, 4)])
def test_the_verbs_can_read_the_service(
    service: Service, environment: str, instances: int, most: int
) -> None:
    """What the stack publishes is what the verbs parse; captured traffic has the platform's key."""
    document = published(service(environment), environment, "service")
    group = f"arn:aws:sagemaker:{PROJECT.region}:123456789012:model-package-group/{PROJECT.name}"
    assert settings.parse(settings.Service, environment, json.dumps(document)) == settings.Service(
        endpoint=names.endpoint(PROJECT, environment),
        execution_role_arn="arn:Role-endpoint",
        instance_type="ml.m5.large",
        instance_count=instances,
        capture_s3_uri=f"s3://the-bucket/capture/{environment}",
        ledger_table=names.ledger(PROJECT, environment),
        capture_key_arn=KEY,
        volume_key_arn="arn:Key-key",
        model_package_group=group,
        alarm_topic_arn="arn:Topic-topic",
        maximum_instances=most,
        subnets=[],
        security_groups=[],
    )
    assert document["bucket"] == "the-bucket"
    assert document["repository"] == f"{PROJECT.github_owner}/{PROJECT.name}"


def test_a_volume_of_local_disks_has_no_key() -> None:
    """AWS refuses one; captured traffic keeps its own."""
    recording = service_with("production", {"service:instance_type": "ml.m5d.large"})
    document = published(recording, "production", "service")
    assert (document["volume_key_arn"], document["capture_key_arn"]) == (None, KEY)


def test_the_network_is_published() -> None:
    """A release puts its models into it."""
    document = published(service_with("production", NETWORK), "production", "service")
    assert (document["subnets"], document["security_groups"]) == (["subnet-0a1b2c3d"], ["sg-0a1b2c3d"])
