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

from infra.policies import trust

pytestmark = pytest.mark.slow
STACKS = ["platform", "staging", "production"]
CHANGED = {  # and how many resources that changes: what the verbs read of the scaling is published beside it
    "platform": ("platform:evaluate.max_runtime_seconds", "2400", 1),
    "staging": ("service:log_retention_days", "60", 1),
    "production": ("service:maximum_instances", "6", 2),
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
    "events": "ListTagsForResource",
    "logs": "ListTagsForResource",
    "sns": "ListSubscriptionsByTopic ListTagsForResource",
}
SCALING = {"sagemaker": "DescribeEndpointConfig"}  # asked when the scaling is registered: the read half of an up
BEFORE_A_RELEASE = {
    "application-autoscaling": "DescribeScalableTargets DescribeScalingPolicies",
    "sagemaker": "DescribeEndpoint",
}
CONNECTED = {"events": "DescribeApiDestination", "iam": "GetRole GetRolePolicy"}  # where GitHub is reached
SPARE = {
    "platform": [EVERYWHERE, OF_THE_PLATFORM],
    "staging": [EVERYWHERE, OF_AN_ENVIRONMENT, SCALING, BEFORE_A_RELEASE],
    "production": [EVERYWHERE, OF_AN_ENVIRONMENT, SCALING, CONNECTED],
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
    key, value, changed = CHANGED[name]
    stack("config", "set", "--path", key, value)
    with role(engine, "infra", stack):
        assert f"{changed} updated" in stack.make("up")


@pytest.mark.parametrize("name", STACKS)
def test_drift_is_looked_for_on_main(request: pytest.FixtureRequest, engine: Engine, name: str) -> None:
    """By the role that looks, without a GitHub environment; right after the `up` above there is none."""
    stack: Stack = request.getfixturevalue(name)
    with role(engine, "preview", stack, event="push"):
        done = engine.account.command("pipeline", "stack", "drift", name, folder=engine.project, **stack.state)
    assert done.stdout == f"{name} is what its program says\n"


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
def role(engine: Engine, of: str, stack: Stack, event: str = "pull_request") -> Iterator[None]:
    """Be the role of a stack for `preview`, in a job of that event, or for `infra`, in its GitHub environment's job."""
    here = names.project(engine.project)
    environment = trust.changes(names.REGISTRY if stack.name == "platform" else stack.name)
    job = ["--event", event] if of == "preview" else ["--environment", environment]
    arn = names.role_arn(here, ACCOUNT, purpose(of, stack))
    with engine.account.under(arn, "--repository", f"{here.github_owner}/{here.name}", *job):
        yield
