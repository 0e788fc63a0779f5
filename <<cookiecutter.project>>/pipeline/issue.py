"""`pipeline issue`: what went wrong while nobody looked, as one GitHub issue that later runs comment on.

An open issue is found by its label, which only who may write to the repository can give, and by its first
line, which names what it is about.
"""

import re
from typing import Any

import click

from pipeline import github, names, policy, runbook, workflow
from pipeline.command import Answer, verb
from pipeline.errors import UserError
from pipeline.github import GithubError
from pipeline.report.text import LIMIT

LABEL = "pipeline"
COLOUR = "b60205"
WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.:_-]{0,99}")
NOTHING = "Nothing was written down: the log of the run says why."
REST = "\n\n… the summary of the run has the rest."


def marker(about: str) -> str:
    """The first line of an issue about something. Pure; raises UserError for what would end a comment."""
    if not WORDS.fullmatch(about) or "--" in about:
        raise UserError(
            f"--about {about!r} is no issue's name: write up to 100 letters, digits, spaces and , . : _ -, "
            'such as "the unattended retrain"'
        )
    return f"<!-- pipeline issue: {about} -->"


def text(about: str, why: str, run: str | None) -> str:
    """What the issue or the comment says: the reasons, and where they come from. Pure."""
    begin, link = f"{marker(about)}\n", f"\n\n[The run]({run}) has its log and summary." if run else ""
    end = f"{link} While this issue is open, the next runs add to it: close it once the cause is mended.\n"
    said, room = why.strip() or NOTHING, LIMIT - len(begin) - len(end)
    return begin + (said if len(said) <= room else said[: room - len(REST)] + REST) + end


def opened(about: str) -> dict[str, Any] | None:
    """The open issue about something, or None. Raises GithubError.

    GitHub lists pull requests as issues, too: https://docs.github.com/en/rest/issues/issues
    """
    path = f"repos/{github.repository()}/issues?state=open&labels={LABEL}&per_page=100"
    found = (one for one in github.api("GET", path) if "pull_request" not in one)
    return next((one for one in found if (one["body"] or "").startswith(marker(about))), None)


def called(kind: str | None) -> str:
    """A line on who answers and what to read, where it is known what has happened. Raises UserError."""
    return f"{runbook.called(names.project(), policy.load().owners, kind)}\n\n" if kind else ""


def tell(about: str, why: str) -> dict[str, Any]:
    """Open the issue, or comment on the one that is open; number, address, and whether it is new.

    Raises GithubError.
    """
    issues, body = f"repos/{github.repository()}/issues", text(about, why, workflow.run())
    if there := opened(about):
        github.api("POST", f"{issues}/{there['number']}/comments", {"body": body})
        return {"number": there["number"], "url": there["html_url"], "opened": False}
    _label()
    title = about[0].upper() + about[1:]
    made = github.api("POST", issues, {"title": title, "body": body, "labels": [LABEL]})
    return {"number": made["number"], "url": made["html_url"], "opened": True}


def _label() -> None:
    """Have the label; 422 says that it is there: https://docs.github.com/en/rest/issues/labels."""
    wanted = {"name": LABEL, "color": COLOUR, "description": "What a scheduled run found"}
    try:
        github.api("POST", f"repos/{github.repository()}/labels", wanted)
    except GithubError as error:
        if error.status != 422:
            raise


@verb("issue", 'pipeline issue --about "the unattended retrain" --why "The gate refuses this candidate."')
@click.option("--about", required=True, metavar="WORDS", help="The title, by which it is found again.")
@click.option("--why", metavar="MARKDOWN", help="What happened, and what to do.")
@click.option(
    "--kind",
    type=click.Choice(runbook.CALLS),
    help="Its page in docs/runbook/: the issue names that and its owner.",
)
def command(about: str, why: str | None, kind: str | None) -> Answer:
    """Tell people on GitHub that something went wrong: as an issue, or a comment on the one that is open.

    For runs that nobody looks at. However often it happens, there is one open issue about it. What GitHub
    refuses is a warning: the run has failed already, and its summary says why.
    """
    marker(about)
    try:
        told = tell(about, called(kind) + (why.strip() if why and why.strip() else NOTHING))
    except GithubError as error:
        said = f"{error}; so nobody was told but by the failure of this run"
        return Answer({"about": about, "number": None, "error": str(error)}, [said], warning=said)
    done = "opened" if told["opened"] else "commented on"
    line = f"Issue {told['number']} is {done}: {told['url']}"
    return Answer(
        {"about": about, **told}, [line], summary=f"[Issue {told['number']}]({told['url']}) is {done}."
    )
