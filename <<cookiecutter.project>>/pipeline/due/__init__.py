"""`pipeline due`: is a retrain due, and why? Whoever claims the cause answers it, so that one starts one."""

import os

import click

from pipeline import aws, names, policy
from pipeline.command import Answer, verb
from pipeline.due import look, triggers
from pipeline.due.causes import CALL, NOTHING, RETRAIN, STARTED, Cause, Decision, Facts, decide
from pipeline.report.markdown import plain

SCHEDULE, BY_PERSON = "schedule", ("push", "workflow_dispatch")
WORDS = {RETRAIN: "A retrain is due", CALL: "A person is called", NOTHING: "No retrain is due"}


def person(event: str | None, because: str) -> str | None:
    """What a person has done to start this run; None where a machine did. Pure.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
    """
    if event not in BY_PERSON or because.strip():
        return None
    return "a person merged" if event == "push" else "a person started it"


def started(said: str, facts: Facts) -> Decision:
    """The decision for a person's own run: it goes on whatever came before. Pure."""
    cause = Cause(kind=STARTED, subject=facts.run or facts.now.isoformat(), answer=RETRAIN, what=said)
    return Decision(answer=RETRAIN, sentence=said, cause=cause)


@verb("due", "pipeline due --json")
@click.option(
    "--claim",
    is_flag=True,
    help="Answer it: nobody else does, and where no retrain helps a person is called.",
)
@click.option(
    "--because",
    default="",
    metavar="TEXT",
    help="Why a machine has started this run; a person writes nothing.",
)
def command(claim: bool, because: str) -> Answer:
    """Say whether a retrain is due: production's alarms, new data, the champion's age ([retrain]).

    Looks only. With --claim, as in the first step of the workflow retrain, the cause is written down with
    who, when and which run, and nobody else answers it. Exit code 1 then means that a person is called: no
    training would help, or the gate has refused too many candidates in a row. What a person has merged or
    started goes on always. For a workflow the outputs are `due` (true or false) and `because`.
    """
    root, event = names.root(), os.environ.get("GITHUB_EVENT_NAME")
    bounds, said = policy.load(root).retrain, person(event, because) if claim else None
    weekly = claim and event == SCHEDULE
    facts = look.now() if said else look.facts(root, bounds)
    decision = started(said, facts) if said else decide(bounds, facts, weekly=weekly)
    taken = triggers.claim(decision.cause, aws.caller(), facts) if claim and decision.cause else None
    lost = claim and decision.cause is not None and taken is None and not said
    return answer(decision, claim=claim, weekly=weekly, lost=lost)


def answer(decision: Decision, *, claim: bool, weekly: bool, lost: bool) -> Answer:
    """What the verb says of a decision; `lost`: another run has claimed the cause. Pure.

    Without a claim a call for a person is due as well: the workflow that is started calls. Every week the
    workflow goes on where nothing forbids it: its next step knows whether a merge was left undone.
    """
    wanted = (RETRAIN, NOTHING) if weekly else (RETRAIN,) if claim else (RETRAIN, CALL)
    due = decision.answer in wanted and not lost
    called = claim and decision.answer == CALL and not lost
    sentence = f"{decision.sentence}; another run has claimed it" if lost else decision.sentence
    title = WORDS[NOTHING] if lost else WORDS.get(decision.answer, "Not now")
    cause = decision.cause
    mend = cause.mend if cause and not lost else ""
    document = {
        "due": due,
        "answer": decision.answer,
        "why": sentence,
        "next": mend or None,
        "cause": {"kind": cause.kind, "subject": cause.subject, "trigger": triggers.key(cause.digest)}
        if cause
        else None,
        "claimed": claim and cause is not None and not lost,
    }
    return Answer(
        document,
        [f"{title}: {sentence}.", *([f"To do: {mend}."] if mend else [])],
        code=1 if called else 0,
        outputs={"due": str(due).lower(), "because": sentence if due else ""},
        summary=f"**{title}**: {plain(sentence)}." + (f"\n\n**What to do**: {plain(mend)}." if mend else ""),
    )
