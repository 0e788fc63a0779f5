"""A training job is named by what determines the model, and asks for nothing else."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, image, jobs, manifest, settings, train, tree
from pipeline.errors import UserError

from .conftest import BUCKET, JOB, REPOSITORY, TAGS, pinned, tags_of

PARAMETERS = {"trees": "100"}
NAME = train.name_digest("tag", "sha", PARAMETERS)
PINNED = pinned()


def request(**job: object) -> dict[str, object]:
    """A CreateTrainingJob request."""
    definition = settings.Job(**{**JOB, **job})  # type: ignore[arg-type]
    storage = settings.Storage(bucket=BUCKET)
    return train.request("flights-train-0", "repository@sha256:1", PINNED, PARAMETERS, definition, storage)


@pytest.mark.parametrize(
    "other",
    [
        ("other", "sha", PARAMETERS),
        ("tag", "other", PARAMETERS),
        ("tag", "sha", {"trees": "101"}),
        ("tag", "sha", {**PARAMETERS, "depth": "4"}),
    ],
)
def test_the_name_changes_with_each_input(other: tuple[str, str, dict[str, str]]) -> None:
    """Image, data or hyperparameters: another model, another job."""
    assert train.name_digest(*other) != NAME


def test_equal_inputs_have_equal_names() -> None:
    """The next runner finds the job."""
    assert train.name_digest("tag", "sha", dict(PARAMETERS)) == NAME


def test_hyperparameters_are_text() -> None:
    """SageMaker takes nothing else."""
    found = train.hyperparameters(REPOSITORY)
    assert found and all(isinstance(value, str) for value in found.values())


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"subnets": ("subnet-1",), "security_groups": ("sg-1",)},
        {"spot": True, "max_wait_seconds": 7200},
    ],
)
def test_the_request_has_the_shape_of_the_api(job: dict[str, object]) -> None:
    """botocore's own service model finds nothing wrong."""
    shape = get_session().get_service_model("sagemaker").operation_model("CreateTrainingJob").input_shape
    assert ParamValidator().validate(request(**job), shape).generate_report() == ""


def test_a_job_inside_a_vpc_names_it() -> None:
    """Subnets and security groups are the platform's."""
    vpc = request(subnets=("subnet-1",), security_groups=("sg-1",))["VpcConfig"]
    assert vpc == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}


def test_only_spot_capacity_is_waited_for() -> None:
    """SageMaker refuses MaxWaitTimeInSeconds for a job that does not run on spot capacity."""
    ordinary, spot = request(), request(spot=True, max_wait_seconds=7200)
    assert ordinary["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}
    assert spot["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}


def test_the_container_has_no_network() -> None:
    """A dependency that turns bad cannot send data away."""
    assert request()["EnableNetworkIsolation"] is True


@pytest.mark.usefixtures("cloud")
def test_a_tree_without_a_trained_model_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`evaluate`, `gate` and `register` work on what `train` made of the same tree."""
    (project / "data").mkdir()
    (project / manifest.PATH).write_bytes(PINNED.content)
    monkeypatch.setattr(train, "_digest", lambda root, pinned: "0" * 64)
    with pytest.raises(UserError, match="run `pipeline train` first"):
        train.candidate()


@pytest.mark.usefixtures("cloud")
def test_a_job_says_whose_it_is_and_that_it_is_an_experiment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Project, environment, owner, commit; a folder that is no commit registers nothing."""
    (project / "data").mkdir()
    (project / manifest.PATH).write_bytes(PINNED.content)
    monkeypatch.setattr("pipeline.data.push.push", lambda: None)
    monkeypatch.setattr(image, "ensure", lambda target: SimpleNamespace(uri="repository@sha256:1"))
    monkeypatch.setattr(train, "_digest", lambda root, pinned: "0" * 64)
    monkeypatch.setattr(train, "hyperparameters", lambda root: PARAMETERS)
    monkeypatch.setattr(jobs, "wait", jobs.describe)
    monkeypatch.setattr(train, "_known_here", lambda *_: {})
    made, _ = train.train(tree.Tree(None, dirty=True), experiment=True)
    described = aws.client("sagemaker").describe_training_job(TrainingJobName=made.job)
    expected = {**TAGS, "environment": "platform", "experiment": "true"}
    assert tags_of(described["TrainingJobArn"]) == expected
