"""`pipeline runs`: what was trained, on AWS and on this machine, and what makes the difference."""

from pathlib import Path
from typing import Any

import click
from botocore.exceptions import NoCredentialsError

from pipeline import contrast, experiment, names, policy, record
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError
from pipeline.progress import say

NEWEST = 30


def find(words: tuple[str, ...], local: dict[str, Document], stored: list[str]) -> list[Document]:
    """The records that `words` name, in that order. Raises UserError as `contrast.pick` does."""
    project = names.project().name
    candidates = list(dict.fromkeys([*stored, *local]))
    picked = [contrast.pick(one, candidates, project) for one in words]
    if twice := next((one for one in picked if picked.count(one) > 1), None):
        raise UserError(f"{twice} is named twice: name two different runs")
    return [local[one] if one in local else _stored(one) for one in picked]


def _stored(job: str) -> Document:
    found = record.read(job) or {}
    if "candidate" not in found:
        raise UserError(f"{job} has no record of its training: run `pipeline train` at its commit")
    return found


def _in_bucket() -> list[str]:
    """The jobs that have a record, newest first; none for somebody without credentials, who is told."""
    try:
        return record.jobs()
    except NoCredentialsError:
        say("runs: there are no AWS credentials, so these are the experiments on this machine alone")
        return []


def table(records: list[Document], metric: str) -> Any:
    """One line for each run, as much as a terminal takes: the day, and the metric that decides."""
    from rich.table import Table

    found = [contrast.cells(one, names.project().name, [metric]) for one in records]
    kept = [name for name in found[0] if name != "on"]
    made = Table(*kept, title="Runs, newest first", box=None, pad_edge=False)
    for column in made.columns:
        column.overflow = "fold"  # a name that is cut off cannot be copied
    for one in found:
        made.add_row(one[kept[0]][:10], *(one[name] for name in kept[1:]))
    return made


def differences(records: list[Document]) -> Any:
    """One line for each member; those in which the runs differ are marked."""
    from rich.table import Table

    project = names.project().name
    heads = [one["candidate"].removeprefix(f"{project}-") for one in records]
    made = Table("", "", "≠", *heads, title="Runs compared")
    section = None
    for line in contrast.lines(records):
        mark, style = ("≠", "bold") if line.differs else ("", None)
        title = line.section if line.section != section else ""
        made.add_row(title, line.name, mark, *map(contrast.word, line.values), style=style)
        section = line.section
    return made


@verb("runs", "pipeline runs 3f2a 90c1 --html runs.html")
@click.argument("runs", nargs=-1)
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures.")
@click.option("--newest", default=NEWEST, show_default=True, type=click.IntRange(1), help="How many to list.")
def command(runs: tuple[str, ...], html: Path | None, newest: int) -> Answer:
    """List the newest runs, or compare RUNS: parameters, data, metrics, gate, libraries, cost.

    A run is named by its candidate or by the beginning of its hash. A + behind a commit means that files
    differed from it. Without credentials these are the experiments on this machine alone.
    """
    local = {one["candidate"]: one for one in experiment.records(names.root())}
    stored, metric = _in_bucket(), policy.load().gate.metric
    if runs:
        found = find(runs, local, stored)
        lines = contrast.lines(found)
        document: Document = {
            "runs": found,
            "differences": {f"{one.section}: {one.name}": list(one.values) for one in lines if one.differs},
        }
        answer = Answer(document, [differences(found)])
    else:
        read = [record.read(one) or {} for one in stored[:newest] if one not in local]
        found = [*(one for one in read if "candidate" in one), *local.values()]  # not of a gate alone
        found = sorted(found, key=lambda one: str(one["started"]), reverse=True)[:newest]
        none = (
            "There is no run yet: `pipeline train` makes one, `pipeline train --experiment --local` one here."
        )
        answer = Answer({"runs": found}, [table(found, metric) if found else none])
    if html:
        html.write_text(contrast.page(found, names.project().name, metric, compared=bool(runs)))
        answer.lines.append(f"{html} shows them.")
    return answer
