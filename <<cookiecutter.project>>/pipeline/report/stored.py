"""What the account knows already, by a role that reads metrics and names: the champion, a merge's job."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import (
    aws,
    image,
    jobs,
    listing,
    manifest,
    names,
    policy,
    record,
    registry,
    sections,
    settings,
    stages,
    train,
)
from pipeline.command import Document
from pipeline.errors import UserError


@dataclass(frozen=True)
class Champion:
    """The version that production has, and the evaluation that it was registered with."""

    version: registry.Version
    evaluation: Document


def champion() -> Champion:
    """The newest version at the stage Production, with its stored metrics.

    Raises UserError when there is none, or its metrics are not there.
    """
    present = registry.present(settings.registry().model_package_group)
    live = [arn for arn, stage in present.items() if stage == stages.PRODUCTION]
    if not live:
        raise UserError("no version has reached production yet")
    described = aws.client("sagemaker").describe_model_package(
        ModelPackageName=max(live, key=registry.number_of)
    )
    version = registry.parse(described)
    if version.evaluation is None:
        raise UserError(f"version {version.number}, which production has, was registered without metrics")
    bucket, key = listing.place(version.evaluation)
    return Champion(version, jobs.left(bucket, key))


@dataclass(frozen=True)
class Planned:
    """The training job of a merge: the digest of what determines it, and its name if nobody has tried it."""

    digest: str
    name: str


def planned(root: Path, promises: policy.Policy) -> Planned:
    """What a merge trains, without asking AWS. Raises UserError where that is not for git to say."""
    if promises.data.follow != sections.PINNED:
        raise UserError(
            f"data.follow of policy.toml is {promises.data.follow!r}, so a merge trains on the newest data "
            "in the bucket, which this job may not see"
        )
    pinned, parameters = manifest.read(root), train.hyperparameters(root)
    digest = train.name_digest(image.tag(root, "train"), pinned.sha256, parameters)
    return Planned(digest, names.job(names.project(root), jobs.TRAINING.word, digest, 1))


def known(plan: Planned, prices: Mapping[str, float], last: registry.Version | None) -> Document:
    """The job's next name, state and machine, and its cost if it takes as long as that of `last` did.

    Whether a completed job still has its model is not for this role to see: it is taken to.
    """
    name, there = jobs.newest(jobs.TRAINING, plan.digest, lambda _: True)
    state = (jobs.describe(jobs.TRAINING, name) or {})["TrainingJobStatus"] if there else "new"
    runs_on, seconds, cost = settings.job("train"), _seconds(last), None
    if seconds is not None:
        cost = record.cost(prices, runs_on.instance_type, runs_on.instance_count, seconds)
    return {
        "job": name,
        "state": state,
        "instance_type": runs_on.instance_type,
        "seconds": seconds,
        "cost_usd": cost,
    }


def _seconds(version: registry.Version | None) -> int | None:
    """How long the training of a version took, as it was billed; None where nobody knows."""
    name = version.properties.get("train_job") if version else None
    described = (jobs.describe(jobs.TRAINING, name) if name else None) or {}
    return described.get("BillableTimeInSeconds", described.get("TrainingTimeInSeconds"))
