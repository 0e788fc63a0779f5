"""InvokeEndpoint: the way of a request through the routing table to an instance and back.

A shadow variant gets its copy at the same time, and nobody waits for its answer: "only the responses of the production
variant are returned" (https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html). Guesses: the copy has the
caller's inference id and attributes, its captured line an event id of its own.
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import urllib3

from sandbox import capture
from sandbox.world import ApiError, World

if TYPE_CHECKING:
    from sandbox.fleet import Instance

LONGEST = 60.0  # AWS seconds that a container has to answer (dg/your-algorithms-inference-code)
LEAST = 10.0  # real seconds: a container doesn't compute faster because AWS's time does
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
PASSED = ("Content-Type", "Accept", ATTRIBUTES)  # what a container sees of the caller's headers

Answer = tuple[int, dict[str, str], bytes]


def invoke(world: World, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer to one InvokeEndpoint request: status, headers, body.

    A container's error comes back as ModelError with status 424 (API runtime InvokeEndpoint). Raises ApiError
    ValidationError when the endpoint or the target variant doesn't serve.
    """
    instance = _route(world, endpoint_name, headers.get("X-Amzn-SageMaker-Target-Variant"))
    if shadow := instance.fleet.shadow(world.hosting.draws.random):
        shadow.enter()  # while the request itself is in flight, so that nobody has ended the fleet
        threading.Thread(target=_serve, args=(world, shadow, headers, body), daemon=True).start()
    status, answered, data = _serve(world, instance, headers, body)
    return _failure(world, instance, status, data) if status >= 400 else (200, answered, data)


def _serve(world: World, instance: "Instance", headers: Mapping[str, str], body: bytes) -> Answer:
    """The container's answer, counted and captured; the request is in flight no more."""
    began = time.perf_counter()
    try:
        sent = time.perf_counter()
        status, answered, data = _send(world, instance, headers, body)
        ended = time.perf_counter()
    finally:
        instance.leave()
    if instance.fleet.capture and status < 400:
        instance.fleet.capture.record(
            capture.Exchange(
                variant=instance.variant,
                at=capture.now(),
                sent=body,
                sent_type=headers.get("Content-Type", ""),
                answered=data,
                answered_type=answered.get("Content-Type", ""),
                inference_id=headers.get("X-Amzn-SageMaker-Inference-Id"),
                custom_attributes=headers.get(ATTRIBUTES),
            )
        )
    instance.count(status, ended - sent, time.perf_counter() - began - (ended - sent))
    return status, answered, data


def _route(world: World, name: str, variant: str | None) -> "Instance":
    """The instance that answers, counted as having one more request in flight."""
    endpoint = world.hosting.endpoints.find(name)
    if endpoint is None:
        raise ApiError("ValidationError", f"Endpoint {name} of account {world.account} not found.")
    faults = world.accounts.faults

    def starved(its: "Instance") -> bool:
        return faults.starved(name, its.fleet.config["EndpointConfigName"])

    blocked = starved if faults.starving else None
    with endpoint.lock:  # a fleet is drained after it left the table: nobody may be in between
        try:
            instance: Instance | None = endpoint.table.pick(world.hosting.draws.random(), variant, blocked)
        except KeyError:
            raise ApiError("ValidationError", f"Variant {variant} of endpoint {name} not found.") from None
        if instance is None:
            raise ApiError("ValidationError", f"Endpoint {name} of account {world.account} not found.")
        instance.enter()
    return instance


def _send(
    world: World, instance: "Instance", headers: Mapping[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    """The container's answer; a container that is gone or too slow answered 500."""
    faults, fleet = world.accounts.faults, (instance.fleet.endpoint, instance.fleet.config["EndpointConfigName"])
    if delay := faults.delay(*fleet):
        time.sleep(delay)
    if faults.fails(*fleet, world.hosting.draws.random()):
        return 500, {}, b"injected: this container fails"
    passed = {name: headers[name] for name in PASSED if name in headers}
    allowed = max(world.clock.real(LONGEST), LEAST)
    try:
        answer = instance.pool.urlopen(
            "POST", "/invocations", body=body, headers=passed, timeout=allowed, retries=False
        )
    except urllib3.exceptions.HTTPError as error:
        return 500, {}, f"the container did not answer: {type(error).__name__}".encode()
    kept = {name: answer.headers[name] for name in ("Content-Type", ATTRIBUTES) if name in answer.headers}
    return answer.status, kept | {"x-Amzn-Invoked-Production-Variant": instance.variant}, answer.data


def _failure(world: World, instance: "Instance", status: int, data: bytes) -> Answer:
    group = f"/aws/sagemaker/Endpoints/{instance.fleet.endpoint}"
    text = data.decode("utf-8", "replace")
    kind = "client" if status < 500 else "server"
    error = {
        "Message": f'Received {kind} error ({status}) from primary with message "{text}". See {group} in '
        f"account {world.account} for more information.",
        "OriginalStatusCode": status,
        "OriginalMessage": text,
        "LogStreamArn": world.arn("logs", f"log-group:{group}"),
    }
    return (
        424,
        {"Content-Type": "application/json", "x-amzn-ErrorType": "ModelError"},
        json.dumps(error).encode(),
    )
