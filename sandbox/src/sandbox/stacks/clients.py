"""Clients of the sandbox for whoever the environment's credentials say, and of nothing else."""

import os
import threading
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.stacks.program import SettingsError
from sandbox.world import CONFIG, without_account


def endpoint() -> str:
    """The sandbox's address. Raises SettingsError when the environment points anywhere else."""
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise SettingsError(
            f"AWS_ENDPOINT_URL is {url or 'not set'}, which is no sandbox on this machine: "
            "run `sandbox start` and paste its exports, or use the Pulumi command on AWS"
        )
    return url


class Clients:
    """`clients(service)` is a boto3 client in one region; one per service, shared by threads."""

    def __init__(self, url: str, region: str) -> None:
        self.url, self.region = url, region
        self._session = boto3.session.Session(region_name=region)
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """The client of `service`."""
        with self._lock:  # creating clients is not thread-safe, using them is
            if service not in self._made:
                client = self._session.client(service, endpoint_url=self.url, config=CONFIG)
                client.meta.events.register("before-sign.s3-control", without_account)
                self._made[service] = client
            return self._made[service]

    def place(self) -> dict[str, str]:
        """Region and account. Raises SettingsError when the credentials are nobody's."""
        try:
            account = str(self("sts").get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            raise SettingsError(f"the credentials reach no account of the sandbox: {error}") from error
        return {"region": self.region, "account": account}
