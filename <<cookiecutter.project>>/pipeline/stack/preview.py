"""`pipeline stack preview`: what `pipeline stack up` would change."""

import json
from pathlib import Path
from typing import Any

import click

from pipeline.command import Answer, verb
from pipeline.errors import PipelineError
from pipeline.stack import engine, refusals, steps, told, where
from pipeline.stack.engine import Event


def differences(stack: str) -> tuple[Event, ...]:
    """The engine's events of a preview of `stack`, which must be there. Raises PipelineError."""
    at = where.find(stack)
    selected = engine.run(at, "stack", "select", stack)
    if selected.code:
        raise refusals.explain(at, "preview", selected.said, [])
    done = engine.run(at, "preview", "--refresh", "--diff", "--suppress-progress", events=True)
    if done.code:
        raise refusals.explain(at, "preview", done.said, steps.errors(done.events))
    return done.events


def write(path: Path, document: dict[str, Any]) -> None:
    """Write `document` to `path`, whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")


@verb("preview", "pipeline stack preview staging --out build/staging.json")
@where.STACK
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the JSON object there, too."
)
def command(stack: str, out: Path | None) -> Answer:
    """Show what `pipeline stack up STACK` would change on AWS, reading only.

    In a workflow its output `changes` says whether it would change anything. With --out a preview that fails
    is written as well: `stack`, and its reason as `error`.
    """
    try:
        events = differences(stack)
    except PipelineError as error:
        if out:
            write(out, {"stack": stack, "error": str(error)})
        raise
    document = told.document(stack, steps.read(events), events, told.WOULD)
    if out:
        write(out, document)
    outputs = {"changes": str(bool(document["counts"])).lower()}
    return Answer(document, [document["sentence"]], outputs=outputs, summary=document["markdown"])
