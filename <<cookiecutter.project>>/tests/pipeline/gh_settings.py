"""What stands behind the `gh` stand-in of a repository's settings, as strict as GitHub documents it.

`plan` in the state is the owner's: on "free" and "team" a private repository has no required reviewers, on
"free" neither environments nor rules (https://docs.github.com/en/rest/deployments/environments,
https://github.com/alchemy-run/alchemy/pull/1373, https://github.com/github/branch-deploy/pull/345).
"""

import subprocess
from collections.abc import Callable
from functools import wraps
from typing import Any

State = dict[str, Any]
Answer = tuple[int, Any]
Call = Callable[..., Answer]
NOT_FOUND = {"message": "Not Found"}
ME = {"login": "somebody", "id": 7}
FORKS = {
    "run_workflows_from_fork_pull_requests": True,
    "send_write_tokens_to_workflows": False,
    "send_secrets_and_variables": False,
    "require_approval_for_fork_pr_workflows": True,
}
DEFAULT = {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True}
REPO = r"repos/(?P<owner>[^/]+)/(?P<name>[^/]+)"
ENVIRONMENT = rf"{REPO}/environments/(?P<environment>[^/]+)"


def invalid(*missing: str) -> Answer:
    """What is said of a request that lacks something."""
    return 422, {"message": f"Invalid request. {', '.join(missing)} wasn't supplied."}


def of(state: State, owner: str, name: str) -> State | None:
    """The repository; GitHub does not tell capitals from small letters."""
    found: State | None = state.setdefault("repositories", {}).get(f"{owner}/{name}".lower())
    return found


def kept(repository: State, key: str, first: Any) -> Any:
    """A setting of a repository, `first` as long as nobody has set it."""
    return repository.setdefault("settings", {}).setdefault(key, first)


def reads(call: Call) -> Call:
    """A request about a repository that is there, else 404."""

    @wraps(call)
    def asked(state: State, owner: str, name: str, **more: Any) -> Answer:
        repository = of(state, owner, name)
        return call(state, repository=repository, **more) if repository else (404, NOT_FOUND)

    return asked


def writes(call: Call) -> Call:
    """A request that only its administrators may make."""

    @reads
    @wraps(call)
    def asked(state: State, repository: State, **more: Any) -> Answer:
        if not repository["permissions"]["admin"]:
            return 403, {"message": "Must have admin rights to Repository."}
        return call(state, repository=repository, **more)

    return asked


