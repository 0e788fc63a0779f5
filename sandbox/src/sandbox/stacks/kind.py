"""What a row of the table of kinds says: the AWS calls that a Pulumi resource stands for.

Expressions are JMESPath over

    inputs      the resource's properties, as Pulumi spells them
    id          its physical id, once it is known
    response    the answer to the first call
    region, account

Properties become members by name (`shapes`), so a row only says what differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request. A kind's first is always made, a later one if it carries a property or `when` holds."""

    operation: str  # boto3's name of it
    rename: Mapping[str, str] = field(default_factory=dict)  # property path → member path
    members: Mapping[str, str] = field(default_factory=dict)  # member path → expression; null is left out
    when: str = "`false`"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A boto3 waiter, and the request that it polls with."""

    waiter: str
    members: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of resource. `delete` is None for what leaves with the resource that it belongs to."""

    service: str
    create: tuple[Call, ...]
    id: str
    delete: Call | None
    outputs: Mapping[str, str] = field(default_factory=dict)  # beyond the inputs
    unprotect: Call | None = None  # what AWS itself wants before a protected one goes
    created: Wait | None = None
    deleted: Wait | None = None
