"""One step of setting a project up: it looks at what is there, and makes it what it should be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import InfrastructureError, PipelineError, UserError, explain
from pipeline.github import GithubError

Kind = TypeVar("Kind")
DONE, TODO, PERSON = "done", "to do", "a person"
PLAN = "Upgrade to "  # so GitHub begins, beside 403, where the owner's plan lacks it for private repositories


@dataclass(frozen=True)
class State:
    """What a step finds: DONE, TODO or PERSON, in one line, and what a person does about it."""

    kind: str
    found: str
    advice: str = ""


def done(found: str) -> State:
    """Nothing is left to do."""
    return State(DONE, found)


def todo(found: str) -> State:
    """The step can do it."""
    return State(TODO, found)


def person(found: str, advice: str) -> State:
    """Only a person can do it."""
    return State(PERSON, found, advice)


@dataclass(frozen=True)
class Step:
    """A step by its name; `look` changes nothing. Without `make` it is a person's from the start.

    `make` gives back what is left to a person, where GitHub or AWS does not allow the whole of it.
    `by_hand` are the commands, or the page and what to set there, for whoever does it without this verb.
    `right` is what GitHub asks of whoever changes it. Where it `holds`, the rest waits for the person.
    """

    name: str
    look: Callable[[], State]
    by_hand: Sequence[str]
    make: Callable[[], State | None] | None = None
    right: str = ""
    holds: bool = False


def seen(step: Step) -> State:
    """What the step finds. Raises UserError naming the right that is missing, InfrastructureError."""
    return allowed(step, step.look)


def made(step: Step) -> State:
    """What the step finds after it has been done, in whatever state it was.

    Raises UserError, InfrastructureError: what was made is looked at again, and believed only then.
    """
    if step.make is not None and (left := allowed(step, step.make)):
        return left
    after = seen(step)
    if after.kind == TODO:
        raise InfrastructureError(
            f"{step.name} was done, and still: {after.found}; run the same command again"
        )
    return after


def allowed(step: Step, action: Callable[[], Kind]) -> Kind:
    """The answer of `action`; a refusal says which right is missing."""
    try:
        return action()
    except GithubError as error:
        if error.status != 403 or PLAN in str(error):
            raise
        raise UserError(
            f"{step.name}: {error}; whoever runs gh, or its token, needs {step.right or 'to read it'}: "
            f"sign in as an administrator of the repository, or give the token that permission"
        ) from error


def shown(step: Step) -> State:
    """What the step finds, for a table: what cannot be looked at is a person's."""
    try:
        return seen(step)
    except PipelineError as error:
        return person("could not be looked at", str(error))
    except (BotoCoreError, ClientError) as error:
        return person("could not be looked at", str(explain(error)))
