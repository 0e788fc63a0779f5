"""What is asked of IAM: may somebody do this action on this resource, in this context."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Context = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """One action on one resource. `resource` is an ARN, or `*` where the action knows no resource.

    `context` holds the values of the condition keys that the request has, by key in any case.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)
