"""Which grants nothing needs: recorded decisions, decided again with each action of each statement taken out.

What allows a call that would otherwise be denied is needed; the rest is wider than what was done. A statement is
superfluous when each of its actions is. Denials and boundaries are left alone: they grant nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.access.decision import Caller, Document, Policies, decide
from sandbox.access.matching import action_fits, listed
from sandbox.access.question import Question

Line = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Grant:
    """One action that a statement allows.

    `kind` is `identity` or `resource`, `document` the policy's name, and `statement` its JSON.
    """

    kind: str
    document: str
    action: str
    statement: str


def read(folder: Path) -> tuple[list[Line], dict[str, Line]]:
    """The decisions of a record, and its policies by hash."""
    decisions = [json.loads(line) for line in (folder / "decisions.jsonl").read_text().splitlines()]
    policies = [json.loads(line) for line in (folder / "policies.jsonl").read_text().splitlines()]
    return decisions, {line["hash"]: line for line in policies}


def granted(policies: Mapping[str, Line]) -> set[Grant]:
    """Every action that a recorded policy of a role or of a resource allows."""
    return {
        Grant(kind, name, action, _text(statement))
        for found in policies.values()
        for kind in ("identity", "resource")
        for name, document in found[kind].items()
        for statement in listed(document["Statement"])
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }


def needed(decisions: Iterable[Line], policies: Mapping[str, Line]) -> set[Grant]:
    """The grants without which one of the calls that were allowed is denied."""
    return {
        grant
        for line in decisions
        if line["allowed"]
        for grant in _candidates(line, policies[line["policies"]])
        if not _decided(line, policies[line["policies"]], without=grant)
    }


def contradicting(decisions: Iterable[Line], policies: Mapping[str, Line]) -> list[Line]:
    """The lines whose answer does not follow from their policies: a record has none."""
    return [line for line in decisions if _decided(line, policies[line["policies"]]) != line["allowed"]]


def _candidates(line: Line, found: Line) -> Iterator[Grant]:
    """The grants that fit a call's action. What does not fit it can be taken out unnoticed."""
    for kind in ("identity", "resource"):
        for name, document in found[kind].items():
            for statement in listed(document["Statement"]):
                if statement["Effect"] == "Allow":
                    for action in listed(statement["Action"]):
                        if action_fits({"Action": action}, line["action"]):
                            yield Grant(kind, name, action, _text(statement))


def _decided(line: Line, found: Line, without: Grant | None = None) -> bool:
    documents = {
        kind: [_without(kind, name, document, without) for name, document in found[kind].items()]
        for kind in ("identity", "boundary", "resource")
    }
    policies = Policies(
        identity=documents["identity"],
        boundary=next(iter(documents["boundary"]), None),
        resource=next(iter(documents["resource"]), None),
        resource_account=found["resource_account"],
    )
    context = {key: tuple(values) for key, values in line["context"].items()}
    caller = Caller(arn=line["principal"], account=line["account"], role=line["role"])
    return decide(Question(line["action"], line["resource"], context), policies, caller).allowed


def _without(kind: str, name: str, document: Document, grant: Grant | None) -> Document:
    """The document without one action of one statement, if it is the grant's."""
    if grant is None or (kind, name) != (grant.kind, grant.document):
        return document
    kept = []
    for statement in listed(document["Statement"]):
        if _text(statement) != grant.statement:
            kept.append(statement)
        elif rest := [action for action in listed(statement["Action"]) if action != grant.action]:
            kept.append({**statement, "Action": rest})
    return {**document, "Statement": kept}


def _text(statement: Document) -> str:
    return json.dumps(statement, sort_keys=True)
