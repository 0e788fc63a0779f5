"""A policy's syntax, checked when the policy is put, so that no request fails for it later.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html: of it, what `decide` reads. Each
service has an error of its own for a bad policy; the pages of the operations name it, in their sections "Errors".
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.access import conditions
from sandbox.access.conditions import BadPolicy
from sandbox.access.matching import listed
from sandbox.access.resources import nested
from sandbox.world import ApiError

# Where a request carries a policy: operation → member, with its parts.
_MEMBERS = {
    "iam.CreateRole": "AssumeRolePolicyDocument",
    "iam.UpdateAssumeRolePolicy": "PolicyDocument",
    "iam.PutRolePolicy": "PolicyDocument",
    "iam.CreatePolicy": "PolicyDocument",
    "iam.CreatePolicyVersion": "PolicyDocument",
    "s3.PutBucketPolicy": "Policy",
    "kms.CreateKey": "Policy",
    "kms.PutKeyPolicy": "Policy",
    "ecr.SetRepositoryPolicy": "policyText",
    "sagemaker.PutModelPackageGroupPolicy": "ResourcePolicy",
}
_CODES = {
    "iam": "MalformedPolicyDocument",
    "s3": "MalformedPolicy",
    "kms": "MalformedPolicyDocumentException",
    "ecr": "InvalidParameterException",
    "sagemaker": "ValidationException",
    "sns": "InvalidParameter",
}


def check(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Let a request without a policy pass, or with a good one. Raises ApiError with the service's own code."""
    for text in _policies(f"{service}.{operation}", parameters):
        try:
            _check(text)
        except BadPolicy as error:
            raise ApiError(_CODES[service], f"Syntax errors in policy: {error}") from error


def _policies(name: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    if name in _MEMBERS and _MEMBERS[name] in parameters:
        yield parameters[_MEMBERS[name]]
    if name == "sns.SetTopicAttributes" and parameters.get("AttributeName") == "Policy":
        yield parameters.get("AttributeValue", "")
    if name == "sns.CreateTopic":
        attributes = nested(parameters).get("Attributes", {})
        yield from [attributes["Policy"]] if "Policy" in attributes else []


def _check(text: str) -> None:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadPolicy(f"the policy is not JSON: {error}") from error
    statements = listed(document.get("Statement")) if isinstance(document, dict) else [None]
    for statement in statements:
        if not isinstance(statement, dict):
            raise BadPolicy("a policy has no list of objects as its Statement: write one")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise BadPolicy(f"the Effect of a statement is {statement.get('Effect')}: write Allow or Deny")
        if ("Action" in statement) == ("NotAction" in statement):
            raise BadPolicy("a statement needs one of Action and NotAction: write which actions it is about")
        conditions.check(statement.get("Condition", {}))
