"""sandbox.validation: the checks that AWS makes and boto3 does not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.validation import parse, unreadable_patterns
from sandbox.world import ApiError

ENDPOINT = {"EndpointName": "live", "EndpointConfigName": "one"}


def refusal(service: str, operation: str, request: Any) -> str:
    """The message of the ValidationException."""
    with pytest.raises(ApiError) as caught:
        parse(service, operation, request)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_a_good_request_passes_unchanged() -> None:
    """Nothing is added."""
    assert parse("sagemaker", "CreateEndpoint", ENDPOINT) == ENDPOINT


def test_a_missing_required_member_is_named() -> None:
    """In AWS's words, with the member in camel case."""
    assert "Value null at 'endpointConfigName'" in refusal("sagemaker", "CreateEndpoint", {"EndpointName": "live"})


def test_null_is_missing() -> None:
    """JSON null does not count as a value."""
    assert "endpointConfigName" in refusal("sagemaker", "CreateEndpoint", ENDPOINT | {"EndpointConfigName": None})


def test_an_unknown_member_is_refused() -> None:
    """AWS would drop it silently."""
    assert "'endpointNme' is unknown" in refusal("sagemaker", "CreateEndpoint", ENDPOINT | {"EndpointNme": "x"})


def test_a_wrong_enum_lists_what_is_allowed() -> None:
    """boto3 lets it through."""
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "SLOW", "WaitIntervalInSeconds": 1}}}
    message = refusal("sagemaker", "CreateEndpoint", ENDPOINT | {"DeploymentConfig": policy})
    assert "'SLOW'" in message and "[ALL_AT_ONCE, CANARY, LINEAR]" in message


def test_a_pattern_holds_for_the_whole_value() -> None:
    """An underscore at the end is as wrong as one at the start."""
    assert "regular expression pattern" in refusal("sagemaker", "CreateEndpoint", ENDPOINT | {"EndpointName": "live_"})


def test_a_length_has_an_upper_bound() -> None:
    """63 is SageMaker's."""
    assert "less than or equal to 63" in refusal("sagemaker", "CreateEndpoint", ENDPOINT | {"EndpointName": "x" * 64})


def test_a_number_has_bounds() -> None:
    """An alarm's period starts at 1 (its pattern of 10, 20, 30, 60 s is no part of the model)."""
    request = {"AlarmName": "a", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 0}
    assert "greater than or equal to 1" in refusal("cloudwatch", "PutMetricAlarm", request)


def test_the_path_of_a_list_element_is_named() -> None:
    """Elements count from 1."""
    message = refusal("sagemaker", "CreateEndpoint", ENDPOINT | {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c"}]})
    assert "'tags.2.member.value'" in message


def test_a_boolean_is_no_number() -> None:
    """Python would let True pass for 1."""
    message = refusal("cloudwatch", "PutDashboard", {"DashboardName": "a", "DashboardBody": True})
    assert "must be a string, not bool" in message


def test_all_faults_are_counted() -> None:
    """One request, one answer."""
    assert refusal("sagemaker", "CreateEndpoint", {}).startswith("2 validation errors detected: ")


def test_timestamps_become_datetimes() -> None:
    """AWS sends seconds since 1970."""
    parsed = parse("sagemaker", "ListEndpoints", {"CreationTimeAfter": 0})
    assert parsed == {"CreationTimeAfter": datetime(1970, 1, 1, tzinfo=UTC)}


def test_blobs_become_bytes() -> None:
    """The JSON protocol carries base64."""
    request = {
        "repositoryName": "toy", "uploadId": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "partFirstByte": 0,
        "partLastByte": 1, "layerPartBlob": "aGk=",
    }  # fmt: skip
    assert parse("ecr", "UploadLayerPart", request)["layerPartBlob"] == b"hi"


def test_java_patterns_are_listed_not_checked() -> None:
    """Only what Python cannot read is left out, and no name that the loop makes is among it."""
    unreadable = unreadable_patterns("sagemaker")
    assert unreadable["TagValue"] == r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
    assert not {"EndpointName", "ModelName", "TrainingJobName", "RoleArn", "S3Uri"} & set(unreadable)
