"""The pages of injected faults, as a test asks for them."""

import json
from typing import Any
from urllib.request import Request, urlopen

from hosted import Account

from sandbox.world import connect

REGION = "eu-west-1"


def page(aws: Account, method: str = "GET", path: str = "", body: Any = None) -> Any:
    """The answer of /sandbox/faults."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{aws.world.url}/sandbox/faults{path}", data, method=method), timeout=5) as answer:
        return json.load(answer)


def put(aws: Account, rules: Any) -> None:
    """Put the rules."""
    page(aws, "PUT", "", rules)


def client(aws: Account, service: str, **session: str) -> Any:
    """A client from outside; the account's own are the sandbox's."""
    return connect(aws.world.url, REGION, service, **session)
