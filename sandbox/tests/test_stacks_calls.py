"""The calls that a resource asks for."""

from typing import Any

import pytest

from sandbox.stacks.calls import CallError, kind_of, label, plan
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.recording import offline

PLACE = {"region": "eu-west-1", "account": "123456789012"}


def planned(type_: str, inputs: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Operations and requests for `inputs`."""
    kind = KINDS[type_]
    return [(call.operation, request) for call, request in plan(offline(kind.service), kind, inputs, PLACE)]


def test_a_later_call_is_made_for_the_property_that_it_carries() -> None:
    """A log group's retention is a call of its own."""
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert planned(group, {"name": "g", "retentionInDays": 30.0}) == [
        ("create_log_group", {"logGroupName": "g"}),
        ("put_retention_policy", {"retentionInDays": 30}),
    ]
    assert planned(group, {"name": "g"}) == [("create_log_group", {"logGroupName": "g"})]


@pytest.mark.parametrize(
    ("rotate", "operations"), [(True, ["create_key", "enable_key_rotation"]), (False, ["create_key"])]
)
def test_a_later_call_is_made_when_its_condition_holds(rotate: bool, operations: list[str]) -> None:
    """Key rotation is switched on, and never off."""
    key = planned("aws:kms/key:Key", {"enableKeyRotation": rotate, "deletionWindowInDays": 30})
    assert [operation for operation, _ in key] == operations


def test_a_property_without_a_place_is_refused_by_name() -> None:
    """It would be dropped in silence."""
    with pytest.raises(CallError, match="deliveryPolicyy has no place in create_topic"):
        planned("aws:sns/topic:Topic", {"name": "t", "deliveryPolicyy": "{}"})


def test_an_unknown_type_is_refused_by_name() -> None:
    """The table does not have it."""
    with pytest.raises(CallError, match="aws:ec2/instance:Instance is not in the sandbox"):
        kind_of(KINDS, "aws:ec2/instance:Instance")


@pytest.mark.parametrize(
    ("type_", "inputs", "text"),
    [
        ("aws:sns/topic:Topic", {"name": "t"}, "topic t"),
        ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b"}, "bucketPolicy b"),
        ("aws:kms/key:Key", {}, "key logical"),
    ],
)
def test_a_resource_is_called_by_its_name_on_aws(type_: str, inputs: dict[str, str], text: str) -> None:
    """And by its name in the program where it has none."""
    assert label(type_, "logical", inputs) == text
