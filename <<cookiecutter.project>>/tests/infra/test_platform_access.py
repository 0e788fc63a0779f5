"""The roles of the workflows' jobs in the registry's account."""

from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, statements

GITHUB = "token.actions.githubusercontent.com"
PURPOSES = ("ci-preview", "ci-retrain", "ci-infra")


def test_each_job_has_its_role(platform: Recording) -> None:
    """With the name that workflows and verbs derive."""
    named = {one.inputs["name"] for one in platform.all("Role")}
    assert {names.role(PROJECT, one) for one in PURPOSES} <= named


def test_github_opens_the_workflows_roles_and_nobody_else(platform: Recording) -> None:
    """By a token, never by a stored key."""
    for purpose in PURPOSES:
        (trusted,) = statements(platform.one("Role", purpose)["assumeRolePolicy"])
        assert trusted["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert trusted["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"}


def test_a_session_lasts_an_hour(platform: Recording) -> None:
    """Longer than any of these jobs runs."""
    assert {platform.one("Role", one)["maxSessionDuration"] for one in PURPOSES} == {3600}


def test_every_role_carries_the_accounts_boundary(platform: Recording) -> None:
    """Jobs and workflows alike."""
    boundaries = {one.inputs["permissionsBoundary"] for one in platform.all("Role")}
    assert boundaries == {"arn:aws:iam::123456789012:policy/mlops-boundary"}
