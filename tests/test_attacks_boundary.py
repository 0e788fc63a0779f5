"""What stays denied within the boundary, also to a role that another has widened, each beside what is allowed."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from account import HERE, Account, refusal, sandbox
from conftest import REPOSITORY
from pipeline import names
from sandbox.access.issuer import Job

REGION = "eu-west-1"
BOUNDARY = f"arn:aws:iam::{HERE}:policy/mlops-boundary"
PATH, STATE = "/mlops/", "the-accounts-own-state"
UNBOUNDED, BOUNDED = "OrganizationAccountAccessRole", "adopted-flights-eu-west-1-spare"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
CHANGES = {
    "update_assume_role_policy": {"PolicyDocument": TRUST},
    "put_role_policy": {"PolicyName": "more", "PolicyDocument": EVERYTHING},
    "put_role_permissions_boundary": {"PermissionsBoundary": BOUNDARY},
    "tag_role": {"Tags": [{"Key": "owner", "Value": "me"}]},
    "delete_role": {},
}


@pytest.fixture(scope="module")
def folder(bake: Callable[..., Path]) -> Path:
    """A project whose state lies in the bucket that the account had."""
    baked = bake(project="adopted-flights")
    settings = baked / "project.toml"
    settings.write_text(settings.read_text().replace('state_bucket = ""', f'state_bucket = "{STATE}"'))
    return baked


@pytest.fixture(scope="module")
def one(folder: Path) -> names.Project:
    """The project."""
    return names.project(folder)


@pytest.fixture(scope="module")
def account(project: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The account with a project's platform; it had a state bucket, and a role that has no boundary."""
    room = tmp_path_factory.mktemp("account")
    infra = shutil.copytree(REPOSITORY / "infra", room / "infra", ignore=shutil.ignore_patterns(".found"))
    infra.joinpath("Pulumi.account.yaml").write_text(f"config:\n  foundation:state: arn:aws:s3:::{STATE}\n")
    with sandbox(project / ".venv/bin/sandbox", room / "state", REGION) as founded:
        founded.client("s3").create_bucket(Bucket=STATE, CreateBucketConfiguration={"LocationConstraint": REGION})
        founded.client("iam").create_role(RoleName=UNBOUNDED, AssumeRolePolicyDocument=TRUST)
        founded.apply(infra, "account", project)
        founded.apply("infra/platform", "platform", folder)
        yield founded


@pytest.fixture(scope="module")
def infra(account: Account, one: names.Project) -> Callable[[str], Any]:
    """`infra(service)` is a client of `ci-infra`."""
    taken = account.take(one, "ci-infra", Job(repository=f"{one.github_owner}/{one.name}", environment="infra"))
    return lambda service: account.client(service, **taken)


@pytest.fixture(scope="module")
def widened(account: Account, one: names.Project, infra: Callable[[str], Any]) -> Callable[[str], Any]:
    """`widened(service)` is a client of `ci-retrain`, into whose policy `ci-infra` has written everything."""
    infra("iam").put_role_policy(RoleName=names.role(one, "ci-retrain"), PolicyName="more", PolicyDocument=EVERYTHING)
    retrain = account.take(one, "ci-retrain", Job(repository=f"{one.github_owner}/{one.name}"))
    return lambda service: account.client(service, **retrain)


def test_a_role_makes_no_role_without_the_boundary(infra: Callable[[str], Any], one: names.Project) -> None:
    """Within the boundary it makes the roles of its stack."""
    role = {"RoleName": names.role(one, "train"), "Path": PATH, "AssumeRolePolicyDocument": TRUST}

    code, message = refusal(infra("iam").create_role, **role)

    assert code == "AccessDenied"
    assert "perform: iam:CreateRole on resource" in message
    assert refusal(infra("iam").create_role, **role, PermissionsBoundary=BOUNDARY)[0] == "EntityAlreadyExists"


def test_a_role_does_not_widen_itself(infra: Callable[[str], Any], one: names.Project) -> None:
    """It writes the policies of the stack's other roles, and not its own; nor does it take a boundary away."""
    iam, more = infra("iam"), {"PolicyName": "more", "PolicyDocument": EVERYTHING}

    code, message = refusal(iam.put_role_policy, RoleName=names.role(one, "ci-infra"), **more)
    unbound = refusal(iam.delete_role_permissions_boundary, RoleName=names.role(one, "train"))

    assert code == "AccessDenied"
    assert "perform: iam:PutRolePolicy" in message and "with an explicit deny in a permissions boundary" in message
    assert unbound[0] == "AccessDenied"
    assert iam.put_role_policy(RoleName=names.role(one, "train"), **more)


