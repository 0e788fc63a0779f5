"""Systems of other teams: each has a role of its own that neither a stack nor a verb knows."""

import json
from typing import Any

Statement = dict[str, Any]


def allow(actions: str | list[str], resources: str | list[str]) -> Statement:
    """A statement of a role's policy."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def take(iam: Any, sts: Any, account: str, name: str, *may: Statement) -> dict[str, str]:
    """Make a role that `may` do this and nothing else, and take it; its credentials as STS gives them.

    The account itself says who may take the role.
    """
    root = {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole", "Effect": "Allow"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_document(root)))
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(_document(*may)))
    arn = f"arn:aws:iam::{account}:role/{name}"
    given: dict[str, str] = sts.assume_role(RoleArn=arn, RoleSessionName="rehearsal")["Credentials"]
    return given


def remove(iam: Any, name: str) -> None:
    """Take the role away."""
    iam.delete_role_policy(RoleName=name, PolicyName=name)
    iam.delete_role(RoleName=name)


def _document(*statements: Statement) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
