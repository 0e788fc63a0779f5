"""The roles that the stacks make, each within the boundary: one trust, one document."""

import json

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from infra.policies.documents import Document
from pipeline import names

HOUR = 3600  # seconds: the shortest that a role's longest session may be


def bounded(
    ground: Ground,
    purpose: str,
    *,
    name: str,
    description: str,
    trusted: Document,
    allowed: pulumi.Output[Document],
    seconds: int = HOUR,
    opts: pulumi.ResourceOptions,
) -> aws.iam.Role:
    """A role for `purpose`, such as `ci-release-production`; `name` is its and its policy's in the stack."""
    role = aws.iam.Role(
        name,
        name=names.role(ground.project, purpose),
        path=ground.project.role_path,
        description=description,
        assume_role_policy=json.dumps(trusted),
        permissions_boundary=ground.boundary,
        max_session_duration=seconds,
        tags=ground.tags,
        opts=opts,
    )
    aws.iam.RolePolicy(name, name=name, role=role.name, policy=allowed.apply(json.dumps), opts=opts)
    return role
