"""Models and configurations are named by content; an update is over when DescribeEndpoint says so."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, endpoint, names
from pipeline.registry import Version
from pipeline.settings import Service

from .conftest import SERVICE

FACTS = Service(endpoint="flights-staging", ledger_table="t", **SERVICE)  # type: ignore[arg-type]
KEYS = replace(FACTS, capture_key_arn="arn:registry", volume_key_arn="arn:environment")
INSIDE = replace(FACTS, subnets=("subnet-1",), security_groups=("sg-1",))
VERSION = Version(1, "arn", "Approved", "", "repository@sha256:1", "s3://bucket/model.tar.gz")

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    "version",
    [replace(VERSION, image="repository@sha256:2"), replace(VERSION, model_data="s3://bucket/2.tar.gz")],
)
def test_either_half_of_a_release_changes_its_name(version: Version) -> None:
    """A patched image ships without a retrain, and a retrain without a new image."""
    assert (
        endpoint.target("staging", version, FACTS).config != endpoint.target("staging", VERSION, FACTS).config
    )


def test_the_number_of_a_version_does_not() -> None:
    """Names stand for content."""
    again = endpoint.target("staging", replace(VERSION, number=2), FACTS)
    assert again.config == endpoint.target("staging", VERSION, FACTS).config


def test_another_machine_is_another_configuration_of_the_same_model() -> None:
    """A configuration is immutable, so a larger instance is a new one."""
    larger = endpoint.target("staging", VERSION, replace(FACTS, instance_type="ml.m5.xlarge"))
    before = endpoint.target("staging", VERSION, FACTS)
    assert (larger.model == before.model, larger.config == before.config) == (True, False)


def test_the_container_knows_its_models_name() -> None:
    """Every answer says which model gave it."""
    made = endpoint.model_request("staging", VERSION, FACTS)
    assert made["PrimaryContainer"]["Environment"]["MODEL_ID"] == made["ModelName"]


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, "60"), (60.0, "1"), (600.0, "0.5")])
def test_the_container_prints_its_scores(monkeypatch: pytest.MonkeyPatch, speed: float, seconds: str) -> None:
    """Once a minute of AWS's time, into the environment's namespace."""
    monkeypatch.setattr(aws, "SPEED", speed)
    told = endpoint.model_request("staging", VERSION, FACTS)["PrimaryContainer"]["Environment"]
    assert told["METRICS_NAMESPACE"] == names.metrics(names.project(), "staging")
    assert told["METRICS_SECONDS"] == seconds


def test_each_configuration_captures_to_its_own_prefix() -> None:
    """Fleets that run side by side do not mix what they captured."""
    made = endpoint.config_request("staging", "model", FACTS)
    destination = made["DataCaptureConfig"]["DestinationS3Uri"]
    assert destination == f"{FACTS.capture_s3_uri}/{made['EndpointConfigName']}"


def test_traffic_and_volume_have_keys_of_their_own() -> None:
    """What is captured lies in the registry's account, the disk in the environment's."""
    made = endpoint.config_request("staging", "model", KEYS)
    assert (made["DataCaptureConfig"]["KmsKeyId"], made["KmsKeyId"]) == ("arn:registry", "arn:environment")


def test_another_volume_key_is_another_configuration() -> None:
    """A configuration is immutable, so that its name must tell what it is encrypted with."""
    other = replace(KEYS, volume_key_arn="arn:other")
    names = {endpoint.config_request("staging", "m", one)["EndpointConfigName"] for one in (KEYS, other)}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("operation", "made"),
    [
        ("CreateModel", lambda: endpoint.model_request("staging", VERSION, FACTS)),
        ("CreateModel", lambda: endpoint.model_request("staging", VERSION, INSIDE)),
        ("CreateEndpointConfig", lambda: endpoint.config_request("staging", "model", FACTS)),
        ("CreateEndpointConfig", lambda: endpoint.config_request("staging", "model", KEYS)),
    ],
)
def test_requests_have_the_shape_of_the_api(operation: str, made: Any) -> None:
    """botocore's own service model finds nothing wrong."""
    shape = get_session().get_service_model("sagemaker").operation_model(operation).input_shape
    assert ParamValidator().validate(made(), shape).generate_report() == ""
