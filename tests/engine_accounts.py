"""Two accounts, compared by what AWS says is in them."""

import json
import re
from collections.abc import Callable
from typing import Any

from engine import ACCOUNT, REGION, Account
from sandbox.stacks import reading
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.state import Made


def left(account: Account) -> list[dict[str, Any]]:
    """What is in an account."""
    found = json.loads(account.command("sandbox", "left", "--json", fails=True).stdout)["left"]
    return sorted(found, key=lambda one: (one["service"], one["kind"], one["name"]))


def made(one: dict[str, Any]) -> Made:
    """A resource of Pulumi's state, as the sandbox keeps it in its own."""
    return Made(one["urn"], one["type"], "", one.get("id", ""), one.get("inputs", {}), one.get("outputs", {}))


def described(client: Callable[[str], Any], resources: list[Made]) -> list[str]:
    """Type and description of each resource, in an order that both accounts have.

    Without an alarm's state, and without the number of times that a parameter was written: another module's tests
    may have changed one and set it back.
    """
    found = []
    for one in resources:
        if one.type in KINDS:
            its = reading.described(client, KINDS[one.type], one, {"region": REGION, "account": ACCOUNT})
            lasting = {key: item for key, item in its.items() if _lasts(key)} if isinstance(its, dict) else its
            found.append((one.type, anonymous(lasting)))
    return sorted(json.dumps(one, sort_keys=True) for one in found)


def _lasts(key: str) -> bool:
    return "State" not in key and key != "Version"


def anonymous(found: Any) -> Any:
    """`found` without what two accounts differ in: ids that AWS draws, addresses, times, the order of tags."""
    text = json.dumps(found, sort_keys=True, default=str)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"\b1\d{12}\b", "0", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "HERE", text)
    text = re.sub(r"\bA[A-Z0-9]{19,20}\b", "ID", text)
    text = re.sub(r"scalable-target/\w+", "scalable-target/ID", text)
    return _ordered(json.loads(re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+(?:\+00:00|Z)?", "TIME", text)))


def _ordered(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _ordered(item) for key, item in found.items()}
    if isinstance(found, list):
        return sorted((_ordered(item) for item in found), key=lambda item: json.dumps(item, sort_keys=True))
    return found
