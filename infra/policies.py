"""IAM, key and bucket policies as pure functions. Each document says who, what, on which resources."""

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]

# What the boundary lets through, and what for. Each role's own policy says much less.
SERVICES = {
    "application-autoscaling": "an endpoint's scaling",
    "budgets": "an environment's budget",
    "cloudwatch": "metrics, alarms, dashboards",
    "dynamodb": "the ledger of releases",
    "ecr": "images",
    "events": "rules that tell the alarm topic, and start a retrain",
    "kms": "keys of the platform and of each environment",
    "logs": "logs of jobs and endpoints",
    "s3": "data, models, captured traffic, Pulumi's state",
    "sns": "the alarm topic",
}
# of two services by name: their notebooks, domains and managed machines are shells in the roles of others
MODELS = (
    *("sagemaker:*Endpoint*", "sagemaker:*Job*", "sagemaker:*Model", "sagemaker:*Models", "sagemaker:*ModelPackage*"),
    "sagemaker:*Tags",
)
PUBLISHED = ("ssm:*Parameter*", "ssm:*Tags*")
LOOKS = (
    *("iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"),
    *("iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"),
)
# for the first four IAM tells which boundary the role has: the others would be done to roles without one
WITHIN = ("iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
CHANGES_OF_ROLES = (
    *WITHIN,
    *("iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"),
    "iam:UpdateRoleDescription",
)
TAKEN = ("observe-*", "examine", "inspect")
SCALING = "sagemaker.application-autoscaling.amazonaws.com"
INTERFACES = (
    *("ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"),
    *("ec2:DeleteNetworkInterfacePermission", "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces"),
    *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
)
CHANGES_OF_POLICIES = (
    *("iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"),
)
OUTLETS = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateUser", "iam:DeleteRolePermissionsBoundary")
# what empties or opens the state's bucket, or turns its protection off; Pulumi itself writes and deletes objects
LOSSES = (
    *("s3:BypassGovernanceRetention", "s3:DeleteBucket*", "s3:DeleteObjectVersion*", "s3:Put*Acl"),
    *("s3:Put*Configuration", "s3:PutBucket*"),
)
# what takes the state's key away, or gives it to others
LOCKS = (
    *("kms:CreateGrant", "kms:DeleteAlias", "kms:DeleteImportedKeyMaterial", "kms:DisableKey*"),
    *("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UpdateAlias"),
)
STATE_KEY = "alias/mlops-pulumi-state"


def document(*statements: Document) -> Document:
    """A policy of `statements`."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def state_bucket(bucket: str, members: Sequence[str]) -> Document:
    """The state's bucket: nobody comes over plain HTTP; the IAM of `members` says who of them reads and writes."""
    name = f"arn:aws:s3:::{bucket}"
    closed = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [name, f"{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return document(
        closed,
        *_shared(members, ["s3:ListBucket"], name),
        *_shared(members, ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], f"{name}/*"),
    )


def state_key(account: str, members: Sequence[str]) -> Document:
    """The state's key: the IAM of its account decides, and of `members` who encrypts and decrypts.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html. A key's
    policy calls the key itself `*`.
    """
    owner = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return document(owner, *_shared(members, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], "*"))


def boundary(account: str, path: str, bucket: str | None) -> Document:
    """The most that any role of any project can ever do, whatever its own policy says.

    A boundary grants nothing. This one names what projects use, and takes away what would let a role leave it:
    roles without it, changes of it, users and their keys; and what would lose the state of every stack: its
    key, its bucket, and the one that is there instead (ARN `bucket`). Roles are changed, and handed to SageMaker
    alone, below `path`, where all have the boundary; those that run `pulumi up` are a person's to change. The only
    roles that are taken from within are those that look, at what is served, at a candidate, or at traffic.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    iam = f"arn:aws:iam::{account}:"
    ours, roles = f"{iam}policy/mlops-boundary", f"{iam}role{path}*"
    states = ["arn:aws:s3:::mlops-pulumi-state-*", *([bucket] if bucket else [])]
    key = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": STATE_KEY}}
    sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    return document(
        _allow([f"{service}:*" for service in SERVICES], "*"),
        _allow([*MODELS, *PUBLISHED, *LOOKS, *INTERFACES], "*"),
        _allow(CHANGES_OF_ROLES, roles),
        {**_allow(["iam:PassRole"], roles), "Condition": sagemaker},
        _allow(["iam:CreateServiceLinkedRole"], f"{iam}role/aws-service-role/{SCALING}/*"),
        _allow(["sts:AssumeRole"], *(f"arn:aws:iam::*:role{path}*-{one}" for one in TAKEN)),
        {**_deny(WITHIN, "*"), "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": ours}}},
        _deny(CHANGES_OF_ROLES, f"{roles}-ci-infra*"),
        _deny(CHANGES_OF_POLICIES, ours),
        _deny(OUTLETS, "*"),
        _deny(LOSSES, *states, *(f"{one}/*" for one in states)),
        {**_deny(LOCKS, "*"), "Condition": key},
        _deny(LOCKS, f"arn:aws:kms:*:*:{STATE_KEY}"),
    )


def _allow(actions: Sequence[str], *resources: str) -> Document:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _deny(actions: Sequence[str], *resources: str) -> Document:
    return {"Effect": "Deny", "Action": list(actions), "Resource": list(resources)}


def _shared(members: Sequence[str], actions: list[str], resource: str) -> list[Document]:
    """A statement for all of `members`; none without any."""
    principals = [f"arn:aws:iam::{one}:root" for one in members]
    return [{**_allow(actions, resource), "Principal": {"AWS": principals}}] if members else []
