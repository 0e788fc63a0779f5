"""Whether there is anything to train or to register, asked by names alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, bucket, changed, evaluate, gate, image, manifest, newest, policy, registry, train
from pipeline.evaluate import Champion
from pipeline.registry import Version

from .conftest import BUCKET, commit, evaluation, pinned
from .edits import pin_less, read_me, serve, tune
from .fake_training import Sagemaker

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def sagemaker(cloud: Callable[[str], Any], checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Sagemaker:
    """The working directory is a commit of main; there is no docker."""
    real = aws.client
    found = Sagemaker(real("sagemaker"))
    monkeypatch.setattr(aws, "client", lambda service: found if service == "sagemaker" else real(service))
    monkeypatch.setattr(evaluate, "champion", lambda: None)
    return found


def built(target: str) -> str:
    """Put an image of the present tree into ECR; returns its URI."""
    tag = image.tag(Path.cwd(), target)
    if image.find(target) is None:
        content = {"mediaType": MANIFEST, "schemaVersion": 2, "layers": [], "tag": tag}
        aws.client("ecr").put_image(
            repositoryName=f"flights/{target}", imageManifest=json.dumps(content), imageTag=tag
        )
    return str(image.find(target))


def trained() -> str:
    """Train the present tree; returns the job's name."""
    asked = train.request(
        changed.look(Path.cwd()).job,
        built("train"),
        manifest.read(Path.cwd()),
        {},
        train.settings.job("train"),
        train.settings.storage(),
    )
    aws.client("sagemaker").create_training_job(**asked)
    return str(asked["TrainingJobName"])


def registered(job: str) -> Version:
    """Make a version of the present tree's pair, and keep its images."""
    serving, training = built("serve"), built("train")
    made = aws.client("sagemaker").create_model_package(
        ModelPackageGroupName="flights",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": serving, "ModelDataUrl": model_of(job)}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        CustomerMetadataProperties={"train_image": training, "manifest": manifest.read(Path.cwd()).sha256},
    )
    version = registry.get("flights", registry.number_of(made["ModelPackageArn"]))
    for kept in (serving, training):
        image.keep(kept, f"registered-{version.number}")
    return version


def model_of(job: str) -> str:
    """Where a job's model is, as AWS says."""
    described = aws.client("sagemaker").describe_training_job(TrainingJobName=job)
    return str(described["ModelArtifacts"]["S3ModelArtifacts"])


def decided() -> bool:
    """Whether something is left to do."""
    return changed.decide(changed.look(Path.cwd())).changed


@pytest.mark.usefixtures("sagemaker")
def test_each_step_is_missed_until_it_is_done() -> None:
    """Training, serving image, version."""
    assert decided()
    job = trained()
    assert changed.look(Path.cwd()).status == "Completed"
    assert decided()
    built("serve")
    assert decided()
    registered(job)
    assert not decided()


@pytest.mark.usefixtures("sagemaker")
def test_a_version_whose_images_may_expire_is_not_wholly_registered() -> None:
    """The runner died between the version and its images' tags."""
    version = registered(trained())
    aws.client("ecr").batch_delete_image(
        repositoryName="flights/train", imageIds=[{"imageTag": f"registered-{version.number}"}]
    )
    assert decided()


def code(project: Path) -> None:
    """What the training image alone is made of."""
    (project / "model/train.py").write_text("another algorithm")


@pytest.mark.usefixtures("sagemaker")
@pytest.mark.parametrize(
    ("edit", "expected"), [(tune, True), (serve, True), (pin_less, True), (code, True), (read_me, False)]
)
def test_a_merge_is_something_to_do_when_it_makes_another_pair(
    checkout: Path, edit: Callable[[Path], None], expected: bool
) -> None:
    """And nothing else is."""
    registered(trained())
    edit(checkout)
    commit(checkout)
    assert decided() is expected


def test_looking_starts_nothing(sagemaker: Sagemaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """No job, and no docker, which need not be there."""
    monkeypatch.setattr(image, "_push", None)
    decided()
    assert sagemaker.started == []


def test_a_model_that_is_gone_is_trained_again(sagemaker: Sagemaker) -> None:
    """A teardown has emptied the bucket."""
    job = trained()
    registered(job)
    aws.client("s3").delete_object(Bucket=BUCKET, Key=f"models/{job}/output/model.tar.gz")
    assert decided()


# what the gate has refused

BAD, GOOD = evaluation(skill=-1), evaluation()


@pytest.fixture
def refused(sagemaker: Sagemaker, few_resamples: None) -> str:
    """The tree's model is worse than the base rate, and the gate has said so; the job's name."""
    job = trained()
    keep(job)
    return job


def keep(job: str, champion: dict[str, Any] | None = None, **more: Any) -> None:
    """Store a verdict on a bad model."""
    found = gate.verdict(policy.load().gate, BAD, champion and GOOD)
    scored = {"candidate": BAD, "champion": champion and GOOD}
    document = {"passed": False, "champion": champion, "evaluations": scored, **found, **more}
    aws.client("s3").put_object(Bucket=BUCKET, Key=gate.key(job), Body=json.dumps(document))


@pytest.mark.usefixtures("refused")
def test_what_the_gate_refused_is_not_asked_again() -> None:
    """It would say the same."""
    found = changed.look(Path.cwd())
    assert "base_rate" in found.refusing
    assert not changed.decide(found).changed


@pytest.mark.usefixtures("refused")
def test_another_champion_is_asked_against(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused then may be better than what is live now."""
    live = Champion(2, "model-2", "s3://bucket/m", "image")
    monkeypatch.setattr(evaluate, "champion", lambda: live)
    assert decided()


def test_other_promises_are_asked_by(refused: str, checkout: Path) -> None:
    """The policy no longer has the rules that refused."""
    names = changed.look(checkout).refusing
    path = checkout / "policy.toml"
    path.write_text(path.read_text().replace("off = []", f"off = {json.dumps(names)}"))
    assert changed.look(checkout).refusing == ()
    assert decided()


def test_an_override_is_something_to_do(refused: str, checkout: Path) -> None:
    """A person has taken the refusal upon themselves: the candidate can be registered."""
    keep(refused, passed=True)
    assert decided()


@pytest.mark.usefixtures("sagemaker")
def test_without_a_verdict_the_gate_is_asked() -> None:
    """The runner died before."""
    built("serve")
    trained()
    assert decided()


# which data


@pytest.fixture
def following(sagemaker: Sagemaker, checkout: Path) -> Path:
    """A project that trains on the newest."""
    path = checkout / "policy.toml"
    path.write_text(path.read_text().replace('follow = "pinned"', 'follow = "newest"'))
    commit(checkout)
    return checkout


def test_the_newest_in_the_bucket_is_what_would_be_trained_on(following: Path) -> None:
    """Whatever git pins."""
    later = pinned(to="2014-03-31T00:00:00+00:00")
    bucket.write(later)
    newest.move(later)
    assert changed.look(following).manifest == later.sha256


@pytest.mark.parametrize("there", [None, "2012-03-31T00:00:00+00:00"])
def test_newer_data_in_git_will_be_the_newest(following: Path, there: str | None) -> None:
    """The workflow pushes and checks it before it trains."""
    if there:
        newest.move(pinned(**{"from": "2012-01-01T00:00:00+00:00"}, to=there))
    assert changed.look(following).manifest == manifest.read(following).sha256
