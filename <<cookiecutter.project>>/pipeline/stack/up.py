"""`pipeline stack up`: make a stack, or bring it to what its program says."""

import click

from pipeline import names
from pipeline.command import Answer, Document, verb
from pipeline.stack import engine, refusals, steps, told, where


def bring(stack: str, *, yes: bool) -> Document:
    """Make `stack`, or bring it to what its program says; what was done. Raises PipelineError."""
    at = where.find(stack)
    provider = where.secrets_provider(names.project(), at)
    selected = engine.run(at, "stack", "select", "--create", "--secrets-provider", provider, stack)
    if selected.code:
        raise refusals.explain(at, "select", selected.said, [])
    done = engine.run(at, "up", "--refresh", "--suppress-progress", *(["--yes"] if yes else []), events=True)
    if done.code:
        raise refusals.explain(at, "change", done.said, steps.errors(done.events))
    return told.document(stack, steps.read(done.events), done.events, told.DID)


@verb("up", "pipeline stack up staging --yes")
@where.STACK
@click.option("--yes", is_flag=True, help="Do not ask before it changes something.")
def command(stack: str, yes: bool) -> Answer:
    """Make the stack STACK, or change it to what its program says; shows what it would do, and asks.

    The first time it takes the account's administrator, and writes into Pulumi.STACK.yaml how the stack's
    secrets are encrypted: commit that. Ctrl-C lets Pulumi finish the step that it is in.
    """
    document = bring(stack, yes=yes)
    return Answer(document, [document["sentence"]], summary=document["markdown"])
