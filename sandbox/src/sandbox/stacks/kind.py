"""What a row of the table of kinds says: the AWS calls that a Pulumi resource stands for.

Expressions are JMESPath over

    inputs      the resource's properties, as Pulumi spells them
    id          its physical id, once it is known
    outputs     what it answered when it was made, with its inputs; empty while it is made
    response    the answer to the first call
    untagged    in an update, the keys of the tags that it had and no longer has
    item        in a call that is made for each of a listing, the one that it is made for
    region, account

Properties become members by name (`shapes`), so a row only says what differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request. A kind's first is always made; a later one if it carries a property, or if `when` holds.

    With `each` it is made once for each item of a listing.
    """

    operation: str  # boto3's name of it
    rename: Mapping[str, str] = field(default_factory=dict)  # property path → member path; "" is no member
    members: Mapping[str, str] = field(default_factory=dict)  # member path → expression; null is left out
    when: str | None = None
    each: "Listing | None" = None


@dataclass(frozen=True, kw_only=True)
class Listing:
    """All pages of a request's answer, and where the items are in it."""

    operation: str
    members: Mapping[str, str]
    items: str


@dataclass(frozen=True, kw_only=True)
class Read:
    """The request that looks a resource up, and where it is in the answer: null there when it is gone.

    Of several that are there, it is the one whose members have the values of `where`.
    """

    operation: str
    members: Mapping[str, str]
    found: str = "@"
    where: Mapping[str, str] = field(default_factory=dict)  # member → expression


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A boto3 waiter, and the request that it polls with."""

    waiter: str
    members: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of resource. `delete` is None for what leaves with the resource that it belongs to.

    A changed property that `id` reads, that `replace` names, or that no call of `update` carries replaces
    the resource. A property that only `delete` reads is kept for that day.
    """

    service: str
    create: tuple[Call, ...]
    id: str
    delete: tuple[Call, ...]
    read: Read
    outputs: Mapping[str, str] = field(default_factory=dict)  # beyond the inputs
    update: tuple[Call, ...] = ()
    replace: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # properties that AWS, or moto, answers in another form than it was given
    noticed: Mapping[str, str] = field(default_factory=dict)  # property → where it is read, though no program gave it
    unprotect: Call | None = None  # what AWS itself wants before a protected one goes
    created: Wait | None = None  # also after an update
    deleted: Wait | None = None


def arn(service: str, resource: str) -> dict[str, str]:
    """The output `arn` where the creation does not answer with it; `resource` ends where the id begins."""
    return {"arn": f"join('', ['arn:aws:{service}:', region, ':', account, ':{resource}', id])"}


def tagging(tag: str, untag: str, member: str, of: str = "outputs.arn", keys: str = "TagKeys") -> tuple[Call, ...]:
    """The updates of `tags`: operations that add and remove, and the member that names what is tagged."""
    return (
        Call(operation=tag, members={member: of}, when="inputs.tags"),
        Call(operation=untag, members={member: of, keys: "untagged"}, when="untagged"),
    )
