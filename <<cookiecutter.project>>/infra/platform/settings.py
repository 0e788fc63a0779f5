"""The stack's settings, read once and checked before the first resource."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from access import SECONDS

from infra import ground
from infra.ground import Ground
from infra.policies.jobs import JOBS
from pipeline import names

NAMESPACE = STACK = "platform"
# API shapes TrainingInstanceCount, VolumeSizeInGB, MaxRuntimeInSeconds (five days)
BOUNDS = {"instance_count": (1, 20), "volume_gb": (1, 16384), "max_runtime_seconds": (60, 432_000)}
RETRAINED = ("validate", "train", "evaluate")  # what the workflow retrain waits for
BESIDES = 1800  # seconds of its session for the images, and for machines that come up
EXAMPLE = (
    "{instance_type: ml.m5.large, instance_count: 1, volume_gb: 10, max_runtime_seconds: 1800, spot: false}"
)
DAYS = {"capture_days": (1, 3650), "noncurrent_days": (1, 3650)}
COUNTS = {"images_kept": (2, 1000)}
MIRROR = "registry_mirror"


@dataclass(frozen=True, kw_only=True)
class Job:
    """The machine of a job. With `spot`, training waits for spare capacity, as long again as it may run."""

    instance_type: str
    instance_count: int
    volume_gb: int
    max_runtime_seconds: int
    spot: bool

    @property
    def longest_seconds(self) -> int:
        """Seconds from its start to when AWS stops it at the latest."""
        return self.max_runtime_seconds * (2 if self.spot else 1)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program knows before it makes anything; no `mirror`: base images come from their homes."""

    ground: Ground
    jobs: Mapping[str, Job]
    capture_days: int
    noncurrent_days: int
    images_kept: int
    mirror: str | None


@ground.spoken()
def load() -> Settings:
    """The settings of this stack. Raises pulumi.RunError with a sentence that says what to write."""
    if pulumi.get_stack() != STACK:
        raise pulumi.RunError(f"the stack is {pulumi.get_stack()}: name it {STACK}, a project has one")
    stood_on = ground.load(names.REGISTRY, NAMESPACE, {*DAYS, *COUNTS, *JOBS, MIRROR})
    config = pulumi.Config(NAMESPACE)
    jobs = {name: job(name, config.get_object(name), stood_on.permitted) for name in JOBS}
    within_session(jobs)
    numbers = {key: ground.whole(config, key, *bound) for key, bound in (DAYS | COUNTS).items()}
    return Settings(
        ground=stood_on,
        jobs=jobs,
        mirror=mirror(config.get(MIRROR)),
        **numbers,
    )


def mirror(value: str | None) -> str | None:
    """The registry that base images come from, such as mirror.example.com/docker. Raises pulumi.RunError."""
    if value and ("://" in value or value.endswith("/") or " " in value):
        raise pulumi.RunError(
            f"{NAMESPACE}:{MIRROR} is {value}: write host and path alone, such as mirror.example.com/docker"
        )
    return value or None


def job(name: str, value: Any, permitted: tuple[str, ...]) -> Job:
    """The definition of job `name`. Raises pulumi.RunError."""
    key = f"{NAMESPACE}:{name}"
    fields = set(Job.__dataclass_fields__)
    if not isinstance(value, dict) or set(value) != fields:
        raise pulumi.RunError(f"{key} must have exactly {', '.join(sorted(fields))}: write {key}: {EXAMPLE}")
    for field, (low, high) in BOUNDS.items():
        number = value[field]
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise pulumi.RunError(f"{key}.{field} is {number!r}: write a whole number from {low} to {high}")
    ground.instance_type(f"{key}.instance_type", value["instance_type"], permitted)
    if not isinstance(value["spot"], bool):
        raise pulumi.RunError(f"{key}.spot is {value['spot']!r}: write true or false")
    if value["spot"] and name != "train":
        raise pulumi.RunError(
            f"{key}.spot is true: AWS has spot capacity for training jobs alone, write false"
        )
    return Job(**value)


def within_session(jobs: Mapping[str, Job]) -> None:
    """Refuse jobs that may outlast the session of whoever waits for them. Raises pulumi.RunError."""
    longest = sum(jobs[name].longest_seconds for name in RETRAINED)
    if longest > (left := SECONDS["ci-retrain"] - BESIDES):
        raise pulumi.RunError(
            f"{' and '.join(f'{NAMESPACE}:{name}' for name in RETRAINED)} may take {longest} seconds "
            f"together, waiting for spot capacity included, and the session of ci-retrain leaves {left}: "
            "write lower max_runtime_seconds, or a longer session in infra/platform/access.py and retrain.yml"
        )
