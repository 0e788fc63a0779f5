"""sandbox.stacks.asking: what IAM is asked for the resources of a program."""

from typing import Any

import pytest

from sandbox.access.question import Question
from sandbox.stacks.asking import Stack, wanted
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.program import Resource
from sandbox.stacks.recording import Recording

GROUP, KEY, TABLE = "aws:cloudwatch/logGroup:LogGroup", "aws:kms/key:Key", "aws:dynamodb/table:Table"
ROLE, ENDPOINT, BUCKET = "aws:iam/role:Role", "aws:sagemaker/endpoint:Endpoint", "aws:s3/bucket:Bucket"
LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:g"


def stack(*resources: tuple[str, dict[str, Any]], ignored: tuple[str, ...] = ()) -> Stack:
    """A recording of resources, each named by its place."""
    recording = Recording("eu-west-1", KINDS)
    for at, (type_, inputs) in enumerate(resources):
        recording.register(Resource(urn=f"urn:{at}", type=type_, name=str(at), inputs=inputs, ignored=ignored))
    return Stack(recording)


def asked(of: Stack, operation: str, **others: list[str]) -> list[Question]:
    """The questions of the first request of a name."""
    found = wanted(of, {GROUP: others.get("group", []), BUCKET: others.get("bucket", [])})
    return list(next(one.questions for one in found if one.operation == operation))


def operations(of: Stack) -> set[str]:
    """The operations of a stack."""
    return {one.operation for one in wanted(of, {})}


@pytest.mark.parametrize(
    ("operation", "action", "resource"),
    [
        ("logs.CreateLogGroup", "logs:CreateLogGroup", f"{LOGS}:*"),
        ("logs.DescribeLogGroups", "logs:DescribeLogGroups", "*"),
        ("logs.PutRetentionPolicy", "logs:PutRetentionPolicy", f"{LOGS}:*"),
        ("logs.UntagResource", "logs:UntagResource", LOGS),
        ("logs.DeleteLogGroup", "logs:DeleteLogGroup", f"{LOGS}:*"),
    ],
)
def test_a_resource_is_made_read_changed_and_removed(operation: str, action: str, resource: str) -> None:
    """Each with what IAM is asked about the resource itself."""
    group = stack((GROUP, {"name": "g", "retentionInDays": 30, "tags": {"a": "b"}}))
    first, *_ = asked(group, operation)
    assert (first.action, first.resource) == (action, resource)


def test_another_operation_takes_the_members_that_are_known() -> None:
    """From the requests of the kind, or the ARN, whatever HTTP or JSON call them."""
    bucket = (BUCKET, {"bucket": "b"})
    acl = asked(stack(bucket), "s3.GetBucketAcl", bucket=["s3.GetBucketAcl"])
    tags = asked(stack(bucket), "s3control.ListTagsForResource", bucket=["s3control.ListTagsForResource"])
    assert [one.resource for one in (*acl, *tags)] == ["arn:aws:s3:::b", "arn:aws:s3:::b"]


def test_a_property_that_is_ignored_does_not_change() -> None:
    """Nor one that would make it another resource."""
    inputs = {"name": "e", "endpointConfigName": "c"}
    assert "sagemaker.UpdateEndpoint" in operations(stack((ENDPOINT, inputs)))
    assert "sagemaker.UpdateEndpoint" not in operations(stack((ENDPOINT, inputs), ignored=("endpointConfigName",)))


def test_a_resource_refers_to_one_before_it_by_its_real_arn() -> None:
    """So that a key's user asks for the key."""
    encrypted = {"enabled": True, "kmsKeyArn": "arn:Key-0"}
    table = {
        "name": "t",
        "hashKey": "a",
        "attributes": [{"name": "a", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        "serverSideEncryption": encrypted,
    }
    both = stack((KEY, {"description": "d"}), (TABLE, table))
    found = asked(both, "dynamodb.CreateTable")
    assert {one.resource for one in found if one.action.startswith("kms:")} == {both.key}
    assert both.text("arn:Key-0") == both.key


def test_a_change_of_a_role_is_about_its_path_and_boundary() -> None:
    """Which the request does not name."""
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    role = {"name": "r", "path": "/p/", "assumeRolePolicy": "{}", "permissionsBoundary": boundary}
    policy = {"role": "r", "name": "n", "policy": "{}"}
    (put,) = asked(stack((ROLE, role), ("aws:iam/rolePolicy:RolePolicy", policy)), "iam.PutRolePolicy")
    assert put.resource == "arn:aws:iam::123456789012:role/p/r"
    assert put.context["iam:PermissionsBoundary"] == (boundary,)