@pytest.mark.parametrize("operation", CHANGES)
def test_a_role_without_the_boundary_is_not_touched(widened: Callable[[str], Any], operation: str) -> None:
    """A role of the projects' own is made, changed and deleted."""
    iam = widened("iam")
    iam.create_role(RoleName=BOUNDED, Path=PATH, AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY)

    try:
        code, message = refusal(getattr(iam, operation), RoleName=UNBOUNDED, **CHANGES[operation])
        assert code == "AccessDenied"
        assert f"role/{UNBOUNDED}" in message and "permissions boundary" in message
        assert getattr(iam, operation)(RoleName=BOUNDED, **CHANGES[operation])
    finally:
        if operation == "put_role_policy":
            iam.delete_role_policy(RoleName=BOUNDED, PolicyName="more")
        if operation != "delete_role":
            iam.delete_role(RoleName=BOUNDED)


@pytest.mark.parametrize("operation", CHANGES)
def test_the_role_that_runs_pulumi_is_not_touched(
    widened: Callable[[str], Any], account: Account, one: names.Project, operation: str
) -> None:
    """It has widened this one; this one does not widen it. A person may."""
    refused = {"RoleName": names.role(one, "ci-infra"), **CHANGES[operation]}

    code, message = refusal(getattr(widened("iam"), operation), **refused)

    assert code == "AccessDenied"
    assert "with an explicit deny in a permissions boundary" in message
    assert account.client("iam").tag_role(RoleName=refused["RoleName"], Tags=[{"Key": "owner", "Value": "me"}])


def test_a_role_without_the_boundary_is_not_handed_on(
    widened: Callable[[str], Any], account: Account, one: names.Project
) -> None:
    """SageMaker would act in it for whoever hands it over; in a role of the project it does."""
    sagemaker = widened("sagemaker")
    image = f"{HERE}.dkr.ecr.{REGION}.amazonaws.com/{names.repository(one, 'serve')}@sha256:" + "0" * 64
    model = {"ModelName": f"{one.name}-staging-attack", "PrimaryContainer": {"Image": image}}
    theirs, ours = f"arn:aws:iam::{HERE}:role/{UNBOUNDED}", names.role_arn(one, HERE, "train")

    code, message = refusal(sagemaker.create_model, **model, ExecutionRoleArn=theirs)

    assert code == "AccessDeniedException"
    assert f"perform: iam:PassRole on resource: {theirs} because no permissions boundary allows" in message
    assert sagemaker.create_model(**model, ExecutionRoleArn=ours)


def test_a_state_bucket_that_was_there_is_used(infra: Callable[[str], Any], one: names.Project) -> None:
    """By the role that runs `pulumi up`, below the project's prefix alone."""
    s3, state = infra("s3"), f".pulumi/stacks/{one.name}-platform/platform.json"

    assert s3.put_object(Bucket=STATE, Key=f"{one.name}/{state}", Body=b"{}")
    assert s3.get_object(Bucket=STATE, Key=f"{one.name}/{state}")
    assert refusal(s3.put_object, Bucket=STATE, Key=f"another/{state}", Body=b"{}")[0] == "AccessDenied"


OF_BUCKET: dict[str, dict[str, Any]] = {
    "delete_bucket_policy": {},
    "put_bucket_versioning": {"VersioningConfiguration": {"Status": "Suspended"}},
    "put_bucket_ownership_controls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
    "put_public_access_block": {"PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}},
    "delete_bucket_encryption": {},
    "delete_bucket": {},
}


@pytest.mark.parametrize("operation", OF_BUCKET)
def test_a_state_bucket_that_was_there_is_not_changed(widened: Callable[[str], Any], operation: str) -> None:
    """A bucket beside it is."""
    s3, spare = widened("s3"), f"spare-{operation.replace('_', '-')}"
    s3.create_bucket(Bucket=spare, CreateBucketConfiguration={"LocationConstraint": REGION})

    code, message = refusal(getattr(s3, operation), Bucket=STATE, **OF_BUCKET[operation])

    assert code == "AccessDenied"
    assert f"resource: arn:aws:s3:::{STATE} with an explicit deny in a permissions boundary" in message
    assert getattr(s3, operation)(Bucket=spare, **OF_BUCKET[operation])


@pytest.mark.parametrize("operation", ["put_key_policy", "update_alias", "delete_alias", "schedule_key_deletion"])
def test_the_states_key_is_not_lost(widened: Callable[[str], Any], account: Account, operation: str) -> None:
    """The role makes a key of its own, changes it, and lets it go."""
    kms, state = widened("kms"), "alias/mlops-pulumi-state"
    listed = account.client("kms").list_aliases()["Aliases"]
    (key,) = [one["TargetKeyId"] for one in listed if one["AliasName"] == state]
    policy = account.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    spare, alias = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"], f"alias/{operation}"
    kms.create_alias(AliasName=alias, TargetKeyId=spare)

    def call(key: str, alias: str) -> dict[str, str]:
        return {
            "put_key_policy": {"KeyId": key, "PolicyName": "default", "Policy": policy},
            "update_alias": {"AliasName": alias, "TargetKeyId": spare},
            "delete_alias": {"AliasName": alias},
            "schedule_key_deletion": {"KeyId": key},
        }[operation]

    code, message = refusal(getattr(kms, operation), **call(key, state))

    assert code == "AccessDeniedException"
    assert "with an explicit deny in a permissions boundary" in message
    assert getattr(kms, operation)(**call(spare, alias))