def user(state: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/users/users#get-the-authenticated-user."""
    return 200, state.get("user", ME)


def somebody(state: State, login: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/users/users#get-a-user."""
    everybody = [state.get("user", ME), *state.get("users", [])]
    found = next((one for one in everybody if one["login"].lower() == login.lower()), None)
    return (200, found) if found else (404, NOT_FOUND)


def team(state: State, org: str, slug: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/teams/teams#get-a-team-by-name."""
    found = state.get("teams", {}).get(f"{org}/{slug}")
    return (200, {"id": found, "slug": slug}) if found else (404, NOT_FOUND)


def create(state: State, body: State, org: str = "", **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/repos#create-a-repository-for-the-authenticated-user.

    And https://docs.github.com/en/rest/repos/repos#create-an-organization-repository.
    """
    if org and org not in state.get("organisations", []):
        return 404, NOT_FOUND
    if "name" not in body:
        return invalid('"name"')
    owner = {"login": org, "id": 99} if org else state.get("user", ME)
    full = f"{owner['login']}/{body['name']}"
    if full.lower() in state.setdefault("repositories", {}):
        return 422, {"message": "Repository creation failed.: name already exists on this account"}
    state["repositories"][full.lower()] = {
        "id": 1234,
        "full_name": full,
        "owner": owner,
        "private": body.get("private", False),
        "default_branch": "master",
        "created_at": "2026-11-26T19:00:00Z",
        "permissions": {"admin": True},
    }
    return 201, state["repositories"][full.lower()]


@reads
def repository(state: State, repository: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/repos#get-a-repository."""
    return 200, {key: value for key, value in repository.items() if key != "settings"}


@writes
def change(state: State, repository: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/repos#update-a-repository; a default branch must be there."""
    if head(state, body["default_branch"]) is None:
        return 422, {"message": "The branch main was not found. Please push that ref first."}
    repository |= body
    return 200, repository


@reads
def branch(state: State, repository: State, branch: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/branches/branches#get-a-branch."""
    found = head(state, branch)
    return (
        (200, {"name": branch, "commit": {"sha": found}}) if found else (404, {"message": "Branch not found"})
    )


def head(state: State, branch: str) -> str | None:
    """The commit of a branch in the bare repository that `git` in the state names."""
    words = ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"]
    if "git" not in state:
        return None
    return subprocess.run(words, cwd=state["git"], capture_output=True, text=True).stdout.strip() or None  # noqa: S603


@reads
def subject(state: State, repository: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/oidc, get the template of a repository."""
    return 200, kept(repository, "subject", {"use_default": True}) | prefix(state, repository)


def prefix(state: State, repository: State) -> State:
    """How its tokens spell it: with numbers unless `numbered` is False, untold where it is None."""
    numbered = state.get("numbered", True)
    if numbered is None:
        return {}
    owner, _, name = repository["full_name"].partition("/")
    spelled = (
        f"{owner}@{repository['owner']['id']}/{name}@{repository['id']}" if numbered else f"{owner}/{name}"
    )
    return {"use_immutable_subject": numbered, "sub_claim_prefix": f"repo:{spelled}"}


@writes
def subjected(state: State, repository: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/oidc, set the template of a repository."""
    if "use_default" not in body:
        return invalid('"use_default"')
    repository["settings"]["subject"] = body
    return 201, {}


@reads
def variables(state: State, repository: State, query: dict[str, str], **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/variables#list-repository-variables: at most 30 at once."""
    size, page = min(int(query.get("per_page", "10")), 30), int(query.get("page", "1"))
    have = [{"name": name, "value": value} for name, value in kept(repository, "variables", {}).items()]
    return 200, {"total_count": len(have), "variables": have[size * (page - 1) : size * page]}


@writes
def variable(state: State, repository: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/variables#create-a-repository-variable."""
    if not {"name", "value"} <= set(body):
        return invalid('"name", "value"')
    have = kept(repository, "variables", {})
    if body["name"] in have:
        return 409, {"message": "Already exists - Variable already exists"}
    have[body["name"]] = body["value"]
    return 201, {}


@writes
def varied(state: State, repository: State, variable: str, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/variables#update-a-repository-variable."""
    have = kept(repository, "variables", {})
    if variable not in have:
        return 404, NOT_FOUND
    have[variable] = body["value"]
    return 204, None


@reads
def default(state: State, repository: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/permissions, the default for workflows."""
    return 200, kept(repository, "default", DEFAULT)


@writes
def defaulted(state: State, repository: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/permissions, set it; 409 where the organisation prevents it."""
    if state.get("organisation_decides"):
        return 409, {"message": "Conflict"}
    repository["settings"]["default"] = body
    return 204, None


@reads
def forks(state: State, repository: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/permissions, forks of private repositories."""
    if not repository["private"]:
        return 403, {"message": "Forbidden"}
    return 200, kept(repository, "forks", FORKS | state.get("forks", {}))


@writes
def forked(state: State, repository: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/actions/permissions, set it: one of its members is required."""
    if "run_workflows_from_fork_pull_requests" not in body:
        return invalid('"run_workflows_from_fork_pull_requests"')
    repository["settings"]["forks"] = body
    return 204, None


def pushed(state: State, owner: str, name: str) -> bool:
    """Whether a repository, of those that the test has made, has a commit, and with it its workflows."""
    repository = of(state, owner, name)
    return repository is None or head(state, repository["default_branch"]) is not None


ROUTES: list[tuple[str, str, Call]] = [
    ("GET", "user", user),
    ("GET", r"users/(?P<login>[^/]+)", somebody),
    ("GET", r"orgs/(?P<org>[^/]+)/teams/(?P<slug>[^/]+)", team),
    ("POST", "user/repos", create),
    ("POST", r"orgs/(?P<org>[^/]+)/repos", create),
    ("GET", REPO, repository),
    ("PATCH", REPO, change),
    ("GET", rf"{REPO}/branches/(?P<branch>[^/]+)", branch),
    ("GET", rf"{REPO}/actions/oidc/customization/sub", subject),
    ("PUT", rf"{REPO}/actions/oidc/customization/sub", subjected),
    ("GET", rf"{REPO}/actions/variables", variables),
    ("POST", rf"{REPO}/actions/variables", variable),
    ("PATCH", rf"{REPO}/actions/variables/(?P<variable>[^/]+)", varied),
    ("GET", rf"{REPO}/actions/permissions/workflow", default),
    ("PUT", rf"{REPO}/actions/permissions/workflow", defaulted),
    ("GET", rf"{REPO}/actions/permissions/fork-pr-workflows-private-repos", forks),
    ("PUT", rf"{REPO}/actions/permissions/fork-pr-workflows-private-repos", forked),
]
