"""What the policies answer to a question: IAM's evaluation logic, within one account and across two.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.access.conditions import holds
from sandbox.access.matching import Grip, action_fits, grip, listed, resource_fits
from sandbox.access.question import Context, Question

Document = Mapping[str, Any]
IDENTITY, BOUNDARY, RESOURCE = "identity-based policy", "permissions boundary", "resource-based policy"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: the session of a role, an account's root, a service, or an identity provider's user.

    `arn` is the session's or the root's ARN, the service's name (`cloudwatch.amazonaws.com`) or the provider's ARN.
    `role` is the ARN of the session's role. `account` is empty for services and providers.
    """

    arn: str
    account: str = ""
    role: str = ""

    @property
    def is_root(self) -> bool:
        """Whether it is the account itself, which needs no policy of its own."""
        return self.arn == f"arn:aws:iam::{self.account}:root"

    def context(self) -> Context:
        """The condition keys that every request of this caller has.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        if not self.account:
            return {"aws:PrincipalIsAWSService": (str(self.arn.endswith(".amazonaws.com")).lower(),)}
        return {
            "aws:PrincipalArn": (self.role or self.arn,),
            "aws:PrincipalAccount": (self.account,),
            "aws:PrincipalIsAWSService": ("false",),
            "kms:CallerAccount": (self.account,),
        }


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The documents that count: of the caller's role, its boundary, and of the resource with its account.

    `resource_account` is empty where the resource is in the caller's account.
    """

    identity: Sequence[Document] = ()
    boundary: Document | None = None
    resource: Document | None = None
    resource_account: str = ""


@dataclass(frozen=True)
class Decision:
    """The answer. `why` completes AWS's sentence after "is not authorized to perform: … on resource: …".

    `used` names the statements that it rests on, as `statements` names them.
    """

    allowed: bool
    why: str
    used: frozenset[str] = field(default_factory=frozenset)


def statements(kind: str, documents: Sequence[Document]) -> Iterator[tuple[str, Document]]:
    """Every statement of the documents of one kind, with its name: kind, number of the document, its own number."""
    for at, document in enumerate(documents):
        for number, statement in enumerate(listed(document["Statement"])):
            yield f"{kind} {at}.{number}", statement


def decide(question: Question, policies: Policies, caller: Caller) -> Decision:
    """Whether `caller` may. Raises BadPolicy when a document is none."""
    question = Question(question.action, question.resource, {**question.context, **caller.context()})
    grants = _Grants.find(question, policies, caller)
    if grants.denied:
        kind = min(grants.denied).rpartition(" ")[0]
        article = "an" if kind == IDENTITY else "a"
        return Decision(False, f"with an explicit deny in {article} {kind}", grants.denied)
    missing = _missing(question.action, policies, caller, grants)
    if missing:
        return Decision(False, f"because no {missing} allows the {question.action} action")
    return Decision(True, "", grants.identity | grants.boundary | grants.resource)


@dataclass(frozen=True)
class _Grants:
    """The statements that apply, by what they say; `grip` is how closely the resource's policy names the caller."""

    denied: frozenset[str]
    identity: frozenset[str]
    boundary: frozenset[str]
    resource: frozenset[str]
    grip: Grip

    @classmethod
    def find(cls, question: Question, policies: Policies, caller: Caller) -> "_Grants":
        """What applies to the question."""
        denied, allowed = set(), {IDENTITY: set[str](), BOUNDARY: set[str](), RESOURCE: set[str]()}
        closest = Grip.NONE
        for kind, documents in (
            (IDENTITY, policies.identity),
            (BOUNDARY, [policies.boundary] if policies.boundary else []),
            (RESOURCE, [policies.resource] if policies.resource else []),
        ):
            for name, statement in statements(kind, documents):
                held = Grip.ITSELF
                if kind == RESOURCE:
                    held = grip(statement, arn=caller.arn, role=caller.role, account=caller.account)
                if not held or not _applies(statement, question):
                    continue
                if statement["Effect"] == "Deny":
                    denied.add(name)
                    continue
                allowed[kind].add(name)
                closest = max(closest, held) if kind == RESOURCE else closest
        identity, boundary, resource = map(frozenset, allowed.values())
        return cls(frozenset(denied), identity, boundary, resource, closest)


def _applies(statement: Document, question: Question) -> bool:
    return (
        action_fits(statement, question.action)
        and resource_fits(statement, question.resource, question.context)
        and holds(statement.get("Condition", {}), question.context)
    )


def _missing(action: str, policies: Policies, caller: Caller, grants: _Grants) -> str:
    """The kind of policy whose Allow is missing; empty when nothing is.

    In one account the resource's policy is enough when it names the caller: the session itself whatever the boundary
    says, the role within the boundary. It is never enough that it names the account; keys and roles must allow the
    account at least, where others need no policy. Between two accounts both sides must allow. (Same page,
    "Evaluating identity-based policies with resource-based policies", and
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html for the account in a key's policy.)
    """
    bounded = policies.boundary is None or bool(grants.boundary)
    if not caller.account:
        return "" if grants.grip else RESOURCE
    same = policies.resource_account in ("", caller.account)
    must = policies.resource is not None and action.lower().startswith(("kms:", "sts:"))
    if same and grants.grip == Grip.ITSELF:
        return ""
    if (not same or must) and not grants.grip:
        return RESOURCE
    if not grants.identity and not caller.is_root and not (same and grants.grip >= Grip.ANYONE):
        return IDENTITY
    return "" if bounded else BOUNDARY
