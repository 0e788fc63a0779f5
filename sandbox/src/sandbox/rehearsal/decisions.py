"""What the sandbox decided about every call, by who asked: read from its own record."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILES = ("decisions.jsonl", "policies.jsonl")
SESSION = re.compile(r"arn:aws:sts::\d+:assumed-role/([^/]+)/.*")


@dataclass
class Asked:
    """What one principal asked for: how often, and what was denied."""

    role: str
    account: str
    decided: int = 0
    denied: list[str] = field(default_factory=list)


def name_of(principal: str, before: str) -> str:
    """A role's name without `before`, with which all of the project begin, or a person's, or a service's."""
    if principal.endswith(":root"):
        return "administrator"
    session = SESSION.fullmatch(principal)
    return (session[1] if session else principal.rpartition("/")[2]).removeprefix(before)


def read(file: Path, before: str) -> list[Asked]:
    """Every principal of the record, in the order of its first question; nothing when there is no record."""
    found: dict[tuple[str, str], Asked] = {}
    whole = file.read_text().rpartition("\n")[0] if file.is_file() else ""  # its last line may be under way
    for line in whole.splitlines():
        said: dict[str, Any] = json.loads(line)
        key = name_of(said["principal"], before), said["account"]
        asked = found.setdefault(key, Asked(*key))
        asked.decided += 1
        if not said["allowed"]:
            asked.denied.append(f"{said['action']} on {said['resource']}")
    return list(found.values())


def denied(principals: list[Asked]) -> list[str]:
    """Every denied question once, with who asked."""
    return list(dict.fromkeys(f"{one.role} may not {question}" for one in principals for question in one.denied))
