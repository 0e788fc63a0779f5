"""The program that founds an account."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from foundation import ACCOUNT, BOUNDARY, REGION, REPOSITORY, found, may
from pipeline import names
from sandbox.stacks.asking import Stack, wanted
from sandbox.stacks.program import SettingsError
from sandbox.stacks.recording import Recording, record

from infra.policies import documents, infrastructure, jobs, releases, serving, workflows


@pytest.fixture(scope="module")
def foundation() -> Recording:
    """The foundation without any configuration."""
    return found()


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


def test_the_jobs_logs_end(foundation: Recording) -> None:
    """Both groups are kept for the days that are configured."""
    kept = {one.inputs["name"]: one.inputs["retentionInDays"] for one in found(log_retention_days="30").all("LogGroup")}
    assert kept == {"/aws/sagemaker/TrainingJobs": 30, "/aws/sagemaker/ProcessingJobs": 30}


@pytest.mark.parametrize("days", ["31", "forever"])
def test_a_retention_that_aws_lacks_is_refused(days: str) -> None:
    """The sentence lists what there is."""
    with pytest.raises(SettingsError, match=rf"foundation:log_retention_days is {days}: write one of 1, 3, 5"):
        found(log_retention_days=days)


def purposes() -> dict[str, dict[str, Any]]:
    """Every role of a project, by its purpose."""
    project = names.Project(name="p", description="", github_owner="o", region=REGION, owner_email="a@b.c")
    place, key = documents.around(project, ACCOUNT), f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
    network = (["subnet-1"], ["sg-1"])
    return {
        **{name: job(place, key, network) for name, job in jobs.JOBS.items()},
        "endpoint": serving.endpoint(place, "staging", key, key, network),
        "observe": workflows.observe(place, "staging"),
        "ci-preview": infrastructure.preview(place, "staging", key, BOUNDARY),
        "ci-retrain": workflows.retrain(place, key),
        "examine": workflows.examine(place, key),
        "inspect": workflows.inspect(place, key),
        "ci-release": releases.release(place, "staging", key, key),
        "ci-rollback": releases.rollback(place, "staging", key, key),
        "ci-monitor": workflows.monitor(place, "staging", key),
        "ci-monitor-production": workflows.monitor(place, "production", key),
        "ci-infra-platform": infrastructure.up(place, names.REGISTRY, key, BOUNDARY),
        "ci-infra": infrastructure.up(place, "staging", key, BOUNDARY),
    }


@pytest.mark.parametrize("purpose", sorted(purposes()))
def test_the_boundary_lets_every_role_do_its_work(foundation: Recording, purpose: str) -> None:
    """Each action that a project's role is allowed, on each of its resources."""
    allowed = [one for one in purposes()[purpose]["Statement"] if one["Effect"] == "Allow"]
    asked = [
        (
            action,
            resource,
            {key: value for operands in one.get("Condition", {}).values() for key, value in operands.items()},
        )
        for one in allowed
        for action in one["Action"]
        for resource in one["Resource"]
    ]
    assert [question for question in asked if not may(foundation, *question)] == []


@pytest.mark.parametrize("part", ["platform", "staging"])
def test_the_boundary_lets_an_up_make_read_and_change_a_stack(
    foundation: Recording, bake: Callable[..., Path], part: str
) -> None:
    """And remove it, by all that the table of kinds asks IAM for; but for the role that does so."""
    every = [asked for one in wanted(Stack(applied(bake(), part)), {}) for asked in one.questions]
    refused = {asked.resource for asked in every if not may(foundation, asked.action, asked.resource, asked.context)}
    assert {one.partition("-ci-infra")[1:] for one in refused} == {("-ci-infra", "-staging" * (part == "staging"))}


def applied(project: Path, part: str) -> Recording:
    """A project's platform, or an environment of it."""
    if part == "platform":
        return record(project / "infra/platform", part, REGION)
    platform = {"bucket": "b", "kms_key_arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"}
    references = {f"organization/{project.name}-platform/platform": platform}
    first = {f"/{project.name}/{part}/first-configuration": f"{project.name}-{part}-first"}
    return record(project / "infra/service", part, REGION, references=references, parameters=first)


