"""What stays denied to a role that another one has widened to everything, each beside what it may then."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from account import HERE, Account, refusal, sandbox
from pipeline import names
from sandbox.access.issuer import Job

REGION = "eu-west-1"
BOUNDARY = f"arn:aws:iam::{HERE}:policy/mlops-boundary"
PATH = "/mlops/"
UNBOUNDED, BOUNDED = "OrganizationAccountAccessRole", "flight-delays-eu-west-1-spare"
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
def account(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The account with a project's platform, and with a role that has no boundary, as organisations make them."""
    with sandbox(project / ".venv/bin/sandbox", tmp_path_factory.mktemp("account") / "state", REGION) as founded:
        founded.apply("foundation", "account", project)
        founded.apply("infra/platform", "platform", project)
        founded.client("iam").create_role(RoleName=UNBOUNDED, AssumeRolePolicyDocument=TRUST)
        yield founded


@pytest.fixture(scope="module")
def one(project: Path) -> names.Project:
    """The project."""
    return names.project(project)


@pytest.fixture(scope="module")
def widened(account: Account, one: names.Project) -> Callable[[str], Any]:
    """`widened(service)` is a client of `ci-retrain`, into whose policy `ci-infra` has written everything."""
    repository = f"{one.github_owner}/{one.name}"
    infra = account.take(one, "ci-infra", Job(repository=repository, environment="infra"))
    account.client("iam", **infra).put_role_policy(
        RoleName=names.role(one, "ci-retrain"), PolicyName="more", PolicyDocument=EVERYTHING
    )
    retrain = account.take(one, "ci-retrain", Job(repository=repository))
    return lambda service: account.client(service, **retrain)


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
