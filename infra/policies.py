"""IAM, key and bucket policies as pure functions. Each document says who, what, on which resources."""

from typing import Any

Document = dict[str, Any]
SERVICES = (
    "application-autoscaling",
    "cloudwatch",
    "dynamodb",
    "ecr",
    "iam",
    "kms",
    "logs",
    "s3",
    "sagemaker",
    "sns",
    "ssm",
)
CHANGES = [
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
]


def document(*statements: Document) -> Document:
    """A policy of `statements`."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def tls_only(bucket: str) -> Document:
    """Nobody reaches the bucket over plain HTTP."""
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def boundary(account: str) -> Document:
    """The most that any role of any project can ever do, whatever its own policy says.

    A boundary grants nothing. It names the services that projects use, and then takes away what would
    let a role leave it: roles without this boundary, changes of the boundary, users and their keys.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    ours = f"arn:aws:iam::{account}:policy/mlops-boundary"
    return document(
        {"Effect": "Allow", "Action": [f"{service}:*" for service in SERVICES], "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": ours}},
        },
        {"Effect": "Deny", "Action": ["iam:DeleteRolePermissionsBoundary"], "Resource": "*"},
        {"Effect": "Deny", "Action": CHANGES, "Resource": ours},
        {
            "Effect": "Deny",
            "Action": ["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateUser"],
            "Resource": "*",
        },
    )
