"""The program that founds an account."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sandbox.stacks.program import SettingsError
from sandbox.stacks.recording import Recording, record

REPOSITORY = Path(__file__).parent.parent
ACCOUNT, REGION = "123456789012", "eu-west-1"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mlops-boundary"


def found(**config: str) -> Recording:
    """A recording of the foundation; `config` is of its own namespace."""
    settings = {f"foundation:{key}": value for key, value in config.items()}
    return record(REPOSITORY / "infra", "account", REGION, settings)


@pytest.fixture(scope="module")
def foundation() -> Recording:
    """The foundation without any configuration."""
    return found()


def denied(foundation: Recording) -> list[dict[str, Any]]:
    """What the boundary takes away."""
    return [one for one in json.loads(foundation.one("Policy")["policy"])["Statement"] if one["Effect"] == "Deny"]


def test_the_state_is_versioned_encrypted_and_closed(foundation: Recording) -> None:
    """A lost state can be brought back, and nobody outside reads it."""
    assert foundation.one("BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    rule = foundation.one("BucketServerSideEncryptionConfiguration")["rules"][0]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == "arn:Key-key"
    block = foundation.one("BucketPublicAccessBlock")
    assert all(
        block[name] for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )


def test_the_state_is_reached_by_tls_only(foundation: Recording) -> None:
    """Everything else is denied to everyone."""
    (statement,) = json.loads(foundation.one("BucketPolicy")["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_state_and_its_key_are_protected(foundation: Recording) -> None:
    """Without them every stack of the account is lost."""
    assert {one.type.split(":")[-1] for one in foundation.resources if one.protect} == {"Bucket", "Key"}


def test_the_state_buckets_name_fits_s3_in_the_longest_region() -> None:
    """S3: at most 63 characters."""
    bucket = record(REPOSITORY / "infra", "account", "ap-southeast-1").one("Bucket")["bucket"]
    assert bucket == f"mlops-pulumi-state-{ACCOUNT}-ap-southeast-1"
    assert len(bucket) <= 63


def test_github_proves_itself_to_sts_only(foundation: Recording) -> None:
    """Its own issuer, and one audience."""
    provider = foundation.one("OpenIdConnectProvider")
    assert provider["url"] == "https://token.actions.githubusercontent.com"
    assert provider["clientIdLists"] == ["sts.amazonaws.com"]


def test_the_boundary_has_the_name_that_projects_expect(foundation: Recording) -> None:
    """Their roles name its ARN."""
    assert foundation.one("Policy")["name"] == "mlops-boundary"


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePermissionsBoundary"])
def test_within_the_boundary_no_role_without_it_is_made(foundation: Recording, action: str) -> None:
    """Denied unless the request carries the boundary."""
    (statement,) = [one for one in denied(foundation) if action in one["Action"]]
    assert statement["Condition"] == {"StringNotEquals": {"iam:PermissionsBoundary": BOUNDARY}}


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:CreateAccessKey",
    ],
)
def test_within_the_boundary_nobody_widens_or_leaves_it(foundation: Recording, action: str) -> None:
    """Denied without a condition."""
    (statement,) = [one for one in denied(foundation) if action in one["Action"]]
    assert "Condition" not in statement
    assert statement["Resource"] in ("*", BOUNDARY)


def test_the_boundary_does_not_allow_every_service(foundation: Recording) -> None:
    """It names those that projects use."""
    allowed = [one for one in json.loads(foundation.one("Policy")["policy"])["Statement"] if one["Effect"] == "Allow"]
    assert all(re.fullmatch(r"[a-z-]+[a-z0-9]+:\*", action) for one in allowed for action in one["Action"])


def test_the_jobs_logs_end(foundation: Recording) -> None:
    """Both groups are kept for the days that are configured."""
    kept = {one.inputs["name"]: one.inputs["retentionInDays"] for one in found(log_retention_days="30").all("LogGroup")}
    assert kept == {"/aws/sagemaker/TrainingJobs": 30, "/aws/sagemaker/ProcessingJobs": 30}


@pytest.mark.parametrize("days", ["31", "forever"])
def test_a_retention_that_aws_lacks_is_refused(days: str) -> None:
    """The sentence lists what there is."""
    with pytest.raises(SettingsError, match=rf"foundation:log_retention_days is {days}: write one of 1, 3, 5"):
        found(log_retention_days=days)