@pytest.mark.parametrize(
    ("setting", "kind"),
    [("oidc_provider", "OpenIdConnectProvider"), ("boundary", "Policy"), ("job_logs", "LogGroup")],
)
def test_what_is_skipped_is_not_made(setting: str, kind: str) -> None:
    """An account that has it already loses nothing."""
    assert found(**{setting: "skip"}).all(kind) == []


def test_what_is_there_is_taken_by_its_arn() -> None:
    """The stack makes none, and exports the one that was given."""
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    recording = found(oidc_provider=arn)
    assert recording.all("OpenIdConnectProvider") == []
    assert recording.outputs["github_provider_arn"] == arn


def test_a_state_bucket_that_is_there_is_left_as_it_is() -> None:
    """Its owner guards it."""
    recording = found(state="arn:aws:s3:::ours")
    assert recording.all("Bucket") == []
    assert recording.outputs["state_bucket"] == "ours"


def test_the_accounts_buckets_are_closed_by_choice_only() -> None:
    """What others publish from the account would go dark."""
    assert found().all("AccountPublicAccessBlock") == []
    assert found(public_access_block="create").one("AccountPublicAccessBlock")["blockPublicAcls"] is True


def test_a_budget_tells_before_it_is_spent() -> None:
    """At 80 % of it, and when the month is forecast to cost more."""
    recording = found(budget="create", budget_usd="500", alert_email="me@example.com")
    budget = recording.one("Budget")
    assert (budget["limitAmount"], budget["timeUnit"]) == ("500.0", "MONTHLY")
    told = [(one["threshold"], one["notificationType"]) for one in budget["notifications"]]
    assert told == [(80, "ACTUAL"), (100, "FORECASTED")]


def test_one_account_shares_its_state_with_none(foundation: Recording) -> None:
    """Only the Deny is in the bucket's policy, and only the owner in the key's."""
    assert len(json.loads(foundation.one("BucketPolicy")["policy"])["Statement"]) == 1
    assert len(json.loads(foundation.one("Key")["policy"])["Statement"]) == 1


def test_member_accounts_reach_the_state_and_its_key() -> None:
    """Their IAM decides who."""
    recording = found(member_accounts='["222222222222"]')
    statements = json.loads(recording.one("BucketPolicy")["policy"])["Statement"][1:]
    statements += json.loads(recording.one("Key")["policy"])["Statement"][1:]
    assert {one["Principal"]["AWS"][0] for one in statements} == {"arn:aws:iam::222222222222:root"}


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("oidc_provider", "yes", "foundation:oidc_provider is yes: write create, skip or an ARN such as arn:aws:iam::"),
        (
            "role_path",
            "/",
            "foundation:role_path is /: write a path of the projects' own, such as /mlops/; below / are",
        ),
        ("role_path", "teams", "foundation:role_path is teams: write a path of the projects' own, such as /mlops/"),
        ("job_logs", "arn:aws:logs:x", "foundation:job_logs is arn:aws:logs:x: write create or skip"),
        ("state_key", "skip", "foundation:state_key is skip: write create, or the ARN of a key"),
        ("budgt", "create", "foundation:budgt is unknown: write one of state, state_key, oidc_provider, boundary"),
        ("member_accounts", "[222222222222]", "foundation:member_accounts is [222222222222]: write a list of"),
        ("member_accounts", '["222"]', "write a list of 12-digit account ids in quotes"),
        ("member_accounts", f'["{ACCOUNT}"]', "the account of this stack: leave it out"),
        ("budget", "create", "foundation:budget_usd is missing: write whole dollars from 1 to 1000000"),
    ],
)
def test_a_wrong_choice_is_named(setting: str, value: str, sentence: str) -> None:
    """The key, what it is, what to write."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        found(**{setting: value})
