"""Who let a workflow's run into an environment, as GitHub has it."""

import os

from pipeline import github
from pipeline.command import Document
from pipeline.errors import RefusalError, UserError
from pipeline.sections import BY_HAND, REVIEWERS

STARTED = "workflow_dispatch"  # the event of a run that somebody, or a program, has started by its button
PERSON = "User"
INFRA = "infra-production"  # the GitHub environment of the jobs that change production's stack


def run_id() -> str:
    """The id of the workflow run that this is a job of. Raises UserError elsewhere."""
    if found := os.environ.get("GITHUB_RUN_ID"):
        return found
    raise UserError("this is no workflow's job: start the workflow release, which asks who approved")


def reviewed(environment: str) -> Document:
    """The approval by reviewers of this run.

    It takes the permission `actions: read`:
    https://docs.github.com/en/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run. Raises
    RefusalError where nobody has, UserError, GithubError.
    """
    run = run_id()
    reviews = github.api("GET", f"repos/{github.repository()}/actions/runs/{run}/approvals")
    by = approvers(reviews or [], environment)
    if not by:
        raise RefusalError(
            f"nobody has approved {environment} in run {run}, as far as GitHub knows: start the workflow "
            "again, and have a reviewer approve it"
        )
    return {"form": REVIEWERS, "by": by}


def approvers(reviews: list[Document], environment: str) -> list[str]:
    """Who approved `environment` in a run's review history, each once. Pure."""
    approved = [
        one["user"]["login"]
        for one in reviews
        if one["state"] == "approved" and environment in [each["name"] for each in one["environments"]]
    ]
    return list(dict.fromkeys(approved))


def started(environment: str, *, chosen: bool) -> Document:
    """The approval of whoever has started this run by hand, with `environment` chosen.

    GitHub says who that is, and whether it is a person or a program:
    https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run, which takes `actions: read`.
    Raises RefusalError where it is none, UserError, GithubError.
    """
    run = github.api("GET", f"repos/{github.repository()}/actions/runs/{run_id()}")
    if why := program(run, environment, chosen=chosen):
        raise RefusalError(why)
    return {"form": BY_HAND, "by": [run["triggering_actor"]["login"]]}


def program(run: Document, environment: str, *, chosen: bool) -> str | None:
    """Why a run was not started by a person who has chosen `environment`; None when it was. Pure."""
    workflow = "infra" if environment == INFRA else "release"
    how = f"start the workflow {workflow} yourself, with production chosen"
    if run["event"] != STARTED or not chosen:
        return f"policy.toml has {environment} started by hand, and nobody has chosen it: {how}"
    who = run["triggering_actor"]
    if who["type"] != PERSON:
        return f"policy.toml has {environment} started by a person, and {who['login']} is a program: {how}"
    return None
