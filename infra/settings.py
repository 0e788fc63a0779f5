"""The stack's settings, read once and checked before the first resource."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
)
DEFAULT_RETENTION_DAYS = "90"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program knows before it makes anything."""

    account: str
    region: str
    log_retention_days: int
    tags: dict[str, str]


def load() -> Settings:
    """The settings of this stack. Raises pulumi.RunError with a sentence that says what to write."""
    config = pulumi.Config("foundation")
    text = config.get("log_retention_days") or DEFAULT_RETENTION_DAYS
    if not text.isdecimal() or int(text) not in RETENTION_DAYS:
        raise pulumi.RunError(
            f"foundation:log_retention_days is {text}: write one of {', '.join(map(str, RETENTION_DAYS))}"
        )
    return Settings(
        account=aws.get_caller_identity().account_id,
        region=aws.get_region().region,
        log_retention_days=int(text),
        tags={
            "project": "mlops-foundation",
            "environment": "account",
            "owner": config.get("owner") or "account",
        },
    )
