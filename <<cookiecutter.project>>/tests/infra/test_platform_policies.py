"""What the roles may do."""

import json
from typing import Any

import pytest
from sandbox.stacks.recording import Recording

from tests.infra.conftest import statements

# actions for which AWS knows no resource, or which look for one: Service Authorization Reference
ON_EVERYTHING = {
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "kms:CreateKey",
    "kms:ListAliases",
    "logs:DescribeLogGroups",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
    "ssm:DescribeParameters",
}


def allowed(platform: Recording) -> list[tuple[str, dict[str, Any]]]:
    """Each role's statements."""
    return [
        (policy.name, statement)
        for policy in platform.all("RolePolicy")
        for statement in statements(policy.inputs["policy"])
    ]


def actions(platform: Recording, role: str) -> set[str]:
    """The actions that `role` is allowed."""
    return {action for name, one in allowed(platform) if name == role for action in one["Action"]}


def test_no_role_has_a_wildcard_in_an_action(platform: Recording) -> None:
    """Each action is named."""
    assert [action for _, one in allowed(platform) for action in one["Action"] if "*" in action] == []


def test_only_what_takes_no_resource_is_allowed_on_everything(platform: Recording) -> None:
    """Every other statement names resources."""
    wide = {action for _, one in allowed(platform) if "*" in one["Resource"] for action in one["Action"]}
    assert wide == ON_EVERYTHING


@pytest.mark.parametrize("role", ["preview", "retrain", "rollback", "infra"])
def test_a_policy_fits_into_a_role(platform: Recording, role: str) -> None:
    """IAM: at most 10,240 characters of inline policies per role, white space not counted."""
    text = json.dumps(json.loads(platform.one("RolePolicy", role)["policy"]), separators=(",", ":"))
    assert len(text) <= 10240


def test_a_preview_changes_nothing(platform: Recording) -> None:
    """It reads the state and looks up parameters."""
    assert actions(platform, "preview") == {
        "kms:Decrypt",
        "s3:GetObject",
        "s3:ListBucket",
        "ssm:GetParametersByPath",
    }


@pytest.mark.parametrize("role", ["preview", "retrain", "infra"])
def test_only_releases_and_rollbacks_move_an_endpoint(platform: Recording, role: str) -> None:
    """The others cannot change what is served."""
    assert "sagemaker:UpdateEndpoint" not in actions(platform, role)


def test_a_rollback_creates_nothing_to_serve(platform: Recording) -> None:
    """It goes back to what exists."""
    creating = {"sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "iam:PassRole"}
    assert not creating & actions(platform, "rollback")


def test_a_staging_release_cannot_touch_production(platform: Recording) -> None:
    """None of its resources is production's."""
    text = json.dumps([one for name, one in allowed(platform) if name == "release-staging"])
    assert "production" not in text


@pytest.mark.parametrize("role", ["release-staging", "release-production", "retrain"])
def test_a_role_is_passed_to_sagemaker_only(platform: Recording, role: str) -> None:
    """PassRole is bound to the service."""
    passing = [one for name, one in allowed(platform) if name == role and "iam:PassRole" in one["Action"]]
    assert [one["Condition"] for one in passing] == [
        {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    ]


def test_infra_makes_no_role_without_the_boundary(platform: Recording) -> None:
    """Creating a role and writing its policy are bound to the boundary."""
    making = [
        one
        for name, one in allowed(platform)
        if name == "infra" and {"iam:CreateRole", "iam:PutRolePolicy"} & set(one["Action"])
    ]
    assert [one["Condition"] for one in making] == [
        {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/mlops-boundary"}}
    ]
