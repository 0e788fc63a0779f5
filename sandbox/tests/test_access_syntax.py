"""sandbox.access.syntax: a bad policy is refused when it is put, in each service's own error."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Sandbox

from sandbox.access.syntax import check
from sandbox.world import ApiError

ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
NAME = "syntax"


def document(operator: str, **more: Any) -> str:
    """A policy of one statement under a condition; `more` is what it has beside."""
    condition = {operator: {"aws:PrincipalAccount": "123456789012"}}
    statement = {"Effect": "Allow", "Condition": condition} | more
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def identity(operator: str) -> str:
    """Of a role."""
    return document(operator, Action="s3:GetObject", Resource="*")


def resource(operator: str) -> str:
    """Of a resource."""
    return document(operator, Action="*", Resource="*", Principal=ROOT)


def repository(operator: str) -> str:
    """Of an image repository, which names no resource."""
    return document(operator, Action="ecr:*", Principal=ROOT)


def trust(operator: str) -> str:
    """Of who takes a role."""
    return document(operator, Action="sts:AssumeRole", Principal=ROOT)


@pytest.fixture(scope="module")
def there(sandbox: Sandbox) -> dict[str, str]:
    """One of each that has a policy, by service; each is called `syntax` where it has a name."""
    sandbox.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=trust("StringEquals"))
    place = {"LocationConstraint": "eu-west-1"}
    sandbox.client("s3").create_bucket(Bucket=NAME, CreateBucketConfiguration=place)
    sandbox.client("ecr").create_repository(repositoryName=NAME)
    sandbox.client("sagemaker").create_model_package_group(ModelPackageGroupName=NAME)
    managed = sandbox.client("iam").create_policy(PolicyName=f"{NAME}-0", PolicyDocument=identity("StringEquals"))
    return {
        "iam": managed["Policy"]["Arn"],
        "kms": sandbox.client("kms").create_key()["KeyMetadata"]["KeyId"],
        "sns": sandbox.client("sns").create_topic(Name=NAME)["TopicArn"],
    }


DOCUMENT = "the document"  # its place in a request
RESOURCE = "the resource"  # the place of the service's own in `there`
PUTS = [
    ("iam", "create_role", trust, {"RoleName": f"{NAME}-new", "AssumeRolePolicyDocument": DOCUMENT}),
    ("iam", "update_assume_role_policy", trust, {"RoleName": NAME, "PolicyDocument": DOCUMENT}),
    ("iam", "put_role_policy", identity, {"RoleName": NAME, "PolicyName": "own", "PolicyDocument": DOCUMENT}),
    ("iam", "create_policy", identity, {"PolicyName": f"{NAME}-new", "PolicyDocument": DOCUMENT}),
    ("iam", "create_policy_version", identity, {"PolicyArn": RESOURCE, "PolicyDocument": DOCUMENT}),
    ("s3", "put_bucket_policy", resource, {"Bucket": NAME, "Policy": DOCUMENT}),
    ("kms", "create_key", resource, {"Policy": DOCUMENT}),
    ("kms", "put_key_policy", resource, {"KeyId": RESOURCE, "PolicyName": "default", "Policy": DOCUMENT}),
    ("ecr", "set_repository_policy", repository, {"repositoryName": NAME, "policyText": DOCUMENT}),
    (
        "sagemaker",
        "put_model_package_group_policy",
        resource,
        {"ModelPackageGroupName": NAME, "ResourcePolicy": DOCUMENT},
    ),
    (
        "sns",
        "set_topic_attributes",
        resource,
        {"TopicArn": RESOURCE, "AttributeName": "Policy", "AttributeValue": DOCUMENT},
    ),
    ("sns", "create_topic", resource, {"Name": f"{NAME}-new", "Attributes": {"Policy": DOCUMENT}}),
]
CODES = {
    "iam": "MalformedPolicyDocument",
    "s3": "MalformedPolicy",
    "kms": "MalformedPolicyDocumentException",
    "ecr": "InvalidParameterException",
    "sagemaker": "ValidationException",
    "sns": "InvalidParameter",
}


def filled(template: Any, places: dict[str, str]) -> Any:
    """A request with its places filled."""
    if isinstance(template, dict):
        return {name: filled(value, places) for name, value in template.items()}
    return places.get(template, template)


@pytest.mark.parametrize(("service", "operation", "written", "template"), PUTS)
def test_an_operator_that_is_none_is_refused_when_it_is_put(
    sandbox: Sandbox,
    there: dict[str, str],
    service: str,
    operation: str,
    written: Callable[[str], str],
    template: dict[str, Any],
) -> None:
    """By its name, while the operator that was meant is taken."""
    put = getattr(sandbox.client(service), operation)
    bad, good = (
        filled(template, {RESOURCE: there.get(service, ""), DOCUMENT: written(operator)})
        for operator in ("StringEqual", "StringEquals")
    )
    with pytest.raises(ClientError) as caught:
        put(**bad)
    error = caught.value.response["Error"]
    assert error["Code"] == CODES[service]
    assert "Syntax errors in policy" in error["Message"] and "the operator StringEqual," in error["Message"]
    put(**good)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the policy is not JSON"),
        ("[]", "a policy has no list of objects as its Statement"),
        ("{}", "a policy has no list of objects as its Statement"),
        ('{"Statement": [{"Effect": "Permit", "Action": "*"}]}', "the Effect of a statement is Permit"),
        ('{"Statement": {"Effect": "Allow"}}', "one of Action and NotAction"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "s3:*"}}', "one of Action and NotAction"),
    ],
)
def test_a_document_that_is_no_policy_is_refused(text: str, said: str) -> None:
    """With what to write instead."""
    with pytest.raises(ApiError, match=said) as caught:
        check("s3", "PutBucketPolicy", {"Policy": text})
    assert caught.value.code == "MalformedPolicy"


def test_other_requests_pass() -> None:
    """A topic's other attributes are no policies."""
    check("sns", "SetTopicAttributes", {"AttributeName": "DisplayName", "AttributeValue": "{"})
    check("s3", "PutObject", {"Policy": "{"})
