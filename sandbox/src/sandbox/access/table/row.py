"""How a row of the table is written.

A resource or a condition key's value is a text with JMESPath expressions in braces, which are evaluated on the
request: `endpoint/{lower(EndpointName)}`. A list in place of a value gives one text for each, an absent value
none, and a value that is an ARN already stands for the whole text. Beside the request's members the expressions
see `_region` and `_account`, those of the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SAGEMAKER = "sagemaker.amazonaws.com"


@dataclass(frozen=True)
class Row:
    """One question that an operation asks for each of `resources`, when the expression `when` is true."""

    action: str
    resources: tuple[str, ...]
    context: Mapping[str, str] = field(default_factory=dict)
    when: str = ""


Table = dict[str, tuple[Row, ...]]


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in the account and region of the call."""
    return f"arn:aws:{service}:{{_region}}:{{_account}}:{resource}"


def ask(action: str, *resources: str, when: str = "", **context: str) -> Row:
    """A row; `context` has the condition keys of the action's own service, `prefix` for `s3:prefix`."""
    service = action.partition(":")[0]
    return Row(action, resources, {f"{service}:{key}": value for key, value in context.items()}, when)


def rows(service: str, names: str, *resources: str) -> Table:
    """Operations that ask for the action of their own name on the same resources."""
    return {f"{service}.{name}": (ask(f"{service}:{name}", *resources),) for name in names.split()}


def hand_over(role: str, service: str, about: str = "") -> Row:
    """The question whether the caller may hand a role to a service.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    context = {"iam:PassedToService": service} | ({"iam:AssociatedResourceArn": about} if about else {})
    return Row("iam:PassRole", (f"{{{role}}}",), context)


def use_key(key: str, via: str, *actions: str, when: str = "", **context: str) -> tuple[Row, ...]:
    """The questions that a service asks of a key in the caller's name; none when `key` finds no key.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    keys = {"kms:ViaService": f"{via}.{{_region}}.amazonaws.com"} | {f"kms:{k}": v for k, v in context.items()}
    return tuple(Row(f"kms:{action}", (f"{{{key}}}",), keys, when) for action in actions)
