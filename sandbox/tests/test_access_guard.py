"""sandbox.access.guard, lookups and record: sessions may do what their policies say, and it is written down."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import REGION, Sandbox

HOME, OTHER = "123456789012", "555555555555"
Made = Callable[..., Any]


def document(*statements: dict[str, Any]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    """An Allow."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.fixture(scope="module")
def session(sandbox: Sandbox) -> Made:
    """`session(name, *statements)` is a session of a new role with that policy."""

    def begun(name: str, *statements: dict[str, Any], account: str = HOME, **more: Any) -> Any:
        key = f"sandbox-{account}"
        trust = document({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"})
        iam = sandbox.client("iam", key=key)
        role = iam.create_role(RoleName=f"guard-{name}", AssumeRolePolicyDocument=trust, **more)["Role"]
        if statements:
            iam.put_role_policy(RoleName=role["RoleName"], PolicyName="own", PolicyDocument=document(*statements))
        return sandbox.client("sts", key=key).assume_role(RoleArn=role["Arn"], RoleSessionName="me")

    return begun


@pytest.fixture(scope="module")
def bucket(sandbox: Sandbox) -> str:
    """A bucket that the policies here are about."""
    place = {"LocationConstraint": REGION}
    sandbox.client("s3").create_bucket(Bucket="guarded", CreateBucketConfiguration=place)
    sandbox.client("s3").put_object(Bucket="guarded", Key="in/a", Body=b"a")
    return "guarded"


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Code and message of the refusal."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_no_policy_allows_is_denied(sandbox: Sandbox, session: Made) -> None:
    """In AWS's sentence."""
    ssm = sandbox.client("ssm", session=session("nothing"))
    assert refused(ssm.get_parameter, Name="/guard") == (
        "AccessDeniedException",
        f"User: arn:aws:sts::{HOME}:assumed-role/guard-nothing/me is not authorized to perform: ssm:GetParameter on "
        f"resource: arn:aws:ssm:{REGION}:{HOME}:parameter/guard because no identity-based policy allows the "
        "ssm:GetParameter action",
    )


def test_a_policy_reaches_as_far_as_its_resource(sandbox: Sandbox, session: Made, bucket: str) -> None:
    """And no further."""
    s3 = sandbox.client("s3", session=session("reader", allow("s3:GetObject", f"arn:aws:s3:::{bucket}/in/*")))
    assert s3.get_object(Bucket=bucket, Key="in/a")["Body"].read() == b"a"
    assert refused(s3.get_object, Bucket=bucket, Key="out/a")[0] == "AccessDenied"


@pytest.mark.parametrize(("prefix", "may"), [("in/", True), ("out/", False)])
def test_conditions_see_the_request(sandbox: Sandbox, session: Made, bucket: str, prefix: str, *, may: bool) -> None:
    """A listing's prefix, out of the query."""
    only = {"StringLike": {"s3:prefix": "in/*"}}
    s3 = sandbox.client("s3", session=session(f"lister-{may}", allow("s3:ListBucket", Condition=only)))
    if may:
        assert s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"] == 1
    else:
        assert refused(s3.list_objects_v2, Bucket=bucket, Prefix=prefix)[0] == "AccessDenied"


def test_a_key_is_known_by_its_alias(sandbox: Sandbox, session: Made) -> None:
    """A policy may name a key by its alias, and a use of it by its encryption context."""
    kms = sandbox.client("kms")
    named, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.create_alias(AliasName="alias/guard-state", TargetKeyId=named)
    condition = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/guard-state"},
        "StringEquals": {"kms:EncryptionContext:stack": "mine"},
    }
    own = sandbox.client("kms", session=session("alias", allow("kms:Encrypt", Condition=condition)))

    assert own.encrypt(KeyId=named, Plaintext=b"a", EncryptionContext={"stack": "mine"})["CiphertextBlob"]
    for key, stack in ((other, "mine"), (named, "yours")):
        call = {"KeyId": key, "Plaintext": b"a", "EncryptionContext": {"stack": stack}}
        assert refused(own.encrypt, **call)[0] == "AccessDeniedException"


def test_a_managed_policys_default_version_counts(sandbox: Sandbox, session: Made) -> None:
    """From the moment that it is set."""
    iam, own = sandbox.client("iam"), session("managed")
    policy = iam.create_policy(PolicyName="guard-managed", PolicyDocument=document(allow("ssm:GetParameter")))
    arn = policy["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="guard-managed", PolicyArn=arn)
    ssm = sandbox.client("ssm", session=own)
    assert refused(ssm.get_parameter, Name="/guard-not-there")[0] == "ParameterNotFound"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("ssm:PutParameter")), SetAsDefault=True)
    assert refused(ssm.get_parameter, Name="/guard-not-there")[0] == "AccessDeniedException"


def test_a_boundary_bounds(sandbox: Sandbox, session: Made) -> None:
    """Whatever the role's own policy allows."""
    iam = sandbox.client("iam")
    arn = iam.create_policy(PolicyName="guard-edge", PolicyDocument=document(allow("ssm:GetParameter")))["Policy"][
        "Arn"
    ]
    ssm = sandbox.client("ssm", session=session("bounded", allow("ssm:*"), PermissionsBoundary=arn))
    assert refused(ssm.get_parameter, Name="/guard-not-there")[0] == "ParameterNotFound"
    assert "no permissions boundary allows" in refused(ssm.delete_parameter, Name="/guard-not-there")[1]


