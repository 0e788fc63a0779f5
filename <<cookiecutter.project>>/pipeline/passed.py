"""`pipeline passed`: whether the jobs of a check did what they must; a merge waits for this alone.

GitHub takes a required check that is skipped for one that has passed, so the required job always runs:
https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks
"""

import json
from collections.abc import Collection, Mapping

import click

from pipeline.command import Answer, verb
from pipeline.errors import UserError

JOBS = click.option(
    "--jobs", envvar="JOBS", required=True, help="What GitHub says of them: toJSON(needs). Default: $JOBS."
)
Results = Mapping[str, str]  # job → success, failure, cancelled or skipped


@verb("passed", """pipeline passed --jobs '{"code": {"result": "success"}}'""")
@JOBS
@click.option("--may-skip", multiple=True, help="A job that need not have run; again for another one.")
def command(jobs: str, may_skip: tuple[str, ...]) -> Answer:
    """Say whether every job has passed; one that failed, was cancelled or was skipped is a no.

    The exit code is 1 then.
    """
    found = results(jobs)
    if unknown := [name for name in may_skip if name not in found]:
        raise UserError(f"--may-skip {unknown[0]} is no job here: write one of {', '.join(found)}")
    missed = missing(found, may_skip)
    said = ", ".join(f"{name}: {result}" for name, result in missed.items())
    lines = [f"This check has not passed. {said}."] if missed else ["This check has passed."]
    return Answer({"passed": not missed, "jobs": dict(found)}, lines, int(bool(missed)), summary=lines[0])


def results(jobs: str) -> dict[str, str]:
    """The result of each job, from GitHub's context `needs` as JSON. Raises UserError when it is not that."""
    try:
        found = {name: str(job["result"]) for name, job in json.loads(jobs).items()}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise UserError("--jobs is not what GitHub says of jobs: write ${{ toJSON(needs) }}") from error
    if not found:
        raise UserError(
            "--jobs names no job: give the job that asks its `needs`, and write ${{ toJSON(needs) }}"
        )
    return found


def missing(found: Results, may_skip: Collection[str] = ()) -> dict[str, str]:
    """The jobs that a merge must not go past, with their results. Pure."""
    fine = {"success"}
    return {
        name: one
        for name, one in found.items()
        if one not in (fine | {"skipped"} if name in may_skip else fine)
    }
