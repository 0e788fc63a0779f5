"""The stack's settings, read once and checked before the first resource."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from choices import CREATE, SKIP, Choice, choose
from job_logs import others
from pulumi.runtime.config import CONFIG  # nothing public lists the keys that are set
from tags import tags

NAMESPACE = "foundation"
KEYS = (
    *("state", "state_key", "oidc_provider", "boundary", "role_path", "job_logs", "log_retention_days"),
    *("public_access_block", "budget", "budget_usd", "alert_email", "member_accounts", "owner"),
)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
DEFAULT_RETENTION_DAYS = "90"
DEFAULT_ROLE_PATH = "/mlops/"
MOST_USD = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A monthly budget in US dollars, and who is told before it is spent."""

    usd: int
    email: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program knows before it makes anything."""

    account: str
    region: str
    state: Choice
    state_key: Choice
    oidc_provider: Choice
    boundary: Choice
    role_path: str
    job_logs: Choice
    public_access_block: Choice
    members: tuple[str, ...]
    log_retention_days: int
    alert: Alert | None
    tags: dict[str, str]


def load() -> Settings:
    """The settings of this stack. Raises pulumi.RunError with a sentence that says what to write."""
    known(CONFIG.get())
    config = pulumi.Config(NAMESPACE)
    account, region = aws.get_caller_identity().account_id, aws.get_region().region
    iam = f"arn:aws:iam::{account}:"

    def choice(key: str, default: str, prefix: str | None) -> Choice:
        return choose(f"{NAMESPACE}:{key}", config.get(key) or default, prefix)

    return Settings(
        account=account,
        region=region,
        state=choice("state", CREATE, "arn:aws:s3:::"),
        state_key=key(choice("state_key", CREATE, f"arn:aws:kms:{region}:{account}:key/")),
        oidc_provider=choice("oidc_provider", CREATE, f"{iam}oidc-provider/"),
        boundary=choice("boundary", CREATE, f"{iam}policy/"),
        role_path=role_path(config.get("role_path") or DEFAULT_ROLE_PATH),
        job_logs=logs(choice("job_logs", CREATE, None)),
        # what others have published from the account would go dark
        public_access_block=choice("public_access_block", SKIP, None),
        members=members(config.get_object("member_accounts") or [], account),
        log_retention_days=retention(config.get("log_retention_days") or DEFAULT_RETENTION_DAYS),
        alert=alert(choice("budget", SKIP, None), config.get("budget_usd"), config.get("alert_email")),
        tags=tags(config.get("owner") or "account"),
    )


def known(names: Iterable[str]) -> None:
    """Refuse a key of the namespace that nobody would read. Raises pulumi.RunError."""
    for name in sorted(names):
        space, _, key = name.partition(":")
        if space == NAMESPACE and key not in KEYS:
            raise pulumi.RunError(f"{name} is unknown: write one of {', '.join(KEYS)}")


def key(choice: Choice) -> Choice:
    """The state's key, which there must be: what is not secret in a state today may be tomorrow."""
    if choice.value == SKIP:
        raise pulumi.RunError(f"{NAMESPACE}:state_key is skip: write create, or the ARN of a key")
    return choice


def logs(choice: Choice) -> Choice:
    """The groups of the jobs' logs, whose names are SageMaker's: they are made, or used as they are."""
    if choice.creates and (there := others()):
        raise pulumi.RunError(
            f"{NAMESPACE}:job_logs is create, and {' and '.join(there)} is there already: write skip to use it "
            "as it is (aws logs put-retention-policy says for how long it keeps), or delete it first"
        )
    return choice


def role_path(text: str) -> str:
    """The path of IAM below which the roles of all projects are, and no others. Raises pulumi.RunError."""
    if not re.fullmatch(r"(/[\w+=,.@-]+)+/", text):
        raise pulumi.RunError(
            f"{NAMESPACE}:role_path is {text}: write a path of the projects' own, such as {DEFAULT_ROLE_PATH}; "
            "below / are the roles of the whole account"
        )
    return text


def retention(text: str) -> int:
    """The days that the jobs' logs are kept. Raises pulumi.RunError."""
    if not text.isdecimal() or int(text) not in RETENTION_DAYS:
        raise pulumi.RunError(
            f"{NAMESPACE}:log_retention_days is {text}: write one of {', '.join(map(str, RETENTION_DAYS))}"
        )
    return int(text)


def members(found: object, account: str) -> tuple[str, ...]:
    """The other accounts whose stacks' state is kept here. Raises pulumi.RunError."""
    key = f"{NAMESPACE}:member_accounts"
    if not isinstance(found, list) or not all(
        isinstance(one, str) and re.fullmatch(r"[0-9]{12}", one) for one in found
    ):
        raise pulumi.RunError(f'{key} is {found!r}: write a list of 12-digit account ids in quotes, ["222222222222"]')
    if account in found:
        raise pulumi.RunError(f"{key} names {account}, the account of this stack: leave it out")
    return tuple(found)


def alert(choice: Choice, usd: str | None, email: str | None) -> Alert | None:
    """The budget; None when it is skipped. Raises pulumi.RunError."""
    if not choice.creates:
        return None
    if not usd or not usd.isdecimal() or not 1 <= int(usd) <= MOST_USD:
        raise pulumi.RunError(f"{NAMESPACE}:budget_usd is {usd or 'missing'}: write whole dollars from 1 to {MOST_USD}")
    if not email or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise pulumi.RunError(
            f"{NAMESPACE}:alert_email is {email or 'missing'}: write who is told, such as me@example.com"
        )
    return Alert(usd=int(usd), email=email)
