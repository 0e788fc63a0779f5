"""Jobs are attached to by name; a failed attempt is followed by the next."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, jobs
from pipeline.errors import InfrastructureError

NAME = "flights-train-aaaaaaaaaaaa"


@pytest.fixture
def statuses(project: object, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Jobs by name, with their status; a list is worked off, one status for each look."""
    table: dict[str, Any] = {}

    def describe(kind: jobs.Kind, name: str) -> dict[str, Any] | None:
        status = table.get(name)
        if isinstance(status, list):
            status = status.pop(0)
        return (
            None if status is None else {kind.status_key: status, "FailureReason": "exit code 1\nlast words"}
        )

    monkeypatch.setattr(jobs, "describe", describe)
    monkeypatch.setattr("pipeline.aws.poll", lambda: None)
    return table


def newest(has_output: bool = True) -> tuple[str, bool]:
    """Ask for the attempt to use."""
    return jobs.newest(jobs.TRAINING, "a" * 64, lambda name: has_output)


@pytest.mark.usefixtures("statuses")
def test_the_first_attempt_has_no_number() -> None:
    """A job that does not exist is to be started."""
    assert newest() == (NAME, False)


@pytest.mark.parametrize("status", ["InProgress", "Completed"])
def test_a_running_or_completed_job_is_attached_to(statuses: dict[str, Any], status: str) -> None:
    """A re-run after a dead runner resumes, and unchanged inputs cost nothing."""
    statuses[NAME] = status
    assert newest() == (NAME, True)


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Stopping"])
def test_a_failed_job_is_followed_by_the_next_attempt(statuses: dict[str, Any], status: str) -> None:
    """Names are taken for good."""
    statuses[NAME] = status
    assert newest() == (f"{NAME}-2", False)


def test_a_completed_job_whose_output_is_gone_does_not_count(statuses: dict[str, Any]) -> None:
    """A teardown empties the bucket, but the job's name stays."""
    statuses[NAME] = "Completed"
    assert newest(has_output=False) == (f"{NAME}-2", False)


def test_waiting_ends_with_completion(statuses: dict[str, Any]) -> None:
    """The description of the completed job is what comes back."""
    statuses[NAME] = ["InProgress", "InProgress", "Completed"]
    assert jobs.wait(jobs.TRAINING, NAME)["TrainingJobStatus"] == "Completed"


def test_a_failure_gives_the_jobs_own_reason(statuses: dict[str, Any]) -> None:
    """One sentence, with the place of the log."""
    statuses[NAME] = ["InProgress", "Failed"]
    with pytest.raises(InfrastructureError) as failed:
        jobs.wait(jobs.TRAINING, NAME)
    assert f"{NAME} is Failed: exit code 1 last words (log group /aws/sagemaker/" in str(failed.value)


class Refusing:
    """SageMaker that refuses to create a job for `code`."""

    def __init__(self, code: str) -> None:
        """Remember why."""
        self.code = code

    def __getattr__(self, name: str) -> Any:
        """Whatever is asked for is refused."""

        def refuse(**_: Any) -> None:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, name)

        return refuse


def start() -> tuple[str, bool]:
    """Start the job, or attach."""
    return jobs.start(jobs.PROCESSING, "a" * 64, lambda name: True, lambda name: {"ProcessingJobName": name})


@pytest.mark.usefixtures("statuses")
def test_of_two_that_start_the_same_job_one_attaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other was faster between the look and the start."""
    monkeypatch.setattr(aws, "client", lambda service: Refusing("ResourceInUse"))
    assert start() == ("flights-evaluate-aaaaaaaaaaaa", True)


@pytest.mark.usefixtures("statuses")
def test_any_other_refusal_stops_the_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a quota that is used up."""
    monkeypatch.setattr(aws, "client", lambda service: Refusing("ResourceLimitExceeded"))
    with pytest.raises(ClientError, match="ResourceLimitExceeded"):
        start()
