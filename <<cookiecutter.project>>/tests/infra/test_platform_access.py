"""The roles of the workflows' jobs in the registry's account."""

import pytest
import yaml
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, published, statements

GITHUB = "token.actions.githubusercontent.com"
PURPOSES = ("ci-preview", "ci-report", "ci-retrain", "ci-infra")


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


@pytest.mark.parametrize("purpose", ["examine", "inspect"])
def test_productions_releases_and_traffic_are_examined_by_roles_of_the_registrys(
    platform: Recording, purpose: str
) -> None:
    """Its account says who takes them; here all are one."""
    (trusted,) = statements(platform.one("Role", purpose)["assumeRolePolicy"])
    assert trusted["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_a_session_lasts_as_long_as_its_job(platform: Recording) -> None:
    """An hour, but for the one that waits for validation, training and evaluation."""
    lasting = {one: platform.one("Role", one)["maxSessionDuration"] for one in PURPOSES}
    assert lasting == {"ci-preview": 3600, "ci-report": 3600, "ci-retrain": 14400, "ci-infra": 3600}


def test_the_workflow_asks_for_the_whole_session() -> None:
    """AWS gives no more than the role allows, and an hour where nothing is asked."""
    workflow = yaml.safe_load((names.root() / ".github/workflows/retrain.yml").read_text())
    steps = workflow["jobs"]["retrain"]["steps"]
    (asked,) = (one["with"]["seconds"] for one in steps if "role" in one.get("with", {}))
    assert asked == "14400"


def test_the_jobs_as_shipped_fit_the_session(platform: Recording) -> None:
    """Validation, training and evaluation at their limits, and half an hour besides."""
    jobs = [published(platform, "platform", "jobs", one) for one in ("validate", "train", "evaluate")]
    longest = sum(one["max_wait_seconds"] or one["max_runtime_seconds"] for one in jobs)
    assert longest + 1800 <= platform.one("Role", "ci-retrain")["maxSessionDuration"]


def test_every_role_carries_the_accounts_boundary(platform: Recording) -> None:
    """Jobs and workflows alike."""
    boundaries = {one.inputs["permissionsBoundary"] for one in platform.all("Role")}
    assert boundaries == {"arn:aws:iam::123456789012:policy/mlops-boundary"}
