"""The stack's settings, read once and checked before the first resource."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import ground
from pipeline import names, policy
from pipeline.errors import UserError

MOST_INSTANCES = 100


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the endpoint runs on. It scales when `maximum` is more than `count`."""

    instance_type: str
    count: int
    maximum: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program knows before it makes anything; no `first_configuration` before the first release."""

    project: names.Project
    environment: str
    account: str
    machine: Machine
    slo: policy.Slo
    protected: bool
    first_configuration: str | None
    tags: dict[str, str]


def load() -> Settings:
    """The settings of this stack. Raises pulumi.RunError with a sentence that says what to write."""
    environment = pulumi.get_stack()
    if environment not in names.ENVIRONMENTS:
        raise pulumi.RunError(f"the stack is {environment}: name it one of {', '.join(names.ENVIRONMENTS)}")
    project = read_project()
    region = pulumi.Config("aws").get("region")
    if region != project.region:
        raise pulumi.RunError(
            f"aws:region is {region or 'missing'}, project.toml says {project.region}: "
            f"write aws:region: {project.region} in Pulumi.{environment}.yaml"
        )
    try:
        slo = policy.load().slo
    except UserError as error:
        raise pulumi.RunError(str(error)) from error
    return Settings(
        project=project,
        environment=environment,
        account=aws.get_caller_identity().account_id,
        machine=machine(environment),
        slo=slo,
        protected=environment == "production",
        first_configuration=first_configuration(project, environment),
        tags=ground.tags(project, environment),
    )


def read_project() -> names.Project:
    """project.toml. Raises pulumi.RunError."""
    try:
        return names.project()
    except (OSError, TypeError, ValueError) as error:
        raise pulumi.RunError(f"project.toml cannot be read: {error}") from error
    except UserError as error:
        raise pulumi.RunError(str(error)) from error


def machine(environment: str) -> Machine:
    """The endpoint's machine. Raises pulumi.RunError."""
    config = pulumi.Config("service")
    instance_type = config.get("instance_type") or ""
    if not instance_type.startswith("ml."):
        raise pulumi.RunError(
            f"service:instance_type is {instance_type or 'missing'}: write one such as ml.m5.large"
        )
    fewest = 2 if environment == "production" else 1  # a canary shifts traffic by whole instances
    count = whole(config, "instance_count", fewest, MOST_INSTANCES)
    return Machine(
        instance_type=instance_type,
        count=count,
        maximum=whole(config, "maximum_instances", count, MOST_INSTANCES),
    )


def whole(config: pulumi.Config, key: str, low: int, high: int) -> int:
    """A whole number of the stack's configuration. Raises pulumi.RunError."""
    text = config.get(key) or "missing"
    if not text.isdecimal() or not low <= int(text) <= high:
        raise pulumi.RunError(f"service:{key} is {text}: write a whole number from {low} to {high}")
    return int(text)


def first_configuration(project: names.Project, environment: str) -> str | None:
    """The endpoint configuration that the first release has prepared; None when there is none yet.

    A lookup by path answers with nothing where a lookup by name fails.
    """
    found = aws.ssm.get_parameters_by_path(path=names.parameter(project, environment), with_decryption=False)
    by_name = dict(zip(found.names, found.values, strict=True))
    return by_name.get(names.parameter(project, environment, "first-configuration"))
