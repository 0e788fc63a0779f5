"""Whether a policy's words fit: actions, resources and principals, with their wildcards."""

import re
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Any

from sandbox.access.question import Context

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_LITERAL = {"*", "?", "$"}  # ${*} is an asterisk


class Grip(IntEnum):
    """How closely a resource policy's principal names a caller."""

    NONE = 0
    ACCOUNT = 1  # the caller's account, which may pass the permission on
    ANYONE = 2
    ROLE = 3
    ITSELF = 4  # the session, the service or the identity provider


@cache
def _pattern(text: str, flags: int) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in text)
    return re.compile("".join(parts), flags | re.DOTALL)


def like(pattern: str, value: str) -> bool:
    """Whether `value` fits `pattern`, in which `*` stands for any text and `?` for one character."""
    return _pattern(pattern, 0).fullmatch(value) is not None


def arn_like(pattern: str, value: str) -> bool:
    """The same for ARNs, whose six parts are compared one by one, so that `*` does not reach over a colon.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    patterns, values = pattern.split(":", 5), value.split(":", 5)
    return len(patterns) == len(values) and all(map(like, patterns, values))


def resolved(text: str, context: Context) -> str | None:
    """`text` with its policy variables filled in from `context`; None when one of them has no single value.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html: then nothing matches.
    Values are taken literally, so wildcards in them must not occur.
    """
    if "${" not in text:
        return text
    known = {key.lower(): values[0] for key, values in context.items() if len(values) == 1}
    names = [name for name in _VARIABLE.findall(text) if name not in _LITERAL]
    if any(name.lower() not in known or set(known[name.lower()]) & {"*", "?"} for name in names):
        return None
    return _VARIABLE.sub(lambda found: found[1] if found[1] in _LITERAL else known[found[1].lower()], text)


def listed(value: Any) -> list[Any]:
    """A policy's single value as the list that it stands for."""
    return value if isinstance(value, list) else [value]


def action_fits(statement: Mapping[str, Any], action: str) -> bool:
    """Whether Action or NotAction cover `action`, in any case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    name = "NotAction" if "NotAction" in statement else "Action"
    found = any(_pattern(word, re.IGNORECASE).fullmatch(action) for word in listed(statement[name]))
    return found != (name == "NotAction")


def resource_fits(statement: Mapping[str, Any], resource: str, context: Context) -> bool:
    """Whether Resource or NotResource cover `resource`. A role's trust policy has neither: it is about the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    name = "NotResource" if "NotResource" in statement else "Resource"
    if name not in statement:
        return True
    patterns = (resolved(word, context) for word in listed(statement[name]))
    return any(pattern is not None and like(pattern, resource) for pattern in patterns) != (name == "NotResource")


def grip(statement: Mapping[str, Any], *, arn: str, role: str, account: str) -> Grip:
    """How closely the statement's Principal names a caller: the closest, where it names it twice.

    `arn` is the caller's own (or a service's or provider's name), `role` the ARN of the role of its session. A
    NotPrincipal names anyone whom it does not list.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if "NotPrincipal" in statement:
        named = _closest(statement["NotPrincipal"], arn, role, account)
        return Grip.NONE if named else Grip.ANYONE
    return _closest(statement.get("Principal", {}), arn, role, account)


def _closest(principal: Any, arn: str, role: str, account: str) -> Grip:
    if principal == "*":
        return Grip.ANYONE
    found = Grip.NONE
    for kind, words in principal.items():
        for word in listed(words):
            found = max(found, _named(kind, word, arn, role, account))
    return found


def _named(kind: str, word: str, arn: str, role: str, account: str) -> Grip:
    if word == arn:
        return Grip.ACCOUNT if arn == f"arn:aws:iam::{account}:root" else Grip.ITSELF
    if kind != "AWS":
        return Grip.NONE
    if word == "*":
        return Grip.ANYONE
    if role and word == role:
        return Grip.ROLE
    return Grip.ACCOUNT if account and word in (account, f"arn:aws:iam::{account}:root") else Grip.NONE
