"""Bucket policies in moto, with their conditions.

moto applies a statement without its Condition, so that the Deny of plain HTTP that every bucket should have
would block every request. Here a request counts as HTTPS: it never leaves the machine.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

HELD = {"aws:securetransport": "true"}


def install() -> None:
    """Let moto decide by `permission`. Call it before the first request."""

    def get_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
        return permission(bucket.policy, action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[assignment,method-assign]


def permission(policy: bytes | None, action: str, resource: str) -> PermissionResult:
    """What `policy` says to `action` on `resource`: permitted, denied, or nothing."""
    if policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(policy)
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    document["Statement"] = [statement for statement in listed if _applies(statement)]
    return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)


def _applies(statement: dict[str, Any]) -> bool:
    """Whether the condition holds. An unknown one never opens anything: a Deny applies, an Allow does not."""
    held: list[bool | None] = []
    for operator, pairs in statement.get("Condition", {}).items():
        for key, wanted in pairs.items():
            known = HELD.get(key.lower()) if operator == "Bool" else None
            values = wanted if isinstance(wanted, list) else [wanted]
            held.append(None if known is None else known in [str(value).lower() for value in values])
    if False in held:
        return False
    return None not in held or statement["Effect"] == "Deny"
