"""The project's own make targets with the real Pulumi command, under the roles that its workflows would have."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from engine import ACCOUNT, Engine, Stack
from pipeline import names
from sandbox.access import removal

pytestmark = pytest.mark.slow
STACKS = ["platform", "staging", "production"]
CHANGED = {
    "platform": ("platform:evaluate.max_runtime_seconds", "2400"),
    "staging": ("service:log_retention_days", "60"),
    "production": ("service:maximum_instances", "6"),
}


# what the real provider alone reads: tests/infra/provider_operations.toml of the project
EVERYWHERE = {
    "iam": "GetPolicyVersion ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies",
    "kms": "GetKeyPolicy GetKeyRotationStatus ListAliases ListResourceTags",
    "sagemaker": "ListTags",
    "ssm": "DescribeParameters ListTagsForResource",
}
OF_THE_PLATFORM = {
    "ecr": "GetRepositoryPolicy ListTagsForResource",
    "s3": "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration "
    "GetBucketRequestPayment GetBucketTagging GetBucketWebsite GetReplicationConfiguration ListTagsForResource",
    "sagemaker": "GetModelPackageGroupPolicy",
}
OF_AN_ENVIRONMENT = {
    "application-autoscaling": "ListTagsForResource",
    "budgets": "ListTagsForResource",
    "cloudwatch": "ListTagsForResource",
    "dynamodb": "DescribeContinuousBackups DescribeTimeToLive ListTagsOfResource",
    "logs": "ListTagsForResource",
    "sns": "ListSubscriptionsByTopic ListTagsForResource",
}
IN_THE_FOLDER = {"ssm": "GetParametersByPath"}  # on what is in it; the sandbox asks about the folder alone
SCALING = {"sagemaker": "DescribeEndpointConfig"}  # asked when the scaling is registered: the read half of an up
BEFORE_A_RELEASE = {
    "application-autoscaling": "DescribeScalableTargets DescribeScalingPolicies",
    "sagemaker": "DescribeEndpoint",
}
SPARE = {
    "platform": [EVERYWHERE, IN_THE_FOLDER, OF_THE_PLATFORM],
    "staging": [EVERYWHERE, IN_THE_FOLDER, OF_AN_ENVIRONMENT, SCALING, BEFORE_A_RELEASE],
    "production": [EVERYWHERE, IN_THE_FOLDER, OF_AN_ENVIRONMENT, SCALING],
}


@dataclass(frozen=True)
class Preview:
    """What `make preview` of a stack printed, and the versions in the bucket of the states before and after it."""

    stack: Stack
    printed: str
    before: list[str]
    after: list[str]


@pytest.fixture(scope="module", params=STACKS)
def preview(request: pytest.FixtureRequest, engine: Engine) -> Preview:
    """A preview in a pull request's job, of each stack."""
    stack: Stack = request.getfixturevalue(request.param)
    before = versions(engine)
    with role(engine, "preview", stack):
        printed = stack.make("preview")
    return Preview(stack, printed, before, versions(engine))


def test_a_pull_request_previews(preview: Preview) -> None:
    """By its role, of what is really there, too; and nothing has changed."""
    assert re.fullmatch(r"\s*\d+ unchanged\s*", preview.printed.rpartition("Resources:")[2])


def test_a_preview_writes_nothing(preview: Preview) -> None:
    """Not even a lock beside the state."""
    assert preview.before == preview.after


def test_a_preview_may_do_nothing_else(engine: Engine, preview: Preview) -> None:
    """It misses each grant of its role that is taken away, but for what the real provider alone reads."""
    decisions, policies = removal.read(engine.account.folder)
    unneeded = removal.granted(policies) - removal.needed(decisions, policies)
    own = f"{names.role(names.project(engine.project), purpose('preview', preview.stack))}/"
    spare = {one.action for one in unneeded if own in one.document}
    kinds = SPARE[preview.stack.name]
    assert spare == {f"{service}:{one}" for kind in kinds for service, read in kind.items() for one in read.split()}


def test_a_preview_makes_no_stack(engine: Engine, platform: Stack, tmp_path: Path) -> None:
    """It says what makes one."""
    state = {**engine.files, "PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_SECRETS_PROVIDER": "passphrase"}
    said = Stack(engine.account, platform.folder, platform.name, state).make("preview", fails=True)
    assert "no stack named 'platform' found" in said
    assert "`make up STACK=platform` makes it" in said
    assert [file for file in tmp_path.rglob("*") if "platform" in file.name] == []


@pytest.mark.parametrize("name", STACKS)
def test_a_merge_applies_what_has_changed(request: pytest.FixtureRequest, engine: Engine, name: str) -> None:
    """A setting of the stack, by the role that applies it."""
    stack: Stack = request.getfixturevalue(name)
    stack("config", "set", "--path", *CHANGED[name])
    with role(engine, "infra", stack):
        assert "1 updated" in stack.make("up")


def versions(engine: Engine) -> list[str]:
    """Every version of every object in the bucket of the states."""
    s3 = engine.account.client("s3")
    bucket = engine.bucket("")["PULUMI_BACKEND_URL"].split("/")[2]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return [one["VersionId"] for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, [])]


def purpose(of: str, stack: Stack) -> str:
    """A role of a stack, as its names have it."""
    return f"ci-{of}" if stack.name == "platform" else f"ci-{of}-{stack.name}"


@contextmanager
def role(engine: Engine, of: str, stack: Stack) -> Iterator[None]:
    """Be the role of a stack for `preview`, in a pull request's job, or for `infra`, in a job of that environment."""
    here = names.project(engine.project)
    job = ["--event", "pull_request"] if of == "preview" else ["--environment", of]
    arn = names.role_arn(here, ACCOUNT, purpose(of, stack))
    with engine.account.under(arn, "--repository", f"{here.github_owner}/{here.name}", *job):
        yield
