"""What the verbs learn about an environment."""

import json
from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names, settings
from tests.infra.conftest import KEY, PROJECT, published

Service = Callable[..., Recording]


@pytest.mark.parametrize(("environment", "instances"), [("staging", 1), ("production", 2)])
def test_the_verbs_can_read_the_service(service: Service, environment: str, instances: int) -> None:
    """What the stack publishes is what the verbs parse."""
    document = published(service(environment), environment, "service")
    assert settings.parse(settings.Service, environment, json.dumps(document)) == settings.Service(
        endpoint=names.endpoint(PROJECT, environment),
        execution_role_arn="arn:Role-role",
        instance_type="ml.m5.large",
        instance_count=instances,
        capture_s3_uri=f"s3://the-bucket/capture/{environment}",
        ledger_table=names.ledger(PROJECT, environment),
        capture_key_arn=KEY,
        volume_key_arn=KEY,
        model_package_group=f"arn:aws:sagemaker:{PROJECT.region}:123456789012:model-package-group/{PROJECT.name}",
        alarm_topic_arn="arn:Topic-topic",
    )
