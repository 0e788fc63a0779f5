"""`pipeline drill`: rehearse an incident on this machine; the first of its kind is then not the real one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from pipeline import names
from pipeline.command import Answer, verb
from pipeline.errors import UserError
from pipeline.progress import say

DRILLS = {
    "bad-batch": "a corrupted batch of data arrives",
    "silent-drift": "the world changes, no request fails, and the model is wrong",
    "broken-column": "a column that the model needs arrives empty",
    "expensive-endpoint": "the endpoint has many times the instances that it needs",
}
FOLDER = Path("build/drill")
RECORD = "rehearsal.json"


@verb("drill", "pipeline drill silent-drift --keep 30")
@click.argument("name", type=click.Choice(list(DRILLS)), metavar="NAME")
@click.option(
    "--keep",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Minutes that the account stays up afterwards for you to look around; Enter ends it sooner.",
)
def command(name: str, keep: float) -> Answer:
    """Cause an incident on this machine: bad-batch, silent-drift, broken-column or expensive-endpoint.

    Trains and releases a model under traffic, causes the incident, and says what found it, after how long,
    and which page of docs/runbook is about it. Leaves a record and a postmortem to fill in below
    build/drill/NAME. No AWS account is touched. Takes some two minutes. Exit code 1: the incident was not
    found as it should be.
    """
    out = names.root() / FOLDER / name
    say(f"drill: {DRILLS[name]}")
    code = _rehearsed(name, keep, out)
    try:
        record = json.loads((out / RECORD).read_text())
    except FileNotFoundError:
        raise UserError(f"the drill ended with {code} and left no record: see what it said above") from None
    return answer(record, FOLDER / name)


def _rehearsed(name: str, keep: float, out: Path) -> int:
    """The exit code of the sandbox, which rehearses it. Raises UserError where there is no sandbox."""
    sandbox = Path(sys.executable).with_name("sandbox")
    if not sandbox.is_file():
        raise UserError("there is no sandbox in this environment: run `make setup`, which installs it")
    words = [str(sandbox), "rehearse", "--drill", name, "--keep", str(keep), "--out", str(out)]
    return subprocess.run(words, cwd=names.root(), stdout=sys.stderr, check=False).returncode  # noqa: S603


def answer(record: dict[str, Any], out: Path) -> Answer:
    """What the record of a drill says; `out` is where it lies in the project. Pure."""
    failed = [step for step in record["steps"] if not step["ok"]]
    if failed or not record["incidents"]:
        why = "; ".join(f"{step['title']}: {step['reason']}" for step in failed) or "it was interrupted"
        return Answer({"ok": False, "reason": why}, [f"The drill did not go as it should: {why}."], code=1)
    [incident] = record["incidents"]
    seconds = incident["seconds"]
    minutes = seconds * record["clock_speed"] / 60
    page, postmortem = f"docs/runbook/{incident['page']}.md", str(out / incident["postmortem"])
    lines = [
        f"Caused: {incident['cause']}.",
        f"Found: {incident['found']}.",
        f"Told by: {incident['told']}, after {seconds:.1f} s here, {minutes:.0f} minutes of AWS's.",
        f"What to do: {page}; first `{incident['first']}`.",
        f"Written down: {postmortem} waits for your words; {out / 'report.html'} shows it all.",
    ]
    return Answer({"ok": True, **incident, "page": page, "postmortem": postmortem}, lines)
