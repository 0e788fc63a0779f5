"""Which job gets which role: GitHub's token, as the sandbox's trust policies see it."""

from typing import Any

import pytest

from workflows import events
from workflows.act import Run
from workflows.events import Event
from workflows.github import GitHub

pytestmark = pytest.mark.slow
TAKE = "aws-actions/configure-aws-credentials@" + "1" * 40


def taken(hosted: GitHub, role: str, event: Event, **job: Any) -> Run:
    """The run of a job that takes a role for an event."""
    given = {"role-to-assume": hosted.variables[role], "aws-region": "${{ vars.AWS_REGION }}"}
    says = {"run": 'test -n "$AWS_SESSION_TOKEN" && echo "in $AWS_REGION"'}
    with hosted.planted(event.name, {"uses": TAKE, "with": given}, says, **job) as name:
        return hosted.run(name, event)


def refusal(ran: Run) -> str:
    """What the job said when it got no role."""
    assert ran.results == {"one": "failure"}, ran.log
    [(kind, _, sentence)] = ran.annotations
    assert kind == "error"
    return sentence


def test_main_takes_the_role_of_a_retraining(hosted: GitHub) -> None:
    """And its credentials are in the environment of the steps after it."""
    ran = taken(hosted, "ROLE_RETRAIN", events.push())
    assert ran.results == {"one": "success"}, ran.log
    assert f"in {hosted.variables['AWS_REGION']}" in ran.jobs["one"].log


def test_a_pull_request_does_not(hosted: GitHub) -> None:
    """Its subject is another."""
    pulled = events.pull_request(hosted.repository)
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in refusal(taken(hosted, "ROLE_RETRAIN", pulled))


def test_a_pull_request_takes_the_role_that_reads_metrics(hosted: GitHub) -> None:
    """One from the repository itself."""
    assert taken(hosted, "ROLE_REPORT", events.pull_request(hosted.repository)).results == {"one": "success"}


@pytest.mark.parametrize(("fork", "actor"), [("them/theirs", events.OWNER), ("", events.BOT)])
def test_a_stranger_gets_no_token(hosted: GitHub, fork: str, actor: str) -> None:
    """A fork, and Dependabot."""
    pulled = events.pull_request(hosted.repository, fork=fork, actor=actor)
    assert "gets no token" in refusal(taken(hosted, "ROLE_REPORT", pulled))


def test_a_job_of_an_environment_takes_its_role(hosted: GitHub) -> None:
    """The environment may be an expression that the job's `env` repeats."""
    named = {"environment": "${{ vars.WHERE }}", "env": {"WHERE": "${{ vars.WHERE }}"}}
    hosted.variables["WHERE"] = "staging"
    try:
        assert taken(hosted, "ROLE_RELEASE_STAGING", events.dispatch(), **named).results == {"one": "success"}
    finally:
        del hosted.variables["WHERE"]


@pytest.mark.parametrize("job", [{}, {"environment": "rollback"}])
def test_a_job_of_another_environment_does_not(hosted: GitHub, job: dict[str, str]) -> None:
    """Nor one of none."""
    assert "Not authorized" in refusal(taken(hosted, "ROLE_RELEASE_STAGING", events.dispatch(), **job))


def test_a_job_of_the_environment_on_another_branch_does_not(hosted: GitHub) -> None:
    """The environment's name alone opens nothing."""
    elsewhere = events.dispatch(ref="refs/heads/change")
    assert "Not authorized" in refusal(taken(hosted, "ROLE_RELEASE_STAGING", elsewhere, environment="staging"))
