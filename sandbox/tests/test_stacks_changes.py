"""What a changed property means."""

from typing import Any

import pytest

from sandbox.stacks.calls import CallError
from sandbox.stacks.changes import Changes, changes
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.recording import offline
from sandbox.stacks.state import Made

PLACE = {"region": "eu-west-1", "account": "123456789012"}
GROUP, KEY, TOPIC = "aws:cloudwatch/logGroup:LogGroup", "aws:kms/key:Key", "aws:sns/topic:Topic"
ENDPOINT, POLICY, TABLE = "aws:sagemaker/endpoint:Endpoint", "aws:iam/policy:Policy", "aws:dynamodb/table:Table"
BUCKET_POLICY, SCALING = "aws:s3/bucketPolicy:BucketPolicy", "aws:appautoscaling/policy:Policy"
ARN = "arn:aws:x:eu-west-1:123456789012:thing"


def changed(type_: str, old: dict[str, Any], new: dict[str, Any], id_: str = "n") -> Changes:
    """From `old` inputs to `new` ones."""
    kind = KINDS[type_]
    made = Made("urn", type_, "name", id_, old, {**old, "arn": ARN})
    return changes(offline(kind.service), kind, made, new, PLACE)


def operations(found: Changes) -> list[str]:
    """The calls, by operation."""
    return [call.operation for call, _ in found.calls]


def test_what_is_the_same_needs_nothing() -> None:
    """Nor what was absent and is empty."""
    found = changed(TOPIC, {"name": "t"}, {"name": "t", "tags": {}})
    assert (found.names, found.replaces, operations(found)) == ((), (), [])


@pytest.mark.parametrize(
    ("type_", "old", "new", "made"),
    [
        (GROUP, {"retentionInDays": 30}, {"retentionInDays": 60}, ["put_retention_policy"]),
        (GROUP, {"retentionInDays": 30}, {}, ["delete_retention_policy"]),
        (KEY, {"enableKeyRotation": True}, {}, ["disable_key_rotation"]),
        (KEY, {"description": "a"}, {"description": "b"}, ["update_key_description"]),
        (TOPIC, {}, {"kmsMasterKeyId": "k"}, ["set_topic_attributes"]),
        (ENDPOINT, {"endpointConfigName": "a"}, {"endpointConfigName": "b"}, ["update_endpoint"]),
        (POLICY, {"policy": "{}"}, {"policy": "{ }"}, ["delete_policy_version", "create_policy_version"]),
    ],
)  # fmt: skip
def test_a_property_is_changed_by_the_call_that_carries_it(
    type_: str, old: dict[str, Any], new: dict[str, Any], made: list[str]
) -> None:
    """And by no other."""
    named = {} if type_ == KEY else {"name": "n"}
    found = changed(type_, {**named, **old}, {**named, **new}, ARN if type_ == POLICY else "n")
    assert (found.replaces, operations(found)) == ((), made)


def test_tags_are_added_and_taken_away() -> None:
    """Each by its own call, when there is need of it."""
    both = changed(TOPIC, {"name": "t", "tags": {"a": "1", "b": "1"}}, {"name": "t", "tags": {"a": "2"}})
    assert operations(both) == ["tag_resource", "untag_resource"]
    assert operations(changed(TOPIC, {"name": "t", "tags": {"a": "1"}}, {"name": "t"})) == ["untag_resource"]


@pytest.mark.parametrize(
    ("type_", "old", "new", "replaces"),
    [
        (TOPIC, {"name": "a"}, {"name": "b"}, ("name",)),
        ("aws:sns/topicSubscription:TopicSubscription", {"endpoint": "a"}, {"endpoint": "b"}, ("endpoint",)),
        (BUCKET_POLICY, {"bucket": "a", "policy": "{}"}, {"bucket": "b", "policy": "{ }"}, ("bucket",)),
        (SCALING, {"name": "p", "resourceId": "a"}, {"name": "p", "resourceId": "b"}, ("resourceId",)),
        (TABLE, {"name": "t", "hashKey": "a"}, {"name": "t", "hashKey": "b"}, ("hashKey",)),
    ],
)  # fmt: skip
def test_what_no_call_changes_makes_it_another_resource(
    type_: str, old: dict[str, Any], new: dict[str, Any], replaces: tuple[str, ...]
) -> None:
    """As does what it is named by."""
    assert changed(type_, old, new).replaces == replaces


def test_what_only_its_end_reads_changes_nothing_now() -> None:
    """How long a deleted key waits is said when it is deleted."""
    found = changed(KEY, {"deletionWindowInDays": 7}, {"deletionWindowInDays": 30})
    assert (found.names, found.replaces, operations(found)) == (("deletionWindowInDays",), (), [])


def test_a_call_that_aws_would_refuse_is_refused() -> None:
    """When it is compared, which is at a preview."""
    with pytest.raises(CallError, match="failed to satisfy constraint"):
        changed("aws:iam/role:Role", {"name": "r"}, {"name": "r", "maxSessionDuration": 1})
