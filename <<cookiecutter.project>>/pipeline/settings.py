"""What the stacks publish for the verbs: SSM parameters, each a JSON object.

A key that a verb does not know is ignored, so that a stack may publish more than today's verbs read.
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

from pipeline import aws, names
from pipeline.errors import UserError

Kind = TypeVar("Kind")


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Where data, models and records are."""

    bucket: str
    kms_key_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class Images:
    """The ECR repository URI of each image target; `mirror` stands in for the base images' registries."""

    train: str
    serve: str
    mirror: str | None = None


@dataclass(frozen=True, kw_only=True)
class Registry:
    """The model registry; the group's name or ARN, SageMaker takes either."""

    model_package_group: str


@dataclass(frozen=True, kw_only=True)
class Network:
    """The subnets and security groups that containers run in; none outside of a VPC."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()

    @property
    def vpc(self) -> dict[str, Any]:
        """A request's VpcConfig; nothing when there is none."""
        if not self.subnets:
            return {}
        return {"VpcConfig": {"SecurityGroupIds": list(self.security_groups), "Subnets": list(self.subnets)}}


@dataclass(frozen=True, kw_only=True)
class Job(Network):
    """What a training or processing job runs on; `max_wait_seconds` is for spot capacity and run together."""

    role_arn: str
    instance_type: str
    instance_count: int
    volume_gb: int
    max_runtime_seconds: int
    kms_key_arn: str | None = None
    spot: bool = False
    max_wait_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class Service(Network):
    """An environment, and where the registry's account has what it serves.

    `capture_key_arn` is the platform's, `volume_key_arn` the environment's; null where AWS takes none.
    """

    endpoint: str
    execution_role_arn: str
    instance_type: str
    instance_count: int
    capture_s3_uri: str
    ledger_table: str
    model_package_group: str
    capture_key_arn: str | None = None
    volume_key_arn: str | None = None
    alarm_topic_arn: str | None = None
    maximum_instances: int | None = None  # of a fleet that scales


def storage() -> Storage:
    """The platform's storage. Raises UserError when the platform stack has not been applied."""
    return _read(Storage, "platform", "storage")


def images() -> Images:
    """The platform's image repositories. Raises UserError."""
    return _read(Images, "platform", "images")


def registry() -> Registry:
    """The platform's model registry. Raises UserError."""
    return _read(Registry, "platform", "registry")


def job(kind: str) -> Job:
    """The platform's definition of a kind of job, such as `train` or `monitor`. Raises UserError."""
    return _read(Job, "platform", "jobs", kind)


def service(environment: str) -> Service:
    """The service of an environment. Raises UserError when its stack has not been applied."""
    return _read(Service, environment, "service")


def _read(kind: type[Kind], *path: str) -> Kind:
    project = names.project()
    name = names.parameter(project, *path)
    part = names.REGISTRY if path[0] == "platform" else path[0]
    if wrong := elsewhere(project, part, aws.account):
        raise UserError(wrong)
    found = aws.find(aws.client("ssm").get_parameter, Name=name)
    if found is None:
        program = names.program(part)
        raise UserError(f"the parameter {name} is missing: apply the {program} stack first (infra/{program})")
    return parse(kind, name, found["Parameter"]["Value"])


def elsewhere(project: names.Project, part: str, here: Callable[[], str]) -> str | None:
    """Why `part` is out of reach: project.toml names another account than the credentials'; else None."""
    named = project.accounts.get(part)
    if named is None or named == (reached := here()):
        return None
    return (
        f"the credentials reach account {reached}, but project.toml puts {part} into {named}: "
        f"sign in to {named}, or change [accounts] {part}"
    )


def parse(kind: type[Kind], name: str, value: str) -> Kind:
    """The settings in a parameter's value. Raises UserError naming the key that is missing."""
    document = json.loads(value)
    known = fields(kind)  # type: ignore[arg-type]  # every kind is a dataclass
    for item in known:
        if item.default is MISSING and item.name not in document:
            raise UserError(
                f"the parameter {name} has no key {item.name}: apply the stack that publishes it again"
            )
    return kind(**{item.name: document[item.name] for item in known if item.name in document})
