"""The one module that reads where AWS is, whose clients a verb uses, and how fast time runs there.

`AWS_ENDPOINT_URL` is read by boto3 itself. `AWS_CLOCK_SPEED` (default 1) says how many AWS seconds
pass in one second: durations are divided by it, stamps are always wall-clock time.
"""

import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from pipeline import names

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 4})
Clients = Callable[[str], Any]
SPEED = float(os.environ.get("AWS_CLOCK_SPEED", "1"))
POLL_SECONDS = 10
ABSENT = ("could not find", "not found", "does not exist", "notfound", "nosuch", "404")


@cache
def client(service: str) -> Any:
    """A boto3 client of `service` in the project's region, with the credentials that the verb was given."""
    return boto3.client(service, region_name=names.project().region, config=CONFIG)


@cache
def observer(environment: str) -> Clients | None:
    """Clients in the role that may look at an environment and do nothing else, whichever account it is in.

    None when the role cannot be assumed: AWS answers alike whether it is missing or closed to us
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html).
    """
    project = names.project()
    place = names.account(project, environment, account())
    arn = names.role_arn(project, place, f"observe-{environment}")
    try:
        given = client("sts").assume_role(RoleArn=arn, RoleSessionName="pipeline")["Credentials"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return None
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    # not a session of its own, which would read AWS's service models again
    return cache(lambda service: boto3.client(service, region_name=project.region, config=CONFIG, **keys))


@cache
def account() -> str:
    """The id of the account that the credentials belong to."""
    return str(client("sts").get_caller_identity()["Account"])


def caller() -> str:
    """Who runs the verb: the principal that AWS knows, and before it GitHub's actor, if there is one."""
    arn = str(client("sts").get_caller_identity()["Arn"])
    actor = os.environ.get("GITHUB_ACTOR")
    return f"{actor} as {arn}" if actor else arn


def person(caller: str | None) -> str:
    """Who a caller was, short enough for a line: GitHub's actor and the project's role, or the user."""
    actor, _, arn = (caller or "-").rpartition(" as ")
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    name = rest.split("/")[0] if kind == "assumed-role" else rest or kind
    name = name.removeprefix(names.role(names.project(), ""))
    return f"{actor}, {name}" if actor else name


def sleep(seconds: float) -> None:
    """Wait `seconds` of AWS's time."""
    time.sleep(seconds / SPEED)


def poll() -> None:
    """Wait between two looks at a slow resource: POLL_SECONDS of AWS's time, at least 0.2 s of ours."""
    time.sleep(max(POLL_SECONDS / SPEED, 0.2))


def elapsed(since: float) -> float:
    """Seconds of AWS's time since the monotonic stamp `since`."""
    return (time.monotonic() - since) * SPEED


def find(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """The answer of a describe call, or None when there is no such thing.

    SageMaker says so with a ValidationException ("Could not find endpoint …") or ResourceNotFound,
    other services with a code of their own.
    """
    try:
        answer: dict[str, Any] = call(**arguments)
    except ClientError as error:
        said = f"{error.response['Error'].get('Code')} {error.response['Error'].get('Message')}".lower()
        if any(word in said for word in ABSENT):
            return None
        raise
    return answer


def pages(service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
    """Every element under `key` of all pages of a list operation, such as `list_models`."""
    paginator = client(service).get_paginator(operation)
    return [element for page in paginator.paginate(**arguments) for element in page.get(key, [])]
