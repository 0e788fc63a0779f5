"""Properties become members of a request."""

from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import StructureShape

from sandbox.stacks.shapes import ShapeError, request


@cache
def shape(service: str, operation: str) -> StructureShape:
    """The request of an operation."""
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


def test_names_agree_without_case_and_plural() -> None:
    """`clientIdLists` is `ClientIDList`."""
    made, placed = request(
        shape("iam", "CreateOpenIDConnectProvider"), {"url": "https://issuer", "clientIdLists": ["aud"]}, {}
    )
    assert made == {"Url": "https://issuer", "ClientIDList": ["aud"]}
    assert placed == {"url", "clientIdLists"}


@pytest.mark.parametrize(
    ("service", "operation", "pair"),
    [
        ("iam", "CreateRole", {"Key": "a", "Value": "b"}),
        ("kms", "CreateKey", {"TagKey": "a", "TagValue": "b"}),
    ],
)
def test_tags_become_the_pairs_of_the_service(service: str, operation: str, pair: dict[str, str]) -> None:
    """A map becomes a list where AWS wants one."""
    made, _ = request(shape(service, operation), {"tags": {"a": "b"}}, {})
    assert made == {"Tags": [pair]}


def test_tags_stay_a_map_where_the_service_has_a_map() -> None:
    """CloudWatch Logs takes tags as they are."""
    made, _ = request(shape("logs", "CreateLogGroup"), {"tags": {"a": "b"}}, {})
    assert made == {"tags": {"a": "b"}}


def test_a_block_of_one_becomes_a_structure() -> None:
    """Pulumi gives some blocks as lists."""
    made, _ = request(shape("ecr", "CreateRepository"), {"encryptionConfigurations": [{"encryptionType": "KMS"}]}, {})
    assert made == {"encryptionConfiguration": {"encryptionType": "KMS"}}


def test_a_rename_reaches_into_a_structure_and_a_map() -> None:
    """Paths on both sides."""
    attributes, _ = request(
        shape("dynamodb", "CreateTable"),
        {"attributes": [{"name": "release", "type": "S"}]},
        {
            "attributes": "AttributeDefinitions",
            "attributes.name": "AttributeName",
            "attributes.type": "AttributeType",
        },
    )
    topic, _ = request(
        shape("sns", "CreateTopic"),
        {"kmsMasterKeyId": "key"},
        {"kmsMasterKeyId": "Attributes.KmsMasterKeyId"},
    )
    assert attributes == {"AttributeDefinitions": [{"AttributeName": "release", "AttributeType": "S"}]}
    assert topic == {"Attributes": {"KmsMasterKeyId": "key"}}


@pytest.mark.parametrize(("given", "sent"), [(300.0, 300), ("300", 300)])
def test_a_number_is_sent_as_the_model_has_it(given: Any, sent: int) -> None:
    """Pulumi's wire knows floats only."""
    made, _ = request(shape("cloudwatch", "PutMetricAlarm"), {"period": given}, {})
    assert made == {"Period": sent}
    assert isinstance(made["Period"], int)


def test_a_property_without_a_place_is_left_over() -> None:
    """The caller decides whether a later call takes it."""
    made, placed = request(shape("logs", "CreateLogGroup"), {"retentionInDays": 30}, {})
    assert (made, placed) == ({}, set())


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        (
            {"imageScanningConfiguration": {"scanOnPsh": True}},
            "imageScanningConfiguration.scanOnPsh has no place",
        ),
        ({"imageScanningConfiguration": "yes"}, "imageScanningConfiguration is 'yes', which is no block"),
        ({"imageScanningConfiguration": {"scanOnPush": "yes"}}, "scanOnPush is 'yes', which is no boolean"),
        ({"repositoryName": {"a": 1}}, "repositoryName is {'a': 1}, which is no string"),
    ],
)
def test_what_does_not_fit_is_refused_by_path(properties: dict[str, Any], sentence: str) -> None:
    """At any depth."""
    with pytest.raises(ShapeError, match=sentence):
        request(shape("ecr", "CreateRepository"), properties, {})


def test_half_a_number_is_no_integer() -> None:
    """It is refused and not cut."""
    with pytest.raises(ShapeError, match=r"period is 1\.5, which is no integer"):
        request(shape("cloudwatch", "PutMetricAlarm"), {"period": 1.5}, {})
