"""A stand-in for the `gh` command: `gh api`, and GitHub behind it as one JSON file that $GH_STATE names.

It knows the requests that the verbs make (ROUTES), and answers a wrong one as GitHub documents it: 404 for
what is absent, 422 where a member is missing. Whatever else is asked ends with a sentence, so that no test
passes by silence. Every request stands in `calls` of the state, in order.
"""

import fcntl
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

sys.path.append(str(Path(__file__).parents[2]))  # as a command it is outside of the package
from tests.pipeline import gh_guards, gh_pulls, gh_settings
from tests.pipeline.gh_settings import ENVIRONMENT, NOT_FOUND, REPO, Answer, State

EMPTY: State = {
    **{name: [] for name in ("calls", "deployments", "dispatches", "issues", "labels", "pulls")},
    **{name: {} for name in ("approvals", "branches", "comments", "environments", "files", "heads", "runs")},
}
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
ME = "github-actions[bot]"  # whose token it is


def comments(state: State, number: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/issues/comments#list-issue-comments."""
    return 200, state["comments"].get(number, [])


def comment(state: State, body: State, number: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/issues/comments#create-an-issue-comment."""
    if "body" not in body:
        return 422, {"message": "Validation Failed"}
    made = {"id": 1 + sum(map(len, state["comments"].values())), "body": body["body"], "user": {"login": ME}}
    made["html_url"] = f"https://github.com/o/r/issues/{number}#issuecomment-{made['id']}"
    state["comments"].setdefault(number, []).append(made)
    return 201, made


def edit(state: State, body: State, number: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/issues/comments#update-an-issue-comment."""
    for made in (one for those in state["comments"].values() for one in those):
        if str(made["id"]) == number:
            made["body"] = body["body"]
            return 200, {"html_url": f"https://github.com/o/r/issues/1#issuecomment-{number}", **made}
    return 404, NOT_FOUND


def issues(state: State, query: dict[str, str], **_: Any) -> Answer:
    """https://docs.github.com/en/rest/issues/issues#list-repository-issues: open, of all these labels."""
    wanted = set(query.get("labels", "").split(",")) - {""}
    having = [one for one in state["issues"] if wanted <= {label["name"] for label in one["labels"]}]
    return 200, [one for one in having if one["state"] == "open"]


def issue(state: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/issues/issues#create-an-issue."""
    if "title" not in body:
        return 422, {"message": "Validation Failed"}
    number = 1 + len(state["issues"])
    made = {"number": number, "state": "open", "html_url": f"https://github.com/o/r/issues/{number}", **body}
    made["labels"] = [{"name": one} for one in body.get("labels", [])]
    state["issues"].append(made)
    return 201, made


def label(state: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/issues/labels#create-a-label."""
    if "name" not in body or body["name"] in {one["name"] for one in state["labels"]}:
        return 422, {"message": "Validation Failed"}
    state["labels"].append(body)
    return 201, body


def dispatch(state: State, body: State, workflow: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event."""
    if "ref" not in body:
        return 422, {"message": "Validation Failed"}
    state["dispatches"].append({"workflow": workflow, **body})
    return 204, None


def runs(state: State, workflow: str, query: dict[str, str], **where: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/workflow-runs: those that were dispatched or pushed.

    None has begun; where `ended` names the workflow, all have ended. The title of a dispatched one is the
    workflow's `run-name`: its name and the version that is asked for.
    """
    if not gh_settings.pushed(state, **where):
        return 404, NOT_FOUND
    if query.get("event", "workflow_dispatch") != "workflow_dispatch":
        return 422, {"message": "Validation Failed"}
    url = f"https://github.com/o/r/actions/workflows/{workflow}"
    ended = {"status": "completed", "conclusion": "success"}
    found = [
        {
            "display_title": f"{workflow.removesuffix('.yml')} {one.get('inputs', {}).get('version')}",
            "html_url": url,
            **(ended if workflow in state.get("ended", []) else {"status": "queued", "conclusion": None}),
        }
        for one in reversed(state["dispatches"])
        if one["workflow"] == workflow
    ]
    return 200, {"total_count": len(found) + state.get("pushes", 0), "workflow_runs": found}


def environment(state: State, environment: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/deployments/environments#get-an-environment."""
    found = state["environments"].get(environment)
    return (200, {"name": environment, **found}) if found else (404, NOT_FOUND)


def branches(state: State, environment: str, **_: str) -> Answer:
    """https://docs.github.com/en/rest/deployments/branch-policies#list-deployment-branch-policies."""
    named = state["branches"].get(environment, [])
    found = [{"id": number, "name": one, "type": "branch"} for number, one in enumerate(named)]
    return 200, {"total_count": len(found), "branch_policies": found}


def run(state: State, run: str, **_: str) -> Answer:
    """https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run."""
    found = state["runs"].get(run)
    return (200, {"id": int(run), **found}) if found else (404, NOT_FOUND)


def approvals(state: State, run: str, **_: str) -> Answer:
    """https://docs.github.com/en/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run."""
    return 200, state["approvals"].get(run, [])


def deployments(state: State, query: dict[str, str], **_: str) -> Answer:
    """https://docs.github.com/en/rest/deployments/deployments#list-deployments: newest first."""
    made = [one for one in state["deployments"] if query.get("environment") in (None, one["environment"])]
    told = [{key: value for key, value in one.items() if key != "statuses"} for one in made]
    return 200, told[::-1][: int(query.get("per_page", 30))]


def deploy(state: State, body: State, **_: str) -> Answer:
    """https://docs.github.com/en/rest/deployments/deployments#create-a-deployment."""
    if "ref" not in body or len(body.get("description", "")) > 140:
        return 422, {"message": "Validation Failed"}
    if body.get("required_contexts") != []:
        return 409, {"message": "Conflict: Commit status checks failed"}
    made = {"id": 1 + len(state["deployments"]), "environment": "production", "task": "deploy", **body}
    state["deployments"].append({**made, "statuses": []})
    return 201, made


def statuses(state: State, deployment: str, **_: str) -> Answer:
    """https://docs.github.com/en/rest/deployments/statuses#list-deployment-statuses: newest first."""
    return 200, state["deployments"][int(deployment) - 1]["statuses"][::-1]


def become(state: State, body: State, deployment: str, **_: str) -> Answer:
    """https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status."""
    if body.get("state") not in STATES or len(body.get("description", "")) > 140:
        return 422, {"message": "Validation Failed"}
    state["deployments"][int(deployment) - 1]["statuses"].append(body)
    return 201, body


# method, path → what answers; a body is given to those that take one
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    *gh_guards.ROUTES,
    *gh_pulls.ROUTES,
    *gh_settings.ROUTES,
    ("GET", rf"{REPO}/issues/(?P<number>\d+)/comments", comments),
    ("POST", rf"{REPO}/issues/(?P<number>\d+)/comments", comment),
    ("PATCH", rf"{REPO}/issues/comments/(?P<number>\d+)", edit),
    ("GET", rf"{REPO}/issues", issues),
    ("POST", rf"{REPO}/issues", issue),
    ("POST", rf"{REPO}/labels", label),
    ("POST", rf"{REPO}/actions/workflows/(?P<workflow>[^/]+)/dispatches", dispatch),
    ("GET", rf"{REPO}/actions/workflows/(?P<workflow>[^/]+)/runs", runs),
    ("GET", ENVIRONMENT, environment),
    ("GET", rf"{ENVIRONMENT}/deployment-branch-policies", branches),
    ("GET", rf"{REPO}/actions/runs/(?P<run>\d+)", run),
    ("GET", rf"{REPO}/actions/runs/(?P<run>\d+)/approvals", approvals),
    ("GET", rf"{REPO}/deployments", deployments),
    ("POST", rf"{REPO}/deployments", deploy),
    ("GET", rf"{REPO}/deployments/(?P<deployment>\d+)/statuses", statuses),
    ("POST", rf"{REPO}/deployments/(?P<deployment>\d+)/statuses", become),
]


@contextmanager
def state_of(path: Path) -> Iterator[State]:
    """The state in a file, written back; one process at a time."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held = deepcopy(EMPTY) | (json.loads(path.read_text()) if path.exists() else {})
        yield held
        path.write_text(json.dumps(held, indent=1))


def answer(state: State, method: str, path: str, body: State | None) -> Answer:
    """What GitHub says; `refused` in the state maps `METHOD path` to the status that a test wants."""
    state["calls"].append({"method": method, "path": path, "body": body})
    if refused := state.get("refused", {}).get(f"{method} {path}"):
        return refused, {"message": "Resource not accessible by integration"}
    place, _, asked = path.partition("?")
    for known, pattern, call in ROUTES:
        if method == known and (found := re.fullmatch(pattern, place)):
            given = {"query": dict(parse_qsl(asked))} | ({} if body is None else {"body": body})
            status, said = call(state, **found.groupdict(), **given)
            return status, page(said, **given["query"]) if isinstance(said, list) else said
    raise SystemExit(f"gh: the stand-in has no {method} {path}: add it to ROUTES")


def page(entries: list[Any], per_page: str = "30", page: str = "1", **_: str) -> list[Any]:
    """https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api."""
    return entries[int(per_page) * (int(page) - 1) : int(per_page) * int(page)]


def main(words: list[str]) -> None:
    """`gh api --method M --header H [--input -] PATH`, the one form that pipeline/github.py writes."""
    if words[:2] != ["api", "--method"] or words[3] != "--header":
        raise SystemExit(f"gh: the stand-in has no `gh {' '.join(words)}`")
    body = json.load(sys.stdin) if words[5:7] == ["--input", "-"] else None
    with state_of(Path(os.environ["GH_STATE"])) as state:
        status, said = answer(state, words[2], words[-1], body)
    if said is not None:
        print(json.dumps(said))
    if status >= 400:
        raise SystemExit(f"gh: {said['message']} (HTTP {status})")


if __name__ == "__main__":
    main(sys.argv[1:])
