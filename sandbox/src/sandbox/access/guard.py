"""Lets a request pass, or refuses it in AWS's words.

Every request is judged but the sandbox's own: an administrator is the account's root, who needs no policy of its
own and still meets what a resource's policy denies
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). Not enforced: S3's
public access blocks, access control lists, organisations' policies and sessions' own policies.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.access.actions import Asked, questions
from sandbox.access.decision import Caller, Decision, decide
from sandbox.access.lookups import Found, find, known
from sandbox.access.question import Question
from sandbox.access.record import Record
from sandbox.world import ApiError

if TYPE_CHECKING:
    from sandbox.accounts import Accounts

Context = tuple[tuple[str, tuple[str, ...]], ...]


class Guard:
    """Judges for all accounts."""

    def __init__(self, accounts: "Accounts") -> None:
        self._accounts = accounts
        self.record = Record(accounts.folder)

    def admit(self, caller: Caller, asked: Asked, behalf: str = "") -> None:
        """Let `asked` pass. Raises ApiError AccessDenied for the first question that is answered with no."""
        name = f"{asked.service}.{asked.operation}"
        for question in questions(asked, known(self._accounts, asked.account)):
            self.require(caller, question, operation=name, behalf=behalf)

    def require(self, caller: Caller, question: Question, *, operation: str, behalf: str = "") -> None:
        """Let one question pass. Raises ApiError AccessDenied."""
        decision = self.answer(caller, question, operation=operation, behalf=behalf)
        if not decision.allowed:
            raise denied(caller, question, decision)

    def answer(self, caller: Caller, question: Question, *, operation: str, behalf: str = "") -> Decision:
        """The decision on a question, recorded."""
        found = find(self._accounts, caller, question)
        context = tuple(sorted(question.context.items()))
        decision = _decided(question.action, question.resource, context, found, caller)
        self.record.add(caller, question, decision, found, operation=operation, behalf=behalf)
        return decision


@lru_cache(maxsize=4096)
def _decided(action: str, resource: str, context: Context, found: Found, caller: Caller) -> Decision:
    """`decide`, remembered: it knows nothing but its arguments, and traffic asks the same again and again."""
    return decide(Question(action, resource, _mapping(context)), found.policies(), caller)


def _mapping(context: Context) -> Mapping[str, tuple[str, ...]]:
    return dict(context)


def denied(caller: Caller, question: Question, decision: Decision) -> ApiError:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html has the sentence."""
    return ApiError(
        "AccessDenied",
        f"User: {caller.arn} is not authorized to perform: {question.action} on resource: {question.resource} "
        f"{decision.why}",
        403,
    )
