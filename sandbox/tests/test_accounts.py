"""sandbox.accounts: several accounts behind one address."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import REGION, Sandbox, make_role, policy, until

from sandbox.accounts import Accounts, owner
from sandbox.clock import Clock
from sandbox.processes import listing

OTHER = "222222222222"


@pytest.fixture(scope="module")
def other(sandbox: Sandbox) -> Callable[[str], Any]:
    """`other(service)` is a client of an administrator of another account."""
    return lambda service: boto3.client(
        service,
        endpoint_url=sandbox.url,
        region_name=REGION,
        aws_access_key_id=f"sandbox-{OTHER}",
        aws_secret_access_key="sandbox",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_key_names_its_account(other: Any) -> None:
    """The account is made by its first use."""
    assert other("sts").get_caller_identity()["Account"] == OTHER


@pytest.mark.parametrize(
    ("service", "make", "read"),
    [
        ("ssm", ("put_parameter", {"Name": "/here", "Value": "a", "Type": "String"}), ("get_parameter", "Name")),
        (
            "sagemaker",
            ("create_model_package_group", {"ModelPackageGroupName": "here"}),
            ("describe_model_package_group", "ModelPackageGroupName"),
        ),
        ("logs", ("create_log_group", {"logGroupName": "here"}), ("describe_log_streams", "logGroupName")),
    ],
)
def test_names_are_an_accounts_own(client: Any, other: Any, service: str, make: Any, read: Any) -> None:
    """What one account has is not found in another, whether moto keeps it or we do."""
    operation, arguments = make
    getattr(client(service), operation)(**arguments)
    with pytest.raises(ClientError, match=r"not exist|NotFound|not found"):
        getattr(other(service), read[0])(**{read[1]: arguments[read[1]]})


def test_a_buckets_name_is_taken_in_all_accounts(client: Any, other: Any) -> None:
    """Though only its own account lists it."""
    place = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket="accounts-shared", CreateBucketConfiguration=place)
    with pytest.raises(ClientError, match="BucketAlreadyExists"):
        other("s3").create_bucket(Bucket="accounts-shared", CreateBucketConfiguration=place)
    assert "accounts-shared" not in [bucket["Name"] for bucket in other("s3").list_buckets()["Buckets"]]


def test_an_image_of_another_account_runs(client: Any, other: Any, image: Any) -> None:
    """Its registry URI says whose it is; the repository's policy lets the other account in."""
    uri = image("accounts", "print('hello')")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    text = policy({"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": pull})
    client("ecr").set_repository_policy(repositoryName="toy/accounts", policyText=text)
    make_role(other("iam"), f"arn:aws:iam::{OTHER}:role/toy")
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    other("sagemaker").create_processing_job(
        ProcessingJobName="from-elsewhere",
        AppSpecification={"ImageUri": uri},
        RoleArn=f"arn:aws:iam::{OTHER}:role/toy",
        ProcessingResources={"ClusterConfig": cluster},
    )

    def status() -> str:
        return other("sagemaker").describe_processing_job(ProcessingJobName="from-elsewhere")["ProcessingJobStatus"]

    assert until(lambda: status() != "InProgress" and status(), 20) == "Completed"


def test_a_group_of_another_account_is_found_by_its_arn(client: Any, other: Any) -> None:
    """As a release does from an environment's account, which the group's policy lets in."""
    sagemaker = client("sagemaker")
    arn = sagemaker.create_model_package_group(ModelPackageGroupName="accounts")["ModelPackageGroupArn"]
    with pytest.raises(ClientError, match="no resource-based policy allows"):
        other("sagemaker").describe_model_package_group(ModelPackageGroupName=arn)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": "sagemaker:DescribeModelPackageGroup",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sagemaker.put_model_package_group_policy(ModelPackageGroupName="accounts", ResourcePolicy=policy)
    assert sagemaker.get_model_package_group_policy(ModelPackageGroupName="accounts")["ResourcePolicy"] == policy
    described = other("sagemaker").describe_model_package_group(ModelPackageGroupName=arn)
    assert described["ModelPackageGroupArn"] == arn


def test_the_folder_holds_one_folder_per_account(sandbox: Sandbox, other: Any) -> None:
    """Beside what belongs to the sandbox as a whole."""
    other("sts").get_caller_identity()
    assert {"123456789012", OTHER, "bin", "boot"} <= {path.name for path in sandbox.folder.iterdir()}


def test_the_page_of_accounts_lists_those_in_use(sandbox: Sandbox, other: Any) -> None:
    """Which is what `sandbox left` goes through."""
    other("sts").get_caller_identity()
    with urlopen(f"{sandbox.url}/sandbox/accounts", timeout=5) as answer:
        assert {"123456789012", OTHER} <= set(json.load(answer))


@pytest.mark.parametrize(
    ("service", "request_", "account"),
    [
        ("ecr", {"registryId": OTHER}, OTHER),
        ("ecr", {"repositoryName": "a"}, "1"),
        ("kms", {"KeyId": f"arn:aws:kms:{REGION}:{OTHER}:key/a"}, OTHER),
        ("kms", {"KeyId": "alias/a"}, "1"),
        ("kms", {"KeyId": "arn:aws:kms"}, "1"),
        ("ecr", {"registryId": "../elsewhere"}, "1"),
        ("sagemaker", {"ModelPackageGroupName": "a"}, "1"),
        ("ssm", {"Name": f"arn:aws:ssm:{REGION}:{OTHER}:parameter/a"}, "1"),
    ],
)
def test_the_owner_is_named_by_arn_or_registry(service: str, request_: dict[str, str], account: str) -> None:
    """For the services whose resources other accounts reach."""
    assert owner(service, request_, "1") == account


def test_to_stop_stops_every_account(tmp_path: Path) -> None:
    """With what it has running."""
    accounts, stopped = Accounts(tmp_path, REGION, Clock()), []
    for account in (OTHER, "333333333333"):
        accounts.world(account).on_stop(partial(stopped.append, account))
    accounts.stop()
    assert sorted(stopped) == [OTHER, "333333333333"]
    assert all(world.stopping.is_set() for world in accounts.all())


def test_the_page_of_processes_says_whose_they_are(tmp_path: Path) -> None:
    """Those of every account."""
    accounts = Accounts(tmp_path, REGION, Clock())
    for account in (OTHER, "333333333333"):
        accounts.world(account).processes.start("toy", "sleeps", ["sleep", "60"], cwd=tmp_path, env={})
    try:
        assert [child["account"] for child in json.loads(listing(accounts.all()))] == [OTHER, "333333333333"]
    finally:
        accounts.stop()
