"""`pipeline start`: a workflow begins, once, whoever asks how often: `release` with a version, or `retrain`.

What GitHub's token for a workflow does starts no other workflow, but for this request:
https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/trigger-a-workflow
"""

from typing import Any

import click

from pipeline import github, tree
from pipeline.command import Answer, verb
from pipeline.errors import InfrastructureError, UserError
from pipeline.github import GithubError
from pipeline.report.markdown import plain

WORKFLOW = "release.yml"
RETRAIN = "retrain.yml"
LONGEST = 1000  # characters of a reason; GitHub takes 65,535 of all inputs together


def title(version: int) -> str:
    """What the workflow calls its run with a version: its `run-name`. Pure."""
    return f"release {version}"


def runs(workflow: str, only: str) -> list[dict[str, Any]]:
    """The newest runs of a workflow, of those that `only`, a query, lets through. Raises GithubError.

    https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
    """
    path = f"repos/{github.repository()}/actions/workflows/{workflow}/runs"
    found: list[dict[str, Any]] = github.api("GET", f"{path}?{only}per_page=100")["workflow_runs"]
    return found


def started(version: int) -> dict[str, Any] | None:
    """The newest run that was started with a version, or None. Raises GithubError."""
    found = runs(WORKFLOW, "event=workflow_dispatch&")
    return next((one for one in found if one["display_title"] == title(version)), None)


def waiting() -> dict[str, Any] | None:
    """A retrain that has not ended, whoever has started it, or None. Raises GithubError."""
    return next((one for one in runs(RETRAIN, "") if one["status"] != "completed"), None)


def start(workflow: str, **inputs: str) -> None:
    """Start it. Raises GithubError.

    https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
    """
    path = f"repos/{github.repository()}/actions/workflows/{workflow}/dispatches"
    github.api("POST", path, {"ref": tree.MAIN, "inputs": inputs})


@verb("start", 'pipeline start 4; pipeline start --because "the calibration alarm sounds"')
@click.argument("version", required=False, type=click.IntRange(min=1), metavar="[VERSION]")
@click.option("--because", metavar="TEXT", help="Start the workflow `retrain` instead, for this reason.")
def command(version: int | None, because: str | None) -> Answer:
    """Start GitHub's workflow `release` with VERSION, unless that has been done.

    A release that failed or was cancelled is not started again: run it again on its own page, or by hand.
    With --because the workflow `retrain` is started instead, unless one runs or waits: its first step decides
    whether it goes on (`pipeline due --claim`).
    """
    if (version is None) == (because is None):
        raise UserError(
            "one thing is started: write a version, as in `pipeline start 4`, or --because with a reason"
        )
    return _release(version) if version else _retrain(" ".join((because or "").split()))


def _release(version: int) -> Answer:
    try:
        there = started(version)
        if there is None:
            start(WORKFLOW, version=str(version))
    except GithubError as error:
        raise InfrastructureError(
            f"{error}; version {version} is registered: start the workflow release by hand with it"
        ) from error
    url = there["html_url"] if there else None
    if there:
        state = there["conclusion"] or there["status"]
        line = f"The release of version {version} was started before and is {state}: {url}"
        said = f"The release of version {version} was [started before]({url}) and is {state}."
    else:
        line = said = (
            f"The release of version {version} is started: staging first, then production, which waits for a "
            "person."
        )
    return Answer({"version": version, "started": there is None, "run": url}, [line], summary=said)


def _retrain(because: str) -> Answer:
    if not because:
        raise UserError("--because is empty: write why no person starts it, such as the alarm that sounds")
    try:
        there = waiting()
        if there is None:
            start(RETRAIN, because=because[:LONGEST])
    except GithubError as error:
        raise InfrastructureError(f"{error}; start the workflow retrain by hand") from error
    url = there["html_url"] if there else None
    if there:
        line = f"No retrain is started, because one is {there['status']}: {url}"
        said = f"No retrain is started, because [one]({url}) is {there['status']}."
    else:
        line, said = f"A retrain is started: {because}", f"A retrain is started: {plain(because)}"
    return Answer({"because": because, "started": there is None, "run": url}, [line], summary=said)
