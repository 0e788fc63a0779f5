"""What the account knows already: the champion's metrics, and the job of a merge."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import image, jobs, policy, registry, stages, train
from pipeline.errors import UserError
from pipeline.report import stored

from .conftest import BUCKET, GROUP, Fleet, pinned

PRICES = {"ml.m5.large": 0.115}
KEY = "evaluations/toy/evaluation.json"


@pytest.fixture
def versions(cloud: Callable[[str], Any], fleet: Fleet) -> Callable[..., int]:
    """Put a version with metrics at a stage; returns its number."""
    cloud("s3").put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps({"rows": 7}))

    def put(stage: str, uri: str | None = f"s3://{BUCKET}/{KEY}") -> int:
        report = {"ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "a/b", "S3Uri": uri}}}}
        made = cloud("sagemaker").create_model_package(
            ModelPackageGroupName="flights",
            ModelApprovalStatus="Approved",
            InferenceSpecification={
                "Containers": [{"Image": "i", "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            **(report if uri else {}),
        )
        registry.move(made["ModelPackageArn"], stage, "so it is")
        return registry.number_of(made["ModelPackageArn"])

    return put


def test_the_champion_is_what_production_has(versions: Callable[..., int]) -> None:
    """Not the newest version, and not the one of staging."""
    versions(stages.ARCHIVED)
    live = versions(stages.PRODUCTION)
    versions(stages.STAGING)
    found = stored.champion()
    assert (found.version.number, found.evaluation) == (live, {"rows": 7})


def test_the_newest_of_two_in_production_is_the_champion(versions: Callable[..., int]) -> None:
    """The registry did not take the older one's move, which the next release makes up for."""
    versions(stages.PRODUCTION)
    newer = versions(stages.PRODUCTION)
    assert stored.champion().version.number == newer


def test_before_the_first_release_there_is_no_champion(versions: Callable[..., int]) -> None:
    """One sentence for the report."""
    versions(stages.STAGING)
    with pytest.raises(UserError, match="no version has reached production yet"):
        stored.champion()


def test_a_champion_without_metrics_is_named(versions: Callable[..., int]) -> None:
    """Somebody has registered it by hand."""
    number = versions(stages.PRODUCTION, uri=None)
    with pytest.raises(
        UserError, match=f"version {number}, which production has, was registered without metrics"
    ):
        stored.champion()


# what a merge trains


@pytest.fixture
def root(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a manifest, whose image and parameters are given."""
    (project / "data").mkdir()
    (project / "data/manifest.json").write_bytes(pinned().content)
    monkeypatch.setattr(image, "tag", lambda _root, target: f"{target}-tag")
    monkeypatch.setattr(train, "hyperparameters", lambda _root: {"trees": "1"})
    return project


def test_the_job_of_a_merge_has_the_name_that_train_gives_it(root: Path) -> None:
    """The digest of training image, manifest and hyperparameters; AWS is not asked."""
    plan = stored.planned(root, policy.load())
    assert plan.digest == train.name_digest("train-tag", pinned().sha256, {"trees": "1"})
    assert plan.name == f"flights-train-{plan.digest[:12]}"


def test_data_that_only_the_bucket_knows_has_no_name(root: Path) -> None:
    """Where a merge trains on the newest data."""
    text = (root / "policy.toml").read_text()
    (root / "policy.toml").write_text(text.replace('follow = "pinned"', 'follow = "newest"'))
    with pytest.raises(UserError, match="a merge trains on the newest data in the bucket"):
        stored.planned(root, policy.load())


class Jobs:
    """SageMaker's training jobs, by name."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}

    def describe(self, _kind: jobs.Kind, name: str) -> dict[str, Any] | None:
        """One of them."""
        return self.jobs.get(name)


@pytest.fixture
def there(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """An account whose jobs are those that a test puts there."""
    found = Jobs()
    monkeypatch.setattr(jobs, "describe", found.describe)
    return found


def last(job: str | None) -> registry.Version:
    """A version that a job has trained."""
    return registry.Version(3, f"{GROUP}/3", "Approved", "", "i", "m", {"train_job": job} if job else {})


PLAN = stored.Planned("a" * 64, "flights-train-aaaaaaaaaaaa")


def test_a_new_job_costs_what_the_champions_did(there: Jobs) -> None:
    """As AWS billed it, at the policy's price."""
    there.jobs["before"] = {"BillableTimeInSeconds": 1800, "TrainingTimeInSeconds": 60}
    assert stored.known(PLAN, PRICES, last("before")) == {
        "job": PLAN.name,
        "state": "new",
        "instance_type": "ml.m5.large",
        "seconds": 1800,
        "cost_usd": 0.0575,
    }


@pytest.mark.parametrize("version", [None, last(None), last("gone")])
def test_without_a_training_before_the_cost_is_unknown(there: Jobs, version: registry.Version | None) -> None:
    """No champion, one that was registered by hand, one whose job AWS has forgotten."""
    found = stored.known(PLAN, PRICES, version)
    assert (found["seconds"], found["cost_usd"]) == (None, None)


def test_without_a_price_the_cost_is_unknown(there: Jobs) -> None:
    """Nobody guesses one."""
    there.jobs["before"] = {"TrainingTimeInSeconds": 60}
    found = stored.known(PLAN, {}, last("before"))
    assert (found["seconds"], found["cost_usd"]) == (60, None)


@pytest.mark.parametrize("state", ["Completed", "InProgress"])
def test_a_job_of_the_same_inputs_is_attached_to(there: Jobs, state: str) -> None:
    """Whatever was merged before has trained it."""
    there.jobs[PLAN.name] = {"TrainingJobStatus": state}
    assert stored.known(PLAN, PRICES, None)["state"] == state


def test_after_a_failed_job_the_next_attempt_is_named(there: Jobs) -> None:
    """As `pipeline train` would name it."""
    there.jobs[PLAN.name] = {"TrainingJobStatus": "Failed"}
    found = stored.known(PLAN, PRICES, None)
    assert (found["job"], found["state"]) == (f"{PLAN.name}-2", "new")
