"""The steps from an empty GitHub repository and an AWS account to the first release, in order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.bootstrap import account, environments, first, protection, repository, variables, worktree
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import DONE, PERSON, TODO, State, Step, made, seen
from pipeline.checks import screen
from pipeline.checks.identity import PARTS
from pipeline.progress import say

STYLES = {DONE: "green", TODO: "yellow", PERSON: "bold"}
NAME = "pipeline bootstrap"


@dataclass(frozen=True)
class Row:
    """A step by its name, and what it found."""

    name: str
    state: State


def steps(asked: Asked) -> list[Step]:
    """Every step: each needs those before it.

    The numbers come before the stacks, whose roles trust them; the variables and the environments before the
    push, which starts the workflows; the rules of main after it, since they would refuse it.
    """
    return [
        worktree.committing(asked),
        account.signing_in(asked),
        account.founding(asked),
        *repository.steps(asked),
        *(account.applying(asked, part) for part in PARTS),
        worktree.recording(asked),
        variables.step(asked),
        *environments.steps(asked),
        *protection.permissions(asked),
        worktree.pushing(asked),
        protection.ruling(asked),
        first.training(asked),
        *first.people(asked),
    ]


def peoples(every: Sequence[Step]) -> list[str]:
    """What people do from nothing to the first release: this verb, and the steps that are theirs. Pure."""
    return [NAME, *(step.name for step in every if step.make is None)]


def carry_out(every: Sequence[Step]) -> list[Row]:
    """Do what is to do, each step by what is there now; it ends where the rest waits for a person.

    Raises PipelineError; run again, it takes up the work where it is.
    """
    rows = []
    for number, step in enumerate(every, 1):
        state = seen(step)
        if state.kind == TODO:
            say(f"{number}/{len(every)} {step.name}: {state.found}")
            state = made(step)
        rows.append(Row(step.name, state))
        say(f"{number}/{len(every)} {step.name}: {state.kind}, {state.found}")
        if state.kind == PERSON and step.holds:
            break
    return rows


def document(rows: Sequence[Row], every: Sequence[Step]) -> dict[str, Any]:
    """The rows as JSON, how many there are of each kind, and what is left to people. Pure."""
    told = [{"step": row.name, **asdict(row.state)} for row in rows]
    counts = {kind: sum(row.state.kind == kind for row in rows) for kind in STYLES}
    waiting = [step.name for step in every[len(rows) :]]
    return {"steps": told, "counts": counts, "waiting": waiting, "people": peoples(every)}


def table(rows: Sequence[Row]) -> Any:
    """One screen: what a person does stands below what was found."""
    told = ((row.state.kind, row.name, row.state.found, row.state.advice) for row in rows)
    return screen.table("step", told, STYLES)


def by_hand(rows: Sequence[Row], every: Sequence[Step]) -> list[str]:
    """What somebody does instead of this verb, step by step, but for what is done. Pure."""
    left = [step for row, step in zip(rows, every, strict=True) if row.state.kind != DONE]
    lines = []
    for number, step in enumerate(left, 1):
        lines.append(f"{number}. {step.name}")
        lines += [f"   {line}" for line in step.by_hand]
    return lines
