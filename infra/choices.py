"""What the account has already: each resource is made, or taken as it is, or left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

CREATE, SKIP = "create", "skip"


@dataclass(frozen=True)
class Choice:
    """`create`, `skip`, or the ARN of what is there."""

    value: str

    @property
    def creates(self) -> bool:
        """Whether the stack makes it."""
        return self.value == CREATE

    @property
    def arn(self) -> str | None:
        """The ARN that was given; None when none was."""
        return self.value if self.value.startswith("arn:") else None


def choose(key: str, value: str, prefix: str | None) -> Choice:
    """The choice that `value` of the setting `key` is. Raises pulumi.RunError.

    `prefix` is what an ARN of the resource begins with; None: there is no ARN to give.
    """
    if value in (CREATE, SKIP) or (prefix and value.startswith(prefix) and value != prefix):
        return Choice(value)
    allowed: Sequence[str] = [CREATE, SKIP, *([f"an ARN such as {prefix}NAME"] if prefix else [])]
    raise pulumi.RunError(f"{key} is {value}: write {', '.join(allowed[:-1])} or {allowed[-1]}")
