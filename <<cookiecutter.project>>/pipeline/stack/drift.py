"""`pipeline stack drift`: is on AWS what the programs on main say."""

from pipeline.command import Answer, verb
from pipeline.stack import releases, steps, told, where
from pipeline.stack.preview import differences
from pipeline.stack.steps import Step

TODO = (
    "Something was changed by hand: take it into infra/ by a pull request, or run the workflow `infra`, "
    "which puts back what main says. Or a merge was not applied: its run of `infra` failed, or waits for "
    "approval. An endpoint to create is a first release that waits for that workflow too."
)


def drifted(found: list[Step]) -> list[Step]:
    """The steps that no release under way explains. Pure."""
    return [step for step in found if not releases.under_way(step)]


@verb("drift", "pipeline stack drift production")
@where.STACK
def command(stack: str) -> Answer:
    """Compare what the stack STACK has on AWS with its program, reading only. Exit code 1: they differ.

    What the release verbs change is no difference, neither for good nor while a release is under way.
    """
    events = differences(stack)
    found = drifted(steps.read(events))
    document = told.document(stack, found, events, told.WOULD)
    if not found:
        return Answer(
            document, [f"{stack} is what its program says"], summary=f"**Stack {stack}: no drift**\n"
        )
    document["markdown"] += f"\n{TODO}\n"
    lines = [f"{stack} is not what its program says ({document['sentence']}). {TODO}"]
    return Answer(document, [*lines, told.plain(document["text"])], code=1, summary=document["markdown"])
