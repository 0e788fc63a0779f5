"""EventBridge, as far as it carries events on endpoints and alarms: rules and targets are moto's to keep.

Targets are topics, and API destinations, whose requests are kept (sandbox.outbox).

- Events and patterns: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. Values that must
  be equal are here; prefixes, numbers and other comparisons are refused when a rule is put.
- An input transformer's text keeps its quotes, what an event lacks stays unfilled, and nothing is escaped:
  https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html.
- EventBridge publishes as a service (sandbox.access.behalf). What it may not publish is counted as FailedInvocations:
  https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html. It tries again on AWS, and does not here.
"""

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sandbox import outbox
from sandbox.access import behalf
from sandbox.metrics import key
from sandbox.world import ApiError, World

TARGET = {"Id", "Arn", "Input", "InputTransformer"}
OUTSIDE = ":api-destination/"
POSTED = TARGET | {"RoleArn", "HttpParameters"}  # of a target outside


def check_rule(_world: World, request: dict[str, Any]) -> None:
    """Refuse a pattern that could not be matched. Raises ApiError NotInSandbox or InvalidEventPatternException."""
    try:
        pattern = json.loads(request.get("EventPattern", "{}"))
    except ValueError as error:
        raise ApiError("InvalidEventPatternException", f"Event pattern is not valid JSON: {error}.") from error
    for wanted in _leaves(pattern):
        if not isinstance(wanted, list):
            raise ApiError("InvalidEventPatternException", f"{json.dumps(wanted)} must be an object or an array.")
        if other := [one for one in wanted if isinstance(one, dict | list)]:
            raise ApiError("NotInSandbox", f"{json.dumps(other[0])} in a pattern is not in the sandbox; use values.")


def check_targets(_world: World, request: dict[str, Any]) -> None:
    """Refuse a target that nothing would reach. Raises ApiError NotInSandbox."""
    for target in request["Targets"]:
        outside = OUTSIDE in target["Arn"]
        if further := set(target) - (POSTED if outside else TARGET):
            raise ApiError("NotInSandbox", f"{', '.join(sorted(further))} of a target is not in the sandbox.")
        if outside and "RoleArn" not in target:
            raise ApiError("ValidationException", f"RoleArn is required for target {target['Arn']}.")
        if not outside and not target["Arn"].startswith("arn:aws:sns:"):
            said = f"The target {target['Arn']} is not in the sandbox; use an SNS topic or an API destination."
            raise ApiError("NotInSandbox", said)


def _leaves(pattern: Any) -> list[Any]:
    if isinstance(pattern, dict):
        return [leaf for value in pattern.values() for leaf in _leaves(value)]
    return [pattern]


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether each field of `pattern` has one of its values in `event`; an array has it among its elements."""
    for name, wanted in pattern.items():
        value = event.get(name)
        if isinstance(wanted, dict):
            if not isinstance(value, Mapping) or not matches(wanted, value):
                return False
        elif name not in event or not any(one in wanted for one in (value if isinstance(value, list) else [value])):
            return False
    return True


def text(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """What `target` gets of `event`."""
    if "Input" in target:
        return str(target["Input"])
    transformer = target.get("InputTransformer")
    if transformer is None:
        return json.dumps(event)
    found = {name: _value(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    known = {name: value for name, value in found.items() if value is not None}

    def filled(placeholder: re.Match[str], *, quoted: bool) -> str:
        value = known.get(placeholder[1], placeholder[0])
        return str(value) if quoted or placeholder[1] not in known else json.dumps(value)

    template = str(transformer["InputTemplate"])
    return re.sub(r"<([\w.-]+)>", partial(filled, quoted=template.lstrip().startswith('"')), template)


def _value(event: Any, path: str) -> Any:
    """What a path in dot notation, such as `$.detail.EndpointName`, finds; None when it finds nothing."""
    for name in path.removeprefix("$").strip(".").split("."):
        event = event.get(name) if isinstance(event, Mapping) else None
    return event


def emit(world: World, kind: str, resource: str, detail: Mapping[str, Any], source: str = "aws.sagemaker") -> None:
    """Have an event of a service's reach whoever waits for it; nobody waits for that."""
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": world.account,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": world.region,
        "resources": [resource],
        "detail": detail,
    }
    if not world.stopping.is_set():
        threading.Thread(target=_deliver, args=(world, event), daemon=True).start()


def _deliver(world: World, event: Mapping[str, Any]) -> None:
    bridge = world.client("events")
    try:
        for rule in bridge.list_rules()["Rules"]:
            if rule["State"] != "ENABLED" or not matches(json.loads(rule.get("EventPattern", '{"": []}')), event):
                continue
            for target in bridge.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                _send(world, rule, target, text(target, event))
    except Exception as error:  # the sandbox is stopping, or the rule was removed meanwhile
        print(f"an event was lost: {error}", flush=True)


def _send(world: World, rule: Mapping[str, Any], target: Mapping[str, Any], message: str) -> None:
    def count(metric: str) -> None:
        named = key("AWS/Events", metric, [{"Name": "RuleName", "Value": rule["Name"]}])
        world.metrics.record(world.metrics.series(named, "Count"), 1.0)

    count("Invocations")
    try:
        if OUTSIDE in target["Arn"]:
            outbox.keep(world, rule, target, message)
            return
        behalf.publish(world.accounts, target["Arn"], rule["Arn"], behalf.EVENTS)
        world.client("sns").publish(TopicArn=target["Arn"], Message=message)
    except Exception as error:
        count("FailedInvocations")
        print(f"rule {rule['Name']} did not reach {target['Arn']}: {error}", flush=True)


BEFORE: dict[str, Callable[[World, dict[str, Any]], None]] = {
    "events.PutRule": check_rule,
    "events.PutTargets": check_targets,
}


def attach(_world: World) -> None:
    """Nothing is kept here."""