def test_a_deleted_boundary_allows_nothing(sandbox: Sandbox, session: Made) -> None:
    """It does not set the role free."""
    iam = sandbox.client("iam")
    arn = iam.create_policy(PolicyName="guard-gone", PolicyDocument=document(allow("ssm:*")))["Policy"]["Arn"]
    own = session("unbounded", allow("ssm:*"), PermissionsBoundary=arn)
    iam.delete_policy(PolicyArn=arn)
    assert "no permissions boundary" in refused(sandbox.client("ssm", session=own).get_parameter, Name="/a")[1]


def test_plain_http_is_denied_to_everybody(sandbox: Sandbox, bucket: str) -> None:
    """By the bucket's policy, on the second listener, where an administrator asks."""
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    sandbox.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(deny))
    insecure = sandbox.client("s3", url=sandbox.environment["SANDBOX_INSECURE_URL"])
    code, message = refused(insecure.get_object, Bucket=bucket, Key="in/a")
    assert code == "AccessDenied" and message.endswith("with an explicit deny in a resource-based policy")
    assert sandbox.client("s3").get_object(Bucket=bucket, Key="in/a")["Body"].read() == b"a"


def test_another_accounts_bucket_needs_both_sides(sandbox: Sandbox, session: Made) -> None:
    """Its policy and the role's."""
    admin = sandbox.client("s3", key=f"sandbox-{OTHER}")
    admin.create_bucket(Bucket="guarded-elsewhere", CreateBucketConfiguration={"LocationConstraint": REGION})
    admin.put_object(Bucket="guarded-elsewhere", Key="a", Body=b"a")
    s3 = sandbox.client("s3", session=session("visitor", allow("s3:GetObject")))
    assert "no resource-based policy" in refused(s3.get_object, Bucket="guarded-elsewhere", Key="a")[1]
    reach = allow("s3:GetObject", "arn:aws:s3:::guarded-elsewhere/*", Principal={"AWS": HOME})
    admin.put_bucket_policy(Bucket="guarded-elsewhere", Policy=document(reach))
    assert s3.get_object(Bucket="guarded-elsewhere", Key="a")["Body"].read() == b"a"
    other = sandbox.client("s3", session=session("visitor-2"))
    assert "no identity-based policy" in refused(other.get_object, Bucket="guarded-elsewhere", Key="a")[1]


def test_an_encrypted_bucket_needs_its_key(sandbox: Sandbox, session: Made) -> None:
    """Asked in the name of whoever reads, by the bucket's default encryption."""
    s3, key = sandbox.client("s3"), sandbox.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="guarded-sealed", CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="guarded-sealed", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="guarded-sealed", Key="a", Body=b"a")
    without = sandbox.client("s3", session=session("keyless", allow("s3:GetObject")))
    assert f"kms:Decrypt on resource: {key}" in refused(without.get_object, Bucket="guarded-sealed", Key="a")[1]
    both = sandbox.client("s3", session=session("keyed", allow("s3:GetObject"), allow("kms:Decrypt", key)))
    assert both.get_object(Bucket="guarded-sealed", Key="a")["Body"].read() == b"a"


def test_each_object_of_a_deletion_is_asked_for(sandbox: Sandbox, session: Made, bucket: str) -> None:
    """Its names stand in the body."""
    s3 = sandbox.client("s3", session=session("deleter", allow("s3:DeleteObject", f"arn:aws:s3:::{bucket}/mine/*")))
    both = {"Objects": [{"Key": "mine/a"}, {"Key": "in/a"}]}
    assert f"{bucket}/in/a" in refused(s3.delete_objects, Bucket=bucket, Delete=both)[1]
    assert s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/a"}]})["Deleted"]


def recorded(sandbox: Sandbox, role: str) -> list[dict[str, Any]]:
    """The decisions on sessions of a role."""
    lines = (sandbox.folder / "decisions.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["role"].endswith(f"/{role}")]


def test_a_decision_is_recorded_once_with_its_policies(sandbox: Sandbox, session: Made) -> None:
    """However often it is taken."""
    ssm = sandbox.client("ssm", session=session("recorded", allow("ssm:GetParameter")))
    for _ in range(2):
        refused(ssm.get_parameter, Name="/guard-recorded")
    (line,) = recorded(sandbox, "guard-recorded")
    assert (line["action"], line["operation"], line["allowed"]) == ("ssm:GetParameter", "ssm.GetParameter", True)
    policies = [json.loads(text) for text in (sandbox.folder / "policies.jsonl").read_text().splitlines()]
    (its,) = [each for each in policies if each["hash"] == line["policies"]]
    assert its["identity"] == {
        f"arn:aws:iam::{HOME}:role/guard-recorded/own": json.loads(document(allow("ssm:GetParameter")))
    }


def test_a_refusal_is_recorded_too(sandbox: Sandbox, session: Made) -> None:
    """With its reason."""
    refused(sandbox.client("ssm", session=session("denied")).get_parameter, Name="/guard")
    (line,) = recorded(sandbox, "guard-denied")
    assert not line["allowed"] and line["why"] == "because no identity-based policy allows the ssm:GetParameter action"


def test_the_sandboxs_own_calls_are_not_recorded(sandbox: Sandbox, image: Any) -> None:
    """Pushing an image makes it look for the repository."""
    image("guard", "print()")
    lines = map(json.loads, (sandbox.folder / "decisions.jsonl").read_text().splitlines())
    own = [line for line in lines if line["resource"].endswith("repository/toy/guard")]
    assert own and not [line for line in own if line["action"] == "ecr:DescribeRepositories"]
