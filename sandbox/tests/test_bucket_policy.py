"""A bucket policy's conditions count."""

import json

import pytest
from moto.iam.access_control import PermissionResult

from sandbox.bucket_policy import permission


def policy(effect: str, condition: dict[str, dict[str, str]] | None = None) -> bytes:
    """A policy with one statement."""
    statement = {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{**statement, **({"Condition": condition} if condition else {})}],
        }
    ).encode()


@pytest.mark.parametrize(
    ("document", "result"),
    [
        (None, PermissionResult.NEUTRAL),
        (policy("Deny"), PermissionResult.DENIED),
        (policy("Deny", {"Bool": {"aws:SecureTransport": "false"}}), PermissionResult.NEUTRAL),
        (policy("Deny", {"Bool": {"aws:SecureTransport": "true"}}), PermissionResult.DENIED),
        (policy("Deny", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}), PermissionResult.DENIED),
        (policy("Allow", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}), PermissionResult.NEUTRAL),
        (policy("Allow"), PermissionResult.PERMITTED),
    ],
)
def test_a_condition_decides_and_an_unknown_one_opens_nothing(document: bytes | None, result: PermissionResult) -> None:
    """A request here counts as HTTPS."""
    assert permission(document, "s3:GetObject", "arn:aws:s3:::b/key") == result
