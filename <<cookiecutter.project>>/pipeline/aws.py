"""The one module that reads where AWS is, whose clients a verb uses, and how fast time runs there.

`AWS_ENDPOINT_URL` is read by boto3 itself. `AWS_CLOCK_SPEED` (default 1) says how many AWS seconds
pass in one second: durations are divided by it, stamps are always wall-clock time.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004

from pipeline import names
from pipeline.errors import UserError

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 4})
Clients = Callable[[str], Any]
SPEED = float(os.environ.get("AWS_CLOCK_SPEED", "1"))
POLL_SECONDS = 10
RENEWAL = timedelta(minutes=5)  # before a session ends, and the longest that one call may take
PATIENCE_SECONDS = 300  # of AWS's time, for a service that does not answer
HICCUPS = ("Throttling", "TooManyRequests", "RequestLimitExceeded", "ProvisionedThroughputExceeded")
ABSENT = ("could not find", "not found", "does not exist", "notfound", "nosuch", "404")


class Session:
    """Clients in a role that `outer` may take; taken again before AWS ends it.

    A role that is taken by a role lasts an hour at most, which a job may outlast:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """

    def __init__(self, arn: str, outer: Clients) -> None:
        """Take the role. Raises ClientError."""
        self.arn, self._outer = arn, outer
        self._take()

    def __call__(self, service: str) -> Any:
        """A client of `service`; ask for it again rather than keep it."""
        if datetime.now(UTC) > self._ends - RENEWAL:
            self._take()
        return self._clients(service)

    def _take(self) -> None:
        asked = {"RoleArn": self.arn, "RoleSessionName": "pipeline"}
        given = self._outer("sts").assume_role(**asked)["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        region, self._ends = names.project().region, given["Expiration"]
        # not a session of its own, which would read AWS's service models again
        self._clients = cache(
            lambda service: boto3.client(service, region_name=region, config=CONFIG, **keys)
        )


_acting: ContextVar[Session | None] = ContextVar("acting", default=None)


@cache
def _own(service: str) -> Any:
    """A boto3 client with the credentials that the verb was given."""
    return boto3.client(service, region_name=names.project().region, config=CONFIG)


def client(service: str) -> Any:
    """A boto3 client of `service` in the project's region: the verb's own, or of the role that it acts in."""
    return (_acting.get() or _own)(service)


@cache
def _session(arn: str, outer: Session | None) -> Session:
    """The role, taken by the verb itself or in the role that it acts in."""
    return Session(arn, outer or _own)


@contextmanager
def acting(part: str, purpose: str) -> Iterator[None]:
    """Within, `client` answers with clients in the role `purpose` of a part, an environment or REGISTRY.

    In one account as in several, so that a verb never has more rights than where there are several. Raises
    UserError when the role cannot be taken.
    """
    session = _taken(part, purpose)
    if session is None:
        raise UserError(
            f"the role {names.role(names.project(), purpose)} cannot be taken: apply the "
            f"{names.program(part)} stack (infra/{names.program(part)}), which makes it and says who may"
        )
    token = _acting.set(session)
    try:
        yield
    finally:
        _acting.reset(token)


def observer(environment: str) -> Clients | None:
    """Clients in the role that may look at an environment and do nothing else, whichever account it is in.

    None when the role cannot be assumed.
    """
    return _taken(environment, f"observe-{environment}")


def _taken(part: str, purpose: str) -> Session | None:
    """The role `purpose` of a part, an environment or REGISTRY; None when it cannot be assumed.

    AWS answers alike whether it is missing or closed to us
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html).
    """
    project = names.project()
    arn = names.role_arn(project, names.account(project, part, account()), purpose)
    try:
        return _session(arn, _acting.get())
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
    return None


@cache
def _account(session: Session | None) -> str:
    return str(client("sts").get_caller_identity()["Account"])


def account() -> str:
    """The id of the account that the clients reach."""
    return _account(_acting.get())


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


def real(seconds: float) -> float:
    """How long `seconds` of AWS's time last by the wall clock, which stamps are of."""
    return seconds / SPEED


def poll() -> None:
    """Wait between two looks at a slow resource: POLL_SECONDS of AWS's time, at least 0.2 s of ours."""
    time.sleep(max(POLL_SECONDS / SPEED, 0.2))


def elapsed(since: float) -> float:
    """Seconds of AWS's time since the monotonic stamp `since`."""
    return (time.monotonic() - since) * SPEED


def clock(answer: Mapping[str, Any]) -> float:
    """When AWS gave `answer`, by AWS's own clock, as a POSIX stamp in whole seconds, rounded down.

    A runner's clock may be minutes off; what is compared with stamps of AWS is compared in AWS's time.
    """
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(date).timestamp() if date else time.time()


def stamp(moment: datetime) -> str:
    """A moment as a record holds it, ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def period(at: float, seconds: float) -> int:
    """The number of the metric period of `seconds` that the POSIX stamp `at` lies in, or that begins there.

    Periods begin at multiples of their length, and last `seconds` of AWS's time (API MetricStat, Period).
    """
    return math.floor(at * SPEED / seconds + 1e-3)


def transient(error: Exception) -> bool:
    """Whether the same request may be answered in a while: not reached, throttled, or AWS's own failure."""
    if isinstance(error, ClientError):
        code = str(error.response["Error"].get("Code"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code.startswith(HICCUPS) or status >= 500
    return isinstance(error, ConnectionError | HTTPClientError)


def patiently(call: Callable[..., Any], **arguments: Any) -> Any:
    """The answer of a call that does no harm twice; AWS has PATIENCE_SECONDS to give it."""
    since = time.monotonic()
    while True:
        try:
            return call(**arguments)
        except (ClientError, BotoCoreError) as error:
            if not transient(error) or elapsed(since) > PATIENCE_SECONDS:
                raise
        poll()


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
