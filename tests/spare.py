"""What of a project's policies a rehearsal did not need, in the words of the table of exceptions.

A row of the table names a policy and an action. A role's own policy has the role's name less what all begin with,
such as `ci-release-staging`; that of a resource, or a role's trust, is named by whom it admits, such as
`staging's sns to events.amazonaws.com` and `trust of train to sagemaker.amazonaws.com`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline import names
from sandbox.access import removal
from sandbox.access.removal import Grant, Line

from infra.policies import exceptions, infrastructure

OF_SNS = "__default_statement_ID"  # in the policy that SNS itself gives to a new topic
Row = tuple[str, str]


@dataclass(frozen=True)
class Judged:
    """The record of a rehearsal of `project`: what was decided, and by which policies."""

    project: names.Project
    decisions: list[Line]
    policies: dict[str, Line]

    @cached_property
    def granted(self) -> set[Grant]:
        """What the project's own policies grant."""
        return {one for one in removal.granted(self.policies) if OF_SNS not in one.statement and self.row(one)}

    @cached_property
    def unneeded(self) -> set[Grant]:
        """What no call needed: all are decided again with each grant taken out in turn."""
        return self.granted - removal.needed(self.decisions, self.policies)

    def row(self, grant: Grant) -> Row | None:
        """The row of the table that is about a grant. None: the policy is not the project's."""
        policy = self._policy(grant)
        if policy is None or grant.kind == "identity":
            return policy and (policy, grant.action)
        return f"{policy} to {self._principal(grant.principal)}", grant.action

    def taken(self) -> set[str]:
        """The project's roles that somebody or something took."""
        return {role for line in self.decisions if (role := self._role(line["role"]))}

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Keys by what they are called; that of Pulumi's state is not used here, so nobody calls it."""
        called = "kms:ResourceAliases"
        return {line["resource"]: line["context"][called][0] for line in self.decisions if called in line["context"]}

    def resources(self) -> Counter[str]:
        """How many resources' policies were asked, by service."""
        named = {name for found in self.policies.values() for name in found["resource"] if ":role/" not in name}
        return Counter(name.split(":")[2] for name in named)

    def _policy(self, grant: Grant) -> str | None:
        owner, _, name = grant.document.rpartition("/")
        if grant.kind == "identity":
            return self._role(owner) if ":role/" in owner else f"managed policy {name}"
        if ":role/" not in grant.document:
            return f"{self._owner(grant.document)}'s {grant.document.split(':')[2]}"
        role = self._role(grant.document)
        return role and f"trust of {role}"

    def _owner(self, arn: str) -> str:
        """The environment whose stack has a resource, or `platform`, or `state` where Pulumi's is kept."""
        name = self.aliases.get(arn, arn)
        owners = (one for one in names.ENVIRONMENTS if f"{self.project.name}-{one}" in name)
        return next(owners, "platform") if self.project.name in name else "state"

    def _principal(self, arn: str) -> str:
        part = next((part for part, account in self.project.accounts.items() if f":{account}:" in arn), "")
        if arn.endswith(":root"):
            return f"the account of {part}" if part else "the account"
        return self._role(arn) or arn.rpartition("/")[2]

    def _role(self, arn: str) -> str | None:
        """The purpose and environment of a role, None when it is not the project's."""
        name, before = arn.rpartition("/")[2], names.role(self.project, "")
        return name.removeprefix(before) if ":role/" in arn and name.startswith(before) else None


def judge(record: Path) -> Judged:
    """The record of a rehearsal in a folder, beside the copy of the project that was rehearsed."""
    return Judged(names.project(record / "project"), *removal.read(record))


def reported(judged: Judged, table: Iterable[Row]) -> dict[Row, list[str]]:
    """What is unneeded without a row: the resources. A row is about as many statements as its action takes."""
    rows, found = set(table), defaultdict[tuple[Row, str], list[Grant]](list)
    for grant in sorted(judged.unneeded):
        row = judged.row(grant)
        assert row is not None
        found[row, grant.document].append(grant)
    return {
        row: [grant.resource for grant in grants]
        for (row, _), grants in found.items()
        if (row[0], "*") not in rows
        and (row not in rows or len({(one.statement, one.copy) for one in grants}) > statements(row[1]))
    }


def statements(action: str) -> int:
    """How many statements of a policy a row is about."""
    return 2 if action in exceptions.PAIRED else 1


def outdated(judged: Judged, table: Mapping[Row, str]) -> set[Row]:
    """The rows that excuse nothing: what they name is needed, or allowed by no policy, or the whole role is taken."""
    allowed, unneeded = ({judged.row(one) for one in grants} for grants in (judged.granted, judged.unneeded))
    return {
        (policy, action)
        for (policy, action), why in table.items()
        if (action != "*" and (policy, action) not in (allowed if why in exceptions.SOMETIMES else unneeded))
        or (action == "*" and policy in judged.taken() and why != exceptions.PROVIDER)
    }


def untaken(judged: Judged, table: Iterable[Row]) -> set[str]:
    """The project's roles that nobody took, and the table does not know."""
    roles = {*infrastructure.PLATFORM_ROLES, "ci-infra"}
    roles |= {f"{one}-{env}" for one in (*infrastructure.ENVIRONMENT_ROLES, "ci-infra") for env in names.ENVIRONMENTS}
    return roles - judged.taken() - {policy for policy, action in table if action == "*"}
