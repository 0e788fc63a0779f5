"""What EventBridge would post to addresses outside: the sandbox keeps each request and sends none.

`GET /sandbox/outbox` lists them, the oldest first. Sources:

- https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html: the address is HTTPS; the headers
  of FIXED and CONTENT go with each request. That a target's headers change those of CONTENT alone is a guess.
- API PutTargets, HttpParameters: a target's headers, and the connection's, which win where both have one.
- A target names a role that may `events:InvokeApiDestination`, taken for the rule
  (eventbridge/latest/userguide/eb-use-identity-based, "Permissions required for EventBridge to access targets").

What a connection authorises with is named and not shown.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from sandbox.access import behalf
from sandbox.world import ApiError, World

CONTENT = {"Content-Type": "application/json; charset=utf-8"}
FIXED = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations", "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate", "Connection": "close",
}  # fmt: skip


@dataclass(eq=False)
class Outbox:
    """An account's requests to addresses outside, as they would have been sent."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)


def check(world: World, request: Mapping[str, Any]) -> None:
    """Refuse a destination that AWS refuses. Raises ApiError ValidationException or ResourceNotFoundException."""
    address, connection = request.get("InvocationEndpoint"), request.get("ConnectionArn")
    if address and not address.startswith("https://"):
        raise ApiError("ValidationException", f"{address} must use HTTPS.")
    if connection and connection not in [
        one["ConnectionArn"] for one in world.client("events").list_connections()["Connections"]
    ]:
        raise ApiError("ResourceNotFoundException", f"Connection '{connection}' does not exist.", 404)


def keep(world: World, rule: Mapping[str, Any], target: Mapping[str, Any], body: str) -> None:
    """Keep the request that `target` of `rule` stands for, with its body.

    Raises ApiError AccessDenied when the target's role may not, or ClientError when there is no such destination.
    """
    bridge, arn = world.client("events"), target["Arn"]
    destination = bridge.describe_api_destination(Name=arn.split("/")[1])
    behalf.invoke(world.accounts, target["RoleArn"], arn, rule["Arn"])
    connection = bridge.describe_connection(Name=destination["ConnectionArn"].split("/")[1])
    kept = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "account": world.account,
        "rule": rule["Name"],
        "method": destination["HttpMethod"],
        "url": destination["InvocationEndpoint"],
        "headers": headers(target, connection),
        "body": body,
    }
    with world.outbox.lock:
        world.outbox.requests.append(kept)
    print(f"{kept['method']} {kept['url']} is kept, not sent: {body}", flush=True)


def headers(target: Mapping[str, Any], connection: Mapping[str, Any]) -> dict[str, str]:
    """A request's headers; the one that authorises names its connection. Pure."""
    asked: dict[str, str] = target.get("HttpParameters", {}).get("HeaderParameters", {})
    given = connection["AuthParameters"]
    more = given.get("InvocationHttpParameters", {}).get("HeaderParameters", ())
    key = given.get("ApiKeyAuthParameters", {}).get("ApiKeyName", "Authorization")
    shown = {one["Key"]: str(one["Value"]) for one in more if not one.get("IsValueSecret")}
    return CONTENT | asked | shown | FIXED | {key: f"of the connection {connection['Name']}"}


def page(worlds: Iterable[World]) -> bytes:
    """The answer to `GET /sandbox/outbox`."""
    return json.dumps([request for world in worlds for request in world.outbox.requests]).encode()


BEFORE = {"events.CreateApiDestination": check, "events.UpdateApiDestination": check}


def attach(world: World) -> None:
    """Hang `world.outbox`."""
    world.outbox = Outbox()
