"""Candidate and champion are scored by jobs of the same shape, each in its own image."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, endpoint, evaluate, jobs, manifest, registry, settings
from pipeline import train as training
from pipeline.errors import UserError

from .conftest import BUCKET, GROUP, JOB, TAGS, Fleet, tags_of

PINNED = manifest.Manifest(b'{"files": []}')
NAME = evaluate.name_digest("s3://model", "sha", "image")


@pytest.mark.parametrize(
    "other",
    [("s3://other", "sha", "image"), ("s3://model", "other", "image"), ("s3://model", "sha", "other")],
)
def test_the_name_changes_with_each_input(other: tuple[str, str, str]) -> None:
    """Model, data or image: other numbers, another job."""
    assert evaluate.name_digest(*other) != NAME


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong."""
    storage, job = settings.Storage(bucket=BUCKET), settings.Job(**JOB)  # type: ignore[arg-type]
    made = evaluate.request("flights-evaluate-0", "s3://b/model.tar.gz", "image", PINNED, job, storage)
    shape = get_session().get_service_model("sagemaker").operation_model("CreateProcessingJob").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""


@pytest.mark.parametrize(
    ("champion", "said"),
    [
        (None, "log loss 0.5000 (0.6000); in brackets the base rate, on the same rows."),
        (
            evaluate.Champion(3, "m", "s3://m", "i"),
            "log loss 0.5000 (0.5500); in brackets version 3, on the same rows.",
        ),
    ],
)
def test_a_workflow_is_told_the_metrics(champion: evaluate.Champion | None, said: str) -> None:
    """Beside those of the champion, or of the base rate."""
    compared = {"log_loss": {"candidate": 0.5, "champion": 0.55 if champion else None, "baseline": 0.6}}
    assert evaluate.summary(compared, champion) == f"**evaluate**: {said}"


@pytest.mark.usefixtures("cloud")
def test_a_job_says_whose_it_is() -> None:
    """Project, environment, owner, commit."""
    name = evaluate._start("s3://b/model.tar.gz", "image", PINNED)
    made = aws.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    assert tags_of(made["ProcessingJobArn"]) == {**TAGS, "environment": "platform"}


@pytest.mark.usefixtures("cloud")
def test_both_are_scored_on_the_same_files_each_in_its_own_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """And each document is that of its own job."""
    ours = training.Candidate("job", "s3://b/ours.tar.gz", PINNED, "ours@sha256:1")
    theirs = evaluate.Champion(1, "model-1", "s3://b/theirs.tar.gz", "theirs@sha256:2")
    asked: dict[str, dict[str, Any]] = {}

    def finish(kind: jobs.Kind, name: str) -> None:
        made = asked[name] = aws.client("sagemaker").describe_processing_job(ProcessingJobName=name)
        document = json.dumps({"image": made["AppSpecification"]["ImageUri"]}).encode()
        aws.client("s3").put_object(Bucket=BUCKET, Key=f"evaluations/{name}/evaluation.json", Body=document)

    monkeypatch.setattr(training, "candidate", lambda: ours)
    monkeypatch.setattr(evaluate, "champion", lambda: theirs)
    monkeypatch.setattr(jobs, "wait", finish)
    done = evaluate.evaluate()
    assert done.documents == {
        "candidate": {"image": "ours@sha256:1"},
        "champion": {"image": "theirs@sha256:2"},
    }
    inputs = [[one["S3Input"]["S3Uri"] for one in made["ProcessingInputs"]] for made in asked.values()]
    data = PINNED.uri(BUCKET)
    assert inputs == [["s3://b/ours.tar.gz", data], ["s3://b/theirs.tar.gz", data]]
    assert done.uri == f"s3://{BUCKET}/evaluations/{next(iter(asked))}/evaluation.json"


@pytest.fixture
def live(fleet: Fleet, register: Callable[..., int]) -> int:
    """Production serves the only version that the registry has."""
    version = registry.get(GROUP, register())
    service = settings.service("production")
    endpoint.make("production", version, service)
    fleet.serve(endpoint.target("production", version, service).config)
    return version.number


@pytest.mark.usefixtures("fleet")
def test_before_the_first_release_there_is_no_champion() -> None:
    """The base rate is all there is to beat."""
    assert evaluate.champion() is None


def test_the_champion_is_what_production_serves(live: int) -> None:
    """Endpoint, configuration and model say what serves; the registry says what it was made of."""
    found = evaluate.champion()
    assert found and found.name.startswith("flights-production-")
    assert (found.version, found.model_data, found.train_image) == (
        live,
        f"s3://{BUCKET}/one.tar.gz",
        "repository@sha256:2",
    )


def test_a_model_that_the_registry_does_not_know_stops_the_gate(
    live: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing with nothing would let every candidate through."""
    monkeypatch.setattr("pipeline.registry.find", lambda *_: None)
    with pytest.raises(UserError, match="which the registry does not know"):
        evaluate.champion()


def test_a_version_that_was_put_into_the_registry_by_hand_is_named(
    live: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows what to score it with."""
    bare = replace(registry.get(GROUP, live), properties={})
    monkeypatch.setattr(registry, "find", lambda *_: bare)
    with pytest.raises(UserError, match=f"production serves version {live}, which does not say in which"):
        evaluate.champion()


@pytest.mark.usefixtures("fleet")
def test_without_a_look_at_production_the_gate_does_not_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that is missing or closed is not the same as an environment that serves nothing."""
    monkeypatch.setattr("pipeline.aws.observer", lambda environment: None)
    with pytest.raises(UserError, match="apply the service stack of production first"):
        evaluate.champion()
