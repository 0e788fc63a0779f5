"""What of a project's policies a rehearsal did not need, by what each policy is for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline import names
from sandbox.access.removal import Grant

KEY = re.compile(r":key/[0-9a-f-]{36}")


@dataclass(frozen=True, order=True)
class Spare:
    """An action that no call needed. `purpose` is the role's without its environment, or what the resource is."""

    purpose: str
    action: str
    statement: str


def general(project: names.Project, grant: Grant) -> Spare | None:
    """A grant without the environment and the ids in it, so that one environment can need it for both.

    None for a policy that is not the project's, and for the one that SNS itself gives to a new topic.
    """
    if "__default_statement_ID" in grant.statement:
        return None
    purpose = purpose_of(project, grant)
    text = re.sub("|".join(names.ENVIRONMENTS), "ENVIRONMENT", KEY.sub(":key/ID", grant.statement))
    return Spare(purpose, grant.action, text) if purpose else None


def purpose_of(project: names.Project, grant: Grant) -> str | None:
    """What a recorded policy is for: a role's purpose, `trust of` it, or a resource's service."""
    if grant.kind == "identity":
        return role_of(project, grant.document.split("/")[-2]) if ":role/" in grant.document else None
    if ":role/" in grant.document:
        role = role_of(project, grant.document.rpartition("/")[2])
        return role and f"trust of {role}"
    service, name = grant.document.split(":", 5)[2::3]
    return (
        service
        if service == "kms" or name.partition("/")[2].startswith(project.name) or name.startswith(project.name)
        else None
    )


def role_of(project: names.Project, name: str) -> str | None:
    """The purpose of the project's role `name`, without its environment."""
    prefix = names.role(project, "")
    return (
        re.sub(rf"-({'|'.join(names.ENVIRONMENTS)})$", "", name.removeprefix(prefix))
        if name.startswith(prefix)
        else None
    )


def spare(project: names.Project, granted: Iterable[Grant], needed: Iterable[Grant]) -> list[Spare]:
    """What is granted and, for no environment, needed."""
    of_all, used = ({general(project, grant) for grant in grants} for grants in (granted, needed))
    return sorted(one for one in of_all - used if one)
