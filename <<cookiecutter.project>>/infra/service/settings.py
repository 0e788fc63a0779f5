"""The stack's settings, read once and checked before the first resource."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra import ground
from infra.ground import Ground
from infra.policies.documents import guarded
from pipeline import names, policy, sections

NAMESPACE = "service"
KEYS = (
    "instance_type",
    "instance_count",
    "maximum_instances",
    "monthly_budget_usd",
    "log_retention_days",
    "github_connection",
)
MOST_INSTANCES = 100
MOST_USD = 1_000_000
# up to two years of
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the endpoint runs on. It scales when `maximum` is more than `count`."""

    instance_type: str
    count: int
    maximum: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program knows before it makes anything; no `first_configuration` before the first release."""

    ground: Ground
    machine: Machine
    slo: sections.Slo
    monitor: sections.Monitor
    retrain: sections.Retrain
    owners: Mapping[str, str]
    monthly_usd: int
    retention_days: int
    protected: bool
    first_configuration: str | None
    github_connection: str | None


@ground.spoken()
def load() -> Settings:
    """The settings of this stack. Raises pulumi.RunError with a sentence that says what to write."""
    environment = pulumi.get_stack()
    if environment not in names.ENVIRONMENTS:
        raise pulumi.RunError(f"the stack is {environment}: name it one of {', '.join(names.ENVIRONMENTS)}")
    stood_on = ground.load(environment, NAMESPACE, KEYS)
    config, rules = pulumi.Config(NAMESPACE), policy.load()
    return Settings(
        ground=stood_on,
        machine=machine(config, environment, stood_on.permitted),
        slo=rules.slo,
        monitor=rules.monitor,
        retrain=rules.retrain,
        owners=rules.owners,
        monthly_usd=ground.whole(config, "monthly_budget_usd", 1, MOST_USD),
        retention_days=retention(config),
        protected=environment == "production",
        first_configuration=stood_on.published.get("first-configuration"),  # the first release prepares it
        github_connection=connection(config, stood_on),
    )


def machine(config: pulumi.Config, environment: str, permitted: tuple[str, ...]) -> Machine:
    """The endpoint's machine. Raises pulumi.RunError."""
    fewest = 2 if environment == "production" else 1  # a canary shifts traffic by whole instances
    count = ground.whole(config, "instance_count", fewest, MOST_INSTANCES)
    return Machine(
        instance_type=ground.instance_type(
            f"{NAMESPACE}:instance_type", config.get("instance_type"), permitted
        ),
        count=count,
        maximum=ground.whole(config, "maximum_instances", count, MOST_INSTANCES),
    )


def connection(config: pulumi.Config, on: Ground) -> str | None:
    """The connection that GitHub is reached by, where a person has made one. Raises pulumi.RunError.

    API CreateApiDestination, ConnectionArn: a name, and what AWS writes behind it.
    """
    arn = config.get("github_connection")
    if arn is None:
        return None
    if not guarded(on.part):
        raise pulumi.RunError(
            f"{NAMESPACE}:github_connection is set, and no alarm of {on.part} starts a retrain: remove it"
        )
    own = f"arn:aws:events:{on.project.region}:{on.account}:connection/"
    if not re.fullmatch(re.escape(own) + r"[\w.-]+/[0-9A-Za-z-]+", arn):
        raise pulumi.RunError(
            f"{NAMESPACE}:github_connection is {arn}: write the ARN of a connection of this account, "
            f"{own}NAME/ID"
        )
    return arn


def retention(config: pulumi.Config) -> int:
    """How many days the endpoint's log is kept. Raises pulumi.RunError."""
    text = config.get("log_retention_days") or "missing"
    if not text.isdecimal() or int(text) not in RETENTION_DAYS:
        raise pulumi.RunError(
            f"{NAMESPACE}:log_retention_days is {text}: write one of {', '.join(map(str, RETENTION_DAYS))}"
        )
    return int(text)
