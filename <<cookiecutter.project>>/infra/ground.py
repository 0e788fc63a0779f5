"""What a stack stands on: the project, its accounts, and what the organisation around them dictates.

Read once, and refused with a sentence before the first resource.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi.runtime.config import CONFIG  # nothing public lists the keys that are set

from infra import claim
from infra.policies import documents
from infra.policies.documents import Place, around
from infra.policies.jobs import NONE, Network
from pipeline import instances, names, tags, tree
from pipeline.errors import UserError

# API shape VpcConfig: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html
LISTS = {"subnets": ("subnet", 16), "security_groups": ("sg", 5)}
KEYS = ("boundary", *LISTS, "permitted_instance_types")  # of every stack


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every component of a stack needs. `part` is an environment, or names.REGISTRY."""

    place: Place
    part: str
    boundary: str
    network: Network
    permitted: tuple[str, ...]
    tags: Mapping[str, str]
    published: Mapping[str, str]

    @property
    def project(self) -> names.Project:
        """The project."""
        return self.place.project

    @property
    def account(self) -> str:
        """The account of this stack."""
        return self.place.accounts[self.part]


@contextmanager
def spoken() -> Iterator[None]:
    """Let Pulumi print what the project's own files are refused with: a RunError has no traceback."""
    try:
        yield
    except UserError as error:
        raise pulumi.RunError(str(error)) from error


def load(part: str, namespace: str, own: Collection[str]) -> Ground:
    """The ground of `part`'s stack; `namespace` is its settings', `own` what it may set besides KEYS.

    Raises pulumi.RunError or UserError.
    """
    config, stack = pulumi.Config(namespace), pulumi.get_stack()
    known_keys(namespace, CONFIG.get(), {*own, *KEYS})
    project = names.project()
    region = pulumi.Config("aws").get("region")
    if region != project.region:
        raise pulumi.RunError(
            f"aws:region is {region or 'missing'}, project.toml says {project.region}: "
            f"write aws:region: {project.region} in Pulumi.{stack}.yaml"
        )
    place = around(project, aws.get_caller_identity().account_id)
    here, published = own_account(place, part), claim.published(project, part)
    claim.refuse_another(project, part, here, published)
    return Ground(
        place=place,
        part=part,
        boundary=boundary(config, here),
        network=network(config),
        permitted=permitted(config),
        tags=tags.of(project, part, tree.read().commit),
        published=published,
    )


def known_keys(namespace: str, given: Collection[str], known: Collection[str]) -> None:
    """Refuse a key of `namespace` that nobody would read. Raises pulumi.RunError."""
    for name in sorted(given):
        space, _, key = name.partition(":")
        if space == namespace and key not in known:
            raise pulumi.RunError(f"{name} is unknown: write one of {', '.join(sorted(known))}")


def own_account(place: Place, part: str) -> str:
    """The account of `part`, which the credentials must reach. Raises pulumi.RunError."""
    here, named = aws.get_caller_identity().account_id, place.accounts[part]
    if here != named:
        raise pulumi.RunError(
            f"the credentials reach account {here}, project.toml puts {part} into {named}: "
            f"use credentials of {named}, or change {part} under [accounts]"
        )
    return named


def boundary(config: pulumi.Config, account: str) -> str:
    """The policy that bounds every role; by default the foundation's. Raises pulumi.RunError."""
    arn = config.get("boundary") or documents.boundary(account)
    key = f"{config.name}:boundary"
    if not re.fullmatch(rf"arn:aws:iam::({account}|aws):policy/[\w+=,.@/-]+", arn):
        raise pulumi.RunError(
            f"{key} is {arn}: write the ARN of a policy of this account, arn:aws:iam::{account}:policy/NAME"
        )
    try:
        aws.iam.get_policy(arn=arn)
    except Exception as error:
        raise pulumi.RunError(
            f"{key} is {arn}, which cannot be read: apply the account's foundation first, or write the ARN "
            f"of the policy that bounds roles in this account ({' '.join(str(error).split())})"
        ) from error
    return arn


def network(config: pulumi.Config) -> Network:
    """The subnets and security groups of jobs and endpoints; none without a VPC. Raises pulumi.RunError."""
    subnets, groups = (_ids(config, key) for key in LISTS)
    if bool(subnets) != bool(groups):
        missing = "security_groups" if subnets else "subnets"
        raise pulumi.RunError(f"{config.name}:{missing} is missing: write both lists, or neither")
    return (subnets, groups) if subnets else NONE


def _ids(config: pulumi.Config, key: str) -> Sequence[str]:
    prefix, most = LISTS[key]
    found = config.get_object(key) or []
    good = isinstance(found, list) and all(re.fullmatch(rf"{prefix}-[0-9a-f]+", str(one)) for one in found)
    if not good or len(found) > most:
        raise pulumi.RunError(
            f"{config.name}:{key} is {found!r}: write a list of at most {most}, such as [{prefix}-0a1b2c3d]"
        )
    return found


def permitted(config: pulumi.Config) -> tuple[str, ...]:
    """The instance types that may be used; none given means any. Raises pulumi.RunError."""
    found = config.get_object("permitted_instance_types") or []
    if not isinstance(found, list) or not all(instances.known(str(one)) for one in found):
        raise pulumi.RunError(
            f"{config.name}:permitted_instance_types is {found!r}: write a list such as [ml.m5.large]"
        )
    return tuple(found)


def instance_type(key: str, value: object, permitted: Sequence[str]) -> str:
    """`value` of the setting `key`, if it is an instance type that may be used. Raises pulumi.RunError."""
    if not isinstance(value, str) or not instances.known(value):
        raise pulumi.RunError(f"{key} is {value or 'missing'}: write an instance type such as ml.m5.large")
    if permitted and value not in permitted:
        raise pulumi.RunError(
            f"{key} is {value}, which is not permitted: write one of {', '.join(permitted)}"
        )
    return value


def whole(config: pulumi.Config, key: str, low: int, high: int) -> int:
    """A whole number of the stack's configuration. Raises pulumi.RunError."""
    text = config.get(key) or "missing"
    if not text.isdecimal() or not low <= int(text) <= high:
        raise pulumi.RunError(f"{config.name}:{key} is {text}: write a whole number from {low} to {high}")
    return int(text)


def keep_commit(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Leave the tag `commit` of what exists: it would make every merge a change of every resource."""
    own = pulumi.ResourceOptions(ignore_changes=['tags["commit"]'])
    opts = pulumi.ResourceOptions.merge(args.opts, own) if "tags" in args.props else args.opts
    return pulumi.ResourceTransformationResult(args.props, opts)
