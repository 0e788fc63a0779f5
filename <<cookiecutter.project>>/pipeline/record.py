"""The run record: what a model was made of and what became of it, one JSON document for each run.

`train` writes it, later verbs add a section each. `register` takes no model whose record would not let
somebody make it again.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline import objects, tree
from pipeline.command import Document
from pipeline.errors import InfrastructureError

PREFIX = "runs/"
# without one of these a model cannot be made again, or its cost not be told; seeds are hyperparameters
REQUIRED = (
    *("commit", "branch", "lock_sha256", "image", "manifest", "hyperparameters", "libraries"),
    *("instance_type", "instance_count", "started", "seconds", "model_data", "model_sha256"),
)
TRIES = 10


def key(job: str) -> str:
    """Where the record of a job is in the bucket."""
    return f"{PREFIX}{job}.json"


def read(job: str) -> Document | None:
    """The record of a job, or None when there is none."""
    content, _ = objects.read(key(job))
    return _document(content)


def jobs() -> list[str]:
    """The jobs that have a record, the one that was written last first."""
    return [job for job, _ in written()]


def written() -> list[tuple[str, datetime]]:
    """The same, each with the time at which its record was written last."""
    return [(key.removesuffix(".json"), at) for key, at in objects.newest(PREFIX)]


def add(job: str, **sections: Any) -> Document:
    """Put sections into the record of a job, in place of those of the same name; returns the whole record.

    Who was faster is not overwritten: the sections are put anew into what is there by then.
    """
    for _ in range(TRIES):
        content, unchanged = objects.read(key(job))
        whole = {**(_document(content) or {}), **sections}
        if objects.write(key(job), json.dumps(whole, indent=2).encode(), unchanged):
            return whole
    raise InfrastructureError(f"{key(job)} was written by others {TRIES} times in a row: run the verb again")


def _document(content: bytes | None) -> Document | None:
    if content is None:
        return None
    document: Document = json.loads(content)
    return document


def of(described: Mapping[str, Any], state: tree.Tree, prices: Mapping[str, float], **more: Any) -> Document:
    """The record of a training job that is completed, as DescribeTrainingJob describes it. Pure.

    `more` is what AWS cannot know: experiment, lock_sha256, manifest, libraries, model_sha256.
    """
    resources = described["ResourceConfig"]
    kind, count = resources["InstanceType"], resources["InstanceCount"]
    took = described["TrainingEndTime"] - described["TrainingStartTime"]
    seconds = described.get("TrainingTimeInSeconds", round(took.total_seconds()))
    return {
        "candidate": described["TrainingJobName"],
        "commit": state.commit,
        "branch": state.branch,
        "dirty": state.dirty,
        "image": described["AlgorithmSpecification"]["TrainingImage"],
        "hyperparameters": described["HyperParameters"],
        "instance_type": kind,
        "instance_count": count,
        "started": described["TrainingStartTime"].astimezone(UTC).isoformat(),
        "seconds": seconds,
        "cost_usd": cost(prices, kind, count, described.get("BillableTimeInSeconds", seconds)),
        "model_data": described["ModelArtifacts"]["S3ModelArtifacts"],
        **more,
    }


def cost(prices: Mapping[str, float], instance_type: str, count: int, seconds: float) -> float | None:
    """US$ of `count` instances for `seconds`; None when policy.toml has no price of the type. Pure.

    AWS bills BillableTimeInSeconds for each instance (API shape DescribeTrainingJobResponse).
    """
    price = prices.get(instance_type)
    return None if price is None else round(price * count * seconds / 3600, 6)


def missing(document: Document) -> list[str]:
    """What a record has to say and does not. Pure."""
    return [name for name in REQUIRED if document.get(name) in (None, "", {}, [])]


def refusal(document: Document | None, experiment: bool) -> str | None:
    """Why the model of a run cannot be registered; None when it can. Pure.

    `experiment` is what its job's name says, which a record that was edited cannot change.
    """
    if experiment or (document and document.get("experiment")):
        return "this candidate was trained as an experiment: commit, merge, and run `pipeline train`"
    if document is None:
        return "this candidate has no run record: run `pipeline train`, which attaches and writes it"
    if document.get("dirty") is not False:
        return "this candidate was trained from changes that no commit has: commit them and train again"
    if lacking := missing(document):
        return f"the run record lacks {', '.join(lacking)}: without it nobody can make this model again"
    return None
