"""What a check found: one line, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import explain

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor. `todo` is empty when all is well."""

    subject: str
    level: str
    found: str
    todo: str = ""


def ok(subject: str, found: str) -> Finding:
    """All is well."""
    return Finding(subject, OK, found)


def warn(subject: str, found: str, todo: str) -> Finding:
    """Something will not work as it could, or could not be looked at."""
    return Finding(subject, WARN, found, todo)


def fail(subject: str, found: str, todo: str) -> Finding:
    """Something will not work."""
    return Finding(subject, FAIL, found, todo)


def tried(
    subject: str,
    look: Callable[..., list[Finding]],
    *arguments: Any,
    todo: str = "ask for leave to read it, or look yourself",
) -> list[Finding]:
    """What `look` finds; when AWS does not let it look, a line that says so, and `todo`."""
    try:
        return look(*arguments)
    except (BotoCoreError, ClientError) as error:
        return [warn(subject, f"could not be checked: {explain(error)}", todo)]
