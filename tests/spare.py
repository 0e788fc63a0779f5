"""What of a project's policies a rehearsal did not need."""

import re
from collections.abc import Iterable

from pipeline import names
from sandbox.access.removal import Grant

OF_SNS = "__default_statement_ID"  # in the policy that SNS itself gives to a new topic


def spare(project: names.Project, grants: Iterable[Grant]) -> list[Grant]:
    """Those of the project's own policies."""
    return sorted(one for one in grants if OF_SNS not in one.statement and purpose_of(project, one))


def purpose_of(project: names.Project, grant: Grant) -> str | None:
    """What a recorded policy is for: a role's purpose, `trust of` it, or a resource's service. None: not ours."""
    if grant.kind == "identity":
        return role_of(project, grant.document.split("/")[-2]) if ":role/" in grant.document else None
    if ":role/" in grant.document:
        role = role_of(project, grant.document.rpartition("/")[2])
        return role and f"trust of {role}"
    service, name = grant.document.split(":", 5)[2::3]
    return service if service == "kms" or project.name in name else None


def role_of(project: names.Project, name: str) -> str | None:
    """The purpose of the project's role `name`, without its environment."""
    prefix = names.role(project, "")
    if not name.startswith(prefix):
        return None
    return re.sub(rf"-({'|'.join(names.ENVIRONMENTS)})$", "", name.removeprefix(prefix))
