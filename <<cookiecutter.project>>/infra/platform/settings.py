"""The stack's settings, read once and checked before the first resource."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from pipeline import names
from pipeline.errors import UserError

JOBS = ("train", "evaluate")
BOUNDS = {"instance_count": (1, 20), "volume_gb": (1, 16384), "max_runtime_seconds": (60, 432000)}
EXAMPLE = (
    "{instance_type: ml.m5.large, instance_count: 1, volume_gb: 10, "
    "max_runtime_seconds: 1800, volume_key: true}"
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """The machine of a job. `volume_key` is off for instances with local disks, whose volumes take no key."""

    instance_type: str
    instance_count: int
    volume_gb: int
    max_runtime_seconds: int
    volume_key: bool


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program knows before it makes anything."""

    project: names.Project
    account: str
    jobs: dict[str, Job]
    tags: dict[str, str]


def load() -> Settings:
    """The settings of this stack. Raises pulumi.RunError with a sentence that says what to write."""
    project = read_project()
    region = pulumi.Config("aws").get("region")
    if region != project.region:
        raise pulumi.RunError(
            f"aws:region is {region or 'missing'}, project.toml says {project.region}: "
            f"write aws:region: {project.region} in Pulumi.{pulumi.get_stack()}.yaml"
        )
    config = pulumi.Config("platform")
    return Settings(
        project=project,
        account=aws.get_caller_identity().account_id,
        jobs={name: job(name, config.get_object(name)) for name in JOBS},
        tags={"project": project.name, "environment": "platform", "owner": project.owner_email},
    )


def read_project() -> names.Project:
    """project.toml. Raises pulumi.RunError."""
    try:
        return names.project()
    except (OSError, TypeError, ValueError) as error:
        raise pulumi.RunError(f"project.toml cannot be read: {error}") from error
    except UserError as error:
        raise pulumi.RunError(str(error)) from error


def job(name: str, value: Any) -> Job:
    """The definition of job `name`. Raises pulumi.RunError."""
    key = f"platform:{name}"
    fields = set(Job.__dataclass_fields__)
    if not isinstance(value, dict) or set(value) != fields:
        raise pulumi.RunError(f"{key} must have exactly {', '.join(sorted(fields))}: write {key}: {EXAMPLE}")
    for field, (low, high) in BOUNDS.items():
        number = value[field]
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise pulumi.RunError(f"{key}.{field} is {number!r}: write a whole number from {low} to {high}")
    if not str(value["instance_type"]).startswith("ml."):
        raise pulumi.RunError(
            f"{key}.instance_type is {value['instance_type']!r}: write one such as ml.m5.large"
        )
    if not isinstance(value["volume_key"], bool):
        raise pulumi.RunError(f"{key}.volume_key is {value['volume_key']!r}: write true or false")
    return Job(**value)
