"""A training job is named by what determines the model, and asks for nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, bucket, image, jobs, manifest, newest, record, settings, train, tree
from pipeline.__main__ import run
from pipeline.errors import UserError

from .conftest import BUCKET, JOB, REPOSITORY, TAGS, commit, git, pinned, tags_of
from .edits import pin_less, read_me, serve, tune
from .fake_training import Sagemaker

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


@pytest.mark.parametrize("content", [b"trees = = 3", b"\xff"])
def test_hyperparameters_that_are_not_toml_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    """It names the file."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model/hyperparameters.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"^model/hyperparameters.toml is not TOML: "):
        train.hyperparameters(tmp_path)


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


@pytest.fixture
def sagemaker(cloud: Callable[[str], Any], checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Sagemaker:
    """The working directory is a commit of main, whose images are built already."""
    real = aws.client
    found = Sagemaker(real("sagemaker"))
    monkeypatch.setattr(aws, "client", lambda service: found if service == "sagemaker" else real(service))
    uri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/flights/train@sha256:1"
    monkeypatch.setattr(image, "ensure", lambda target: SimpleNamespace(uri=uri))
    monkeypatch.setattr(aws, "poll", lambda: found.turn("Completed"))
    return found


def started(sagemaker: Sagemaker, *words: str, code: int = 0) -> int:
    """How many jobs `pipeline train` starts, which must end with `code`."""
    before = len(sagemaker.started)
    assert run(["train", *words, "--json"]) == code
    return len(sagemaker.started) - before


@pytest.mark.parametrize(("edit", "jobs_started"), [(read_me, 0), (serve, 0), (tune, 1), (pin_less, 1)])
def test_a_merge_trains_only_when_it_changes_the_model(
    sagemaker: Sagemaker, checkout: Path, edit: Callable[[Path], None], jobs_started: int
) -> None:
    """Nothing else costs anything; and merging it again does not either."""
    assert started(sagemaker) == 1
    edit(checkout)
    commit(checkout)
    assert [started(sagemaker), started(sagemaker)] == [jobs_started, 0]


def test_what_was_trained_before_a_revert_is_attached_to(sagemaker: Sagemaker, checkout: Path) -> None:
    """Whatever has been trained in between."""
    started(sagemaker)
    tune(checkout)
    commit(checkout)
    started(sagemaker)
    git(checkout, "revert", "--no-edit", "HEAD")
    assert started(sagemaker) == 0


def test_a_failed_job_is_tried_again_under_the_next_name(sagemaker: Sagemaker) -> None:
    """Its name and its log stay."""
    sagemaker.status = "Failed"
    assert started(sagemaker, code=20) == 1
    sagemaker.status = "Completed"
    assert started(sagemaker) == 1
    assert sagemaker.started[1] == f"{sagemaker.started[0]}-2"


def test_the_verb_run_again_after_a_dead_runner_waits_for_the_same_job(
    sagemaker: Sagemaker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The job runs on without the runner, and the record is written by whoever sees its end."""
    sagemaker.status = "InProgress"
    with monkeypatch.context() as dying:
        dying.setattr(aws, "poll", Mock(side_effect=KeyboardInterrupt))
        assert started(sagemaker, code=130) == 1
    capsys.readouterr()
    assert started(sagemaker) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["candidate"], answer["attached"]) == (sagemaker.started[0], True)
    assert record.refusal(record.read(sagemaker.started[0]), experiment=False) is None


def test_the_record_is_written_although_the_gate_was_faster(sagemaker: Sagemaker) -> None:
    """Its section stays, and what the run was made of comes beside it."""
    sagemaker.status = "InProgress"
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(aws, "poll", Mock(side_effect=KeyboardInterrupt))
        started(sagemaker, code=130)
    record.add(sagemaker.started[0], gate={"passed": True})
    started(sagemaker)
    found = record.read(sagemaker.started[0]) or {}
    assert (found["gate"], record.missing(found)) == ({"passed": True}, [])


def test_of_two_retrains_at_once_one_attaches(
    sagemaker: Sagemaker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both looked before either had started the job; AWS lets one of them have the name."""
    real = sagemaker.create_training_job

    def slower(**asked: Any) -> None:
        real(**asked)
        error = {"Code": "ResourceInUse", "Message": "Training job names must be unique"}
        raise ClientError({"Error": error}, "CreateTrainingJob")

    monkeypatch.setattr(sagemaker, "create_training_job", slower)
    assert started(sagemaker) == 1
    assert json.loads(capsys.readouterr().out)["attached"] is True


def test_a_run_is_recorded(sagemaker: Sagemaker, checkout: Path) -> None:
    """Commit, lock file, image, data, hyperparameters and seed, libraries, instance, time and cost."""
    started(sagemaker)
    found = record.read(sagemaker.started[0]) or {}
    assert record.missing(found) == []
    assert found["commit"] == tree.read(checkout).commit
    assert found["manifest"] == manifest.read(checkout).sha256
    assert found["hyperparameters"]["seed"] == "13"
    assert (found["experiment"], found["dirty"], found["branch"]) == (False, False, "main")


def test_the_record_stays_that_of_the_commit_that_trained(sagemaker: Sagemaker, checkout: Path) -> None:
    """A later one may come to the same job."""
    started(sagemaker)
    first = record.read(sagemaker.started[0])
    read_me(checkout)
    commit(checkout)
    started(sagemaker)
    assert record.read(sagemaker.started[0]) == first


def test_what_follows_the_newest_trains_when_that_moves(sagemaker: Sagemaker, checkout: Path) -> None:
    """On the manifest of the bucket, whatever git pins, which is not even pushed."""
    policy = checkout / "policy.toml"
    policy.write_text(policy.read_text().replace('follow = "pinned"', 'follow = "newest"'))
    commit(checkout)
    for to in ("2014-03-31T00:00:00+00:00", "2014-04-30T00:00:00+00:00"):
        bucket.write(pinned(to=to))
        newest.move(pinned(to=to))
        assert [started(sagemaker), started(sagemaker)] == [1, 0]
        assert (record.read(sagemaker.started[-1]) or {})["manifest"] == pinned(to=to).sha256
    assert not jobs.exists(BUCKET, f"{manifest.read(checkout).prefix}/manifest.json")


def test_a_job_says_whose_it_is(sagemaker: Sagemaker, checkout: Path) -> None:
    """Project, environment, owner, commit, and that its model can be registered."""
    started(sagemaker)
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{sagemaker.started[0]}"
    own = {"environment": "platform", "experiment": "false", "commit": tree.read(checkout).commit}
    assert tags_of(arn) == {**TAGS, **own}


@pytest.mark.parametrize("branch", [False, True])
def test_what_cannot_be_registered_is_trained_as_an_experiment_only(
    sagemaker: Sagemaker, checkout: Path, capsys: pytest.CaptureFixture[str], branch: bool
) -> None:
    """Under a name of its own, although a registrable model may have the same inputs."""
    started(sagemaker)
    git(checkout, "switch", "--quiet", "--create", "other") if branch else read_me(checkout)
    assert started(sagemaker, code=2) == 0
    assert "or try it with `pipeline train --experiment`" in capsys.readouterr().out
    assert started(sagemaker, "--experiment") == 1
    name = sagemaker.started[-1]
    assert name == sagemaker.started[0].replace("-train-", "-experiment-")
    assert "as an experiment" in str(record.refusal(record.read(name), experiment=False))
    assert tags_of(f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{name}")["experiment"] == "true"


def test_an_experiment_is_the_candidate_of_a_tree_that_allows_no_other(
    sagemaker: Sagemaker, checkout: Path
) -> None:
    """`evaluate` and `gate` judge it; `register` knows it by its name."""
    tune(checkout)
    started(sagemaker, "--experiment")
    found = train.candidate()
    assert (found.job, found.experiment) == (sagemaker.started[0], True)
    commit(checkout)
    with pytest.raises(UserError, match="no trained model"):
        train.candidate()


def test_git_is_asked_once(sagemaker: Sagemaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree could change in between."""
    asked: list[Path | None] = []
    real = tree.read
    monkeypatch.setattr(tree, "read", lambda root=None: asked.append(root) or real(root))
    started(sagemaker)
    assert len(asked) == 1


@pytest.mark.parametrize("words", ["is trained on manifest", "was trained already on manifest"])
def test_a_workflow_is_told_whether_it_was_trained(
    sagemaker: Sagemaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """And on which data."""
    if "already" in words:
        started(sagemaker)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    started(sagemaker)
    said = (tmp_path / "summary").read_text()
    assert f"`{sagemaker.started[0]}` {words} `{manifest.read(Path.cwd()).sha256[:12]}`" in said
