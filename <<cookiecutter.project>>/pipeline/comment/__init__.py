"""`pipeline comment`: what a check has found, as the one comment that it has under its pull request."""

from pathlib import Path

import click

from pipeline import workflow
from pipeline.command import Answer, verb
from pipeline.comment import parts, sticky, text
from pipeline.github import GithubError
from pipeline.passed import JOBS, results


@verb("comment", """pipeline comment 7 --jobs '{"code": {"result": "success"}}'""")
@click.argument("number", type=click.IntRange(min=1))
@JOBS
@click.option("--parts", "folder", type=click.Path(path_type=Path), default="build/parts", show_default=True,
              help="Where the artefacts of the jobs lie, a folder each.")  # fmt: skip
def command(number: int, jobs: str, folder: Path) -> Answer:
    """Put what a check has found under pull request NUMBER, as one comment that is written anew each time.

    Results of the jobs, the model's report, what would change on AWS. The comment is the workflow's own: one
    of somebody else is never touched. Where GitHub does not let it be written, as on a fork's pull request,
    that is a warning; the text is in the job's summary in any case.
    """
    body = text.render(results(jobs), parts.read(folder), workflow.run())
    try:
        url = sticky.put(number, body)
    except GithubError as error:
        said = f"the comment was not written, the text is in this job's summary: {error}"
        return Answer({"comment": body, "url": None, "why": said}, [said], summary=body, warning=said)
    return Answer({"comment": body, "url": url, "why": None}, [f"The comment is {url}."], summary=body)
