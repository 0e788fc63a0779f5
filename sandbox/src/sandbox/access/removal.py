"""Which grants nothing needs: recorded decisions, decided again with each of them taken out.

What a statement allows is taken apart into grants: one action on one resource to one principal each. A grant that
allows a call which would otherwise be denied is needed; the rest is wider than what was done, and a statement is
superfluous when all of it is. Denials and boundaries are left alone: they grant nothing.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from sandbox.access.decision import Caller, Document, Policies, decide
from sandbox.access.matching import action_fits, listed
from sandbox.access.question import Question

Line = Mapping[str, Any]
ROLES = "aws:PrincipalArn"  # the condition by which a resource's policy admits some roles of an account


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource that a statement allows to one principal.

    `kind` is `identity` or `resource`, `document` the policy's name, and `statement` the statement's JSON.
    `principal` is empty in an identity-based policy; else it is the role that a condition names, or what stands as
    Principal. `resource` is empty in a trust policy. `copy` counts equal grants of a document, from 0.
    """

    kind: str
    document: str
    action: str
    principal: str
    resource: str
    statement: str
    copy: int = 0


def read(folder: Path) -> tuple[list[Line], dict[str, Line]]:
    """The decisions of a record, and its policies by hash."""
    decisions = [json.loads(line) for line in (folder / "decisions.jsonl").read_text().splitlines()]
    policies = [json.loads(line) for line in (folder / "policies.jsonl").read_text().splitlines()]
    return decisions, {line["hash"]: line for line in policies}


def granted(policies: Mapping[str, Line]) -> set[Grant]:
    """Every grant of a recorded policy of a role or of a resource."""
    return {grant for found in policies.values() for grant in _Parts(found).grants}


def needed(decisions: Iterable[Line], policies: Mapping[str, Line]) -> set[Grant]:
    """The grants without which one of the calls that were allowed is denied."""
    parts = {name: _Parts(found) for name, found in policies.items()}
    return {
        grant
        for line in decisions
        if line["allowed"]
        for grant in parts[line["policies"]].fitting(line["action"])
        if not _decided(line, parts[line["policies"]].policies(without=grant))
    }


def contradicting(decisions: Iterable[Line], policies: Mapping[str, Line]) -> list[Line]:
    """The lines whose answer does not follow from their policies: a record has none."""
    parts = {name: _Parts(found) for name, found in policies.items()}
    return [line for line in decisions if _decided(line, parts[line["policies"]].policies()) != line["allowed"]]


class _Parts:
    """The policies of one decision, their statements taken apart."""

    def __init__(self, found: Line) -> None:
        self._found = found
        self._documents = {
            kind: [list(_numbered(kind, name, document)) for name, document in found[kind].items()]
            for kind in ("identity", "resource")
        }

    @property
    def grants(self) -> list[Grant]:
        """All that they allow."""
        documents = [one for kind in self._documents.values() for one in kind]
        return [grant for document in documents for grant, _ in document if grant]

    def fitting(self, action: str) -> list[Grant]:
        """The grants that fit an action. Any other can be taken out unnoticed."""
        return [grant for grant in self.grants if action_fits({"Action": grant.action}, action)]

    def policies(self, without: Grant | None = None) -> Policies:
        """The same policies less one grant."""
        identity, resource = (
            [{"Statement": [each for grant, each in one if grant is None or grant != without]} for one in documents]
            for documents in self._documents.values()
        )
        return Policies(
            identity=identity,
            boundary=next(iter(self._found["boundary"].values()), None),
            resource=next(iter(resource), None),
            resource_account=self._found["resource_account"],
        )


def _numbered(kind: str, name: str, document: Document) -> Iterator[tuple[Grant | None, Document]]:
    """A document's statements taken apart, each with its grant; a denial has none."""
    copies = Counter[Grant]()
    for statement in listed(document["Statement"]):
        if statement["Effect"] != "Allow":
            yield None, statement
            continue
        text = json.dumps(statement, sort_keys=True)
        resources = [("", {})] if "Resource" not in statement else _each("Resource", statement["Resource"])
        for action, acts in _each("Action", statement["Action"]):
            for (principal, named), (resource, on) in product(_principals(statement), resources):
                grant = Grant(kind, name, action, principal, resource, text)
                yield replace(grant, copy=copies[grant]), {**statement, **acts, **named, **on}
                copies[grant] += 1


def _each(key: str, value: Any) -> list[tuple[str, Document]]:
    """Every value of a statement's key, and what to write in order to say that one alone."""
    return [(one, {key: one}) for one in listed(value)]


def _principals(statement: Document) -> Iterator[tuple[str, Document]]:
    """Whom a statement names, and what to write in order to name that one alone."""
    given, condition = statement.get("Principal", ""), statement.get("Condition", {})
    roles = listed(condition.get("ArnEquals", {}).get(ROLES, []))
    principals = given.items() if isinstance(given, Mapping) else [("", given)]
    for kind, words in principals:
        for word in listed(words):
            named = {"Principal": {kind: word}} if kind else {}
            for role in roles:
                only = {**condition, "ArnEquals": {**condition["ArnEquals"], ROLES: role}}
                yield role, {**named, "Condition": only}
            if not roles:
                yield word, named


def _decided(line: Line, policies: Policies) -> bool:
    context = {key: tuple(values) for key, values in line["context"].items()}
    caller = Caller(arn=line["principal"], account=line["account"], role=line["role"])
    return decide(Question(line["action"], line["resource"], context), policies, caller).allowed
