"""`pipeline explain`: what happened to a release, out of its ledger record alone.

One JSON document for machines, one page for a job's summary, one picture.
"""

import json
from pathlib import Path

import click

from pipeline import aws, ledger, names, workflow
from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.errors import UserError
from pipeline.explain import drawing
from pipeline.explain.document import document
from pipeline.explain.page import page
from pipeline.explain.screen import screen
from pipeline.ledger import Record


def chosen(history: list[Record], environment: str, release: str | None) -> Record:
    """The release of that id, or the newest. Raises UserError when there is none."""
    if not history:
        raise UserError(f"nothing was released into {environment} yet: run `pipeline release {environment}`")
    if release is None:
        return history[0]
    found = next((record for record in history if record.release == release), None)
    if found is None:
        raise UserError(f"{environment} has no release {release}: `pipeline status {environment}` lists them")
    return found


def files(record: Record, endpoint: str) -> dict[str, str]:
    """What is written about a release, by file name."""
    return {
        "release.json": json.dumps(document(record, endpoint), indent=2) + "\n",
        "summary.md": page(record, endpoint),
        "release.svg": drawing.draw(record, aws.SPEED),
    }


def of_run(history: list[Record], run: str | None) -> list[Record]:
    """The releases that a workflow run has begun or taken up. Raises UserError outside of a workflow."""
    if run is None:
        raise UserError("--this-run is for a workflow's job: name the release, or leave both out")
    return [record for record in history if run in record.details.get("runs", [])]


@verb("explain", "pipeline explain production --out build/release")
@ENVIRONMENT
@click.argument("release", required=False, metavar="[RELEASE]")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for release.json, summary.md and release.svg.",
)
@click.option("--this-run", is_flag=True, help="Of this workflow run's releases alone; it may have none.")
def command(environment: str, release: str | None, folder: Path | None, this_run: bool) -> Answer:
    """Say what happened to RELEASE, or to the newest one of ENVIRONMENT, and what to do next.

    Who, what, verdict and cause; whose failures there were and how sure that is; alarms, seconds, failed
    requests. It reads the ledger and nothing else, and changes nothing.
    """
    project = names.project()
    endpoint = names.endpoint(project, environment)
    history = ledger.records(names.ledger(project, environment))
    if this_run:
        history = of_run(history, workflow.run())
        if not history:
            return Answer({"release": None}, [f"this run has changed nothing in {environment}"])
    record = chosen(history, environment, release)
    lines = screen(record, endpoint)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files(record, endpoint).items():
            (folder / name).write_text(text)
            lines.append(f"{folder / name}")
    return Answer(document(record, endpoint), lines, summary=page(record, endpoint))
