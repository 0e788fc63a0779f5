"""The account: what every module of the sandbox shares, and nothing else."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from sandbox.clock import Clock

if TYPE_CHECKING:
    from sandbox.accounts import Accounts
    from sandbox.images import Images
    from sandbox.processes import Processes

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=50,
    s3={"addressing_style": "path"},
)
ACCOUNT = "123456789012"  # of all credentials that name no other


class ApiError(Exception):
    """An answer that AWS gives instead of a result; `code` is the error code a client sees."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Clients(Protocol):
    """Whoever calls AWS: the sandbox itself, or a role that AWS has taken."""

    def client(self, service: str) -> Any:
        """A boto3 client of `service`."""


class World:
    """One account in one region, alive from its first use until the sandbox stops.

    A module that keeps state hangs it here in its `attach(world)`, such as `world.jobs`.
    """

    images: "Images"
    processes: "Processes"
    jobs: Any
    registry: Any
    tags: dict[str, dict[str, str]]
    hosting: Any
    metrics: Any
    alarms: Any
    outbox: Any

    def __init__(self, accounts: "Accounts", account: str, folder: Path) -> None:
        self.accounts, self.account, self.folder = accounts, account, folder
        self.region: str = accounts.region
        self.clock: Clock = accounts.clock
        self.stopping = threading.Event()
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._stops: list[Callable[[], object]] = []

    @property
    def url(self) -> str:
        """Where the sandbox answers."""
        return self.accounts.url

    def client(self, service: str) -> Any:
        """A boto3 client of `service` for the sandbox's own calls; one per service, shared by threads."""
        with self._lock:  # creating clients is not thread-safe, using them is
            if service not in self._clients:
                self._clients[service] = connect(
                    self.url, self.region, service, self.accounts.principals.own_key(self.account)
                )
            return self._clients[service]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional `resource`, such as `endpoint/live`."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def on_stop(self, stop: Callable[[], object]) -> None:
        """Have `stop` called when the sandbox stops; the last registered is called first."""
        self._stops.append(stop)

    def stop(self) -> None:
        """Set `stopping` and call what was registered with `on_stop`."""
        self.stopping.set()
        while self._stops:
            self._stops.pop()()


def connect(url: str, region: str, service: str, key: str = "sandbox", token: str | None = None) -> Any:
    """A boto3 client of `service` at `url`, without retries: an error here is a fact, not bad luck."""
    client = boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key="sandbox",  # noqa: S106  signatures are not verified
        aws_session_token=token,
        config=CONFIG,
    )
    client.meta.events.register("before-sign.s3-control", without_account)
    return client


def without_account(request: Any, **_: Any) -> None:
    """Take the account out of the host of an S3 Control request, which boto3 puts there: 127.0.0.1 has none."""
    request.url = re.sub(r"//\d{12}\.", "//", request.url)
