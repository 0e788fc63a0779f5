"""What `pulumi up` and `pulumi preview` may do, and what they must not."""

from dataclasses import replace

import pytest

from infra.policies import documents, infrastructure, state
from pipeline import names
from tests.infra.conftest import PROJECT

PLACE = documents.around(PROJECT, "1" * 12)
KEY, BOUNDARY = "arn:aws:kms:eu-west-1:111111111111:key/a", "arn:aws:iam::111111111111:policy/mlops-boundary"
DOCUMENTS = {
    "ci-infra": infrastructure.up(PLACE, names.REGISTRY, KEY, BOUNDARY),
    "ci-infra-production": infrastructure.up(PLACE, "production", KEY, BOUNDARY),
}


def allowed(document: documents.Document, action: str) -> list[documents.Document]:
    """The statements that allow `action`."""
    return [one for one in document["Statement"] if one["Effect"] == "Allow" and action in one["Action"]]


@pytest.mark.parametrize("purpose", DOCUMENTS)
@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
def test_no_role_is_made_or_written_without_the_boundary(purpose: str, action: str) -> None:
    """The request, or the role, carries it."""
    (statement,) = allowed(DOCUMENTS[purpose], action)
    assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}


@pytest.mark.parametrize("purpose", DOCUMENTS)
def test_the_role_only_reads_itself(purpose: str) -> None:
    """A change of it is a person's."""
    own = PLACE.role(purpose)
    named = [one for one in DOCUMENTS[purpose]["Statement"] if own in one["Resource"]]
    assert {action.partition(":")[2][:3] for one in named for action in one["Action"]} == {"Get", "Lis"}


@pytest.mark.parametrize("purpose", DOCUMENTS)
@pytest.mark.parametrize(
    "action",
    ["dynamodb:DeleteTable", "s3:DeleteBucket", "kms:ScheduleKeyDeletion", "kms:CreateKey", "iam:PassRole"],
)
def test_what_holds_something_is_a_persons_to_delete(purpose: str, action: str) -> None:
    """And no role is handed on."""
    assert allowed(DOCUMENTS[purpose], action) == []


@pytest.mark.parametrize(
    ("action", "end"),
    [("logs:CreateLogGroup", ":*"), ("logs:PutRetentionPolicy", ":*"), ("logs:TagResource", "")],
)
def test_a_log_groups_arn_has_an_end_but_for_its_tags(action: str, end: str) -> None:
    """As CloudWatch Logs asks."""
    (statement,) = allowed(DOCUMENTS["ci-infra-production"], action)
    group = names.endpoint_log_group(PROJECT, "production")
    assert statement["Resource"] == [PLACE.arn("logs", f"log-group:{group}{end}", "production")]


def test_an_environments_role_does_not_touch_the_other() -> None:
    """None of its resources is staging's."""
    assert "staging" not in str(DOCUMENTS["ci-infra-production"])


@pytest.mark.parametrize("purpose", DOCUMENTS)
def test_only_its_own_stacks_state_is_written(purpose: str) -> None:
    """The platform's and each environment's lie in one bucket."""
    (writing,) = allowed(DOCUMENTS[purpose], "s3:PutObject")
    stack = "platform/platform" if purpose == "ci-infra" else "service/production"
    bucket = f"arn:aws:s3:::mlops-pulumi-state-{'1' * 12}-{PROJECT.region}"
    assert writing["Resource"] == [f"{bucket}/{PROJECT.name}/.pulumi/*/{PROJECT.name}-{stack}*"]


@pytest.mark.parametrize("purpose", DOCUMENTS)
def test_a_state_bucket_that_was_there_is_reached_instead(purpose: str) -> None:
    """The one that project.toml names, and none beside it."""
    place = documents.around(replace(PROJECT, state_bucket="ours"), "1" * 12)
    part = names.REGISTRY if purpose == "ci-infra" else "production"
    reached = {
        resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        for one in state.change(place, part)
        for resource in one["Resource"]
        if resource.startswith("arn:aws:s3:::")
    }
    assert reached == {"ours"}


def test_the_roles_that_are_changed_are_those_that_the_stacks_make() -> None:
    """By name, not by pattern."""
    named = {role for one in DOCUMENTS.values() for role in allowed(one, "iam:CreateRole")[0]["Resource"]}
    platform = {PLACE.role(one) for one in infrastructure.PLATFORM_ROLES}
    purposes = (*infrastructure.ENVIRONMENT_ROLES, *infrastructure.GUARDED_ROLES)
    production = {PLACE.role(f"{one}-production") for one in purposes}
    assert named == platform | production
    assert not any("*" in one for one in named)
    assert PLACE.role("ci-infra") == names.role_arn(PROJECT, "1" * 12, "ci-infra")


def actions(document: documents.Document) -> set[str]:
    """All that a document allows."""
    return {action for one in document["Statement"] if one["Effect"] == "Allow" for action in one["Action"]}


@pytest.mark.parametrize("part", [names.REGISTRY, "production"])
def test_a_preview_may_do_nothing_that_an_up_may_not(part: str) -> None:
    """Not one action, and none on another resource."""
    up, preview = (one(PLACE, part, KEY, BOUNDARY) for one in (infrastructure.up, infrastructure.preview))
    for one in preview["Statement"]:
        assert any(
            set(one["Action"]) <= set(whole["Action"]) and {**one, "Action": 0} == {**whole, "Action": 0}
            for whole in up["Statement"]
        )


def test_a_preview_reads_back_what_an_up_makes() -> None:
    """For `--refresh`: each of the stack's resources, and itself."""
    preview = infrastructure.preview(PLACE, "production", KEY, BOUNDARY)
    reads = {"dynamodb:DescribeTable", "iam:GetRolePolicy", "kms:GetKeyPolicy", "sagemaker:DescribeEndpoint"}
    assert reads <= actions(preview)
    roles = {one for statement in allowed(preview, "iam:GetRole") for one in statement["Resource"]}
    assert {PLACE.role("ci-preview-production"), PLACE.role("ci-infra-production")} <= roles


@pytest.mark.parametrize("part", [names.REGISTRY, "staging"])
def test_a_preview_reads_no_data(part: str) -> None:
    """An object, or a key, of its own stack's state and of no other."""
    preview = infrastructure.preview(PLACE, part, KEY, BOUNDARY)
    (objects,) = allowed(preview, "s3:GetObject")
    pulumis = f"{state.bucket(PLACE)}/{PROJECT.name}/.pulumi/"
    assert all(one.startswith(pulumis) for one in objects["Resource"])
    assert all(KEY not in one["Resource"] for one in allowed(preview, "kms:Decrypt"))
    assert not {"dynamodb:GetItem", "dynamodb:Scan", "ecr:BatchGetImage"} & actions(preview)


def test_a_preview_decrypts_its_own_stacks_secrets_only() -> None:
    """A secret's context names its stack; the other way to the key is through S3."""
    preview = infrastructure.preview(PLACE, "staging", KEY, BOUNDARY)
    asked = [one["Condition"]["StringEquals"] for one in allowed(preview, "kms:Decrypt")]
    stacks = [f"{PROJECT.name}-platform/platform", f"{PROJECT.name}-service/staging"]
    assert asked == [
        {"kms:ViaService": f"s3.{PROJECT.region}.amazonaws.com"},
        {"kms:EncryptionContext:stack": stacks},
    ]
