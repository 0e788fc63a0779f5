"""sandbox.rehearsal.roles: which job runs a verb, and what its token says."""

import pytest

from sandbox.rehearsal.identity import Identity
from sandbox.rehearsal.roles import Administrator, Job, claims, job, jobs, title

IDENTITY = Identity(name="toy", region="eu-west-1", github_owner="somebody", github_owner_id=7, github_repository_id=9)


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        ("pipeline train", Job("registry", "ci-retrain")),
        ("pipeline data check --job", Job("registry", "ci-retrain")),
        ("pipeline register", Job("registry", "ci-retrain")),
        ("pipeline report", Job("registry", "ci-report", event="pull_request")),
        ("pipeline release staging --version 2", Job("staging", "ci-release-staging", "staging")),
        ("pipeline rollback production", Job("production", "ci-rollback-production", "rollback")),
        ("pipeline rollback staging", Job("staging", "ci-rollback-staging", "rollback")),
        ("pipeline expire staging", Job("staging", "ci-monitor-staging")),
        ("pipeline monitor production --html x", Job("production", "ci-monitor-production")),
        ("pipeline reconcile production", Job("production", "ci-monitor-production")),
        ("pipeline explain staging", Job("staging", "ci-release-staging", "staging")),
        ("pipeline stack preview platform", Job("registry", "ci-preview", event="pull_request")),
        ("pipeline stack drift staging", Job("staging", "ci-preview-staging")),
        ("sandbox up infra/platform --stack platform", Job("registry", "ci-infra", "infra")),
        ("sandbox up infra/service --stack staging", Job("staging", "ci-infra-staging", "infra")),
        ("pipeline stack up production --yes", Job("production", "ci-infra-production", "infra-production")),
    ],
)
def test_a_verb_has_the_role_of_its_job(words: str, runs: Job) -> None:
    """In the account that it works in, and with the job's GitHub environment."""
    assert job(*words.split()) == runs


@pytest.mark.parametrize(
    ("words", "purposes"),
    [
        ("pipeline reconcile production", {"ci-monitor-production", "ci-release-production"}),
        ("pipeline explain staging", {"ci-release-staging", "ci-rollback-staging"}),
        ("pipeline release staging", {"ci-release-staging"}),
    ],
)
def test_several_jobs_may_run_a_verb(words: str, purposes: set[str]) -> None:
    """One of them by itself, the others beside their own."""
    assert {one.purpose for one in jobs(*words.split())} == purposes


@pytest.mark.parametrize("words", ["pipeline teardown production", "sandbox destroy infra/service --stack staging"])
def test_what_no_workflow_does_has_no_job(words: str) -> None:
    """Nobody's role is guessed."""
    with pytest.raises(LookupError, match="no workflow runs"):
        job(*words.split())


def test_the_token_is_of_the_repositorys_main_branch() -> None:
    """With the numbers that GitHub gave it, and the job's environment."""
    assert claims(Job("staging", "ci-release-staging", "staging"), IDENTITY) == {
        "repository": "somebody/toy",
        "owner_id": 7,
        "repository_id": 9,
        "event": "push",
        "ref": "refs/heads/main",
        "environment": "staging",
    }


def test_a_job_without_an_environment_names_none() -> None:
    """Its token's subject then has the branch."""
    assert claims(Job("registry", "ci-retrain"), IDENTITY)["environment"] == ""


def test_a_pull_requests_job_says_so() -> None:
    """Its ref is what a merge would give; its subject is made of the event."""
    said = claims(Job("registry", "ci-report", event="pull_request"), IDENTITY)
    assert (said["event"], said["ref"]) == ("pull_request", "refs/pull/1/merge")


@pytest.mark.parametrize(
    ("who", "word"),
    [(Job("registry", "ci-infra"), "ci-infra"), (Administrator("staging"), "administrator"), (None, "nobody")],
)
def test_everybody_has_a_title(who: Job | Administrator | None, word: str) -> None:
    """For the record."""
    assert title(who) == word
