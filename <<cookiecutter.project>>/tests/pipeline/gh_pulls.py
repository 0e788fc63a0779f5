"""Of the stand-in for `gh`: branches, files and pull requests of a repository."""

from typing import Any

from tests.pipeline.gh_settings import NOT_FOUND, REPO, Answer, State

COMMIT = "c" * 40


def ref(state: State, branch: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/git/refs#get-a-reference."""
    there = branch == "main" or branch in state["heads"]
    return (200, {"object": {"sha": COMMIT}}) if there else (404, NOT_FOUND)


def make_ref(state: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/git/refs#create-a-reference."""
    branch = body["ref"].removeprefix("refs/heads/")
    if body["sha"] != COMMIT or branch in state["heads"]:
        return 422, {"message": "Reference already exists"}
    state["heads"][branch] = {}
    return 201, {"ref": body["ref"]}


def move_ref(state: State, body: State, branch: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/git/refs#update-a-reference."""
    if branch not in state["heads"] or body["sha"] != COMMIT or not body["force"]:
        return 422, {"message": "Reference does not exist"}
    state["heads"][branch] = {}
    return 200, {"ref": f"refs/heads/{branch}"}


def file(state: State, path: str, query: dict[str, str], **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/contents#get-repository-content; base64 comes in lines."""
    content = state["heads"][query["ref"]].get(path) or state["files"].get(path)
    if content is None:
        return 404, NOT_FOUND
    return 200, {"content": f"{content[:60]}\n{content[60:]}\n", "sha": f"blob of {len(content)}"}


def put_file(state: State, body: State, path: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/contents#create-or-update-file-contents."""
    there = state["heads"][body["branch"]].get(path) or state["files"].get(path)
    if body.get("sha") != (f"blob of {len(there)}" if there else None):
        return 409, {"message": f"{path} does not match"}
    state["heads"][body["branch"]][path] = body["content"]
    return 200, {"commit": {"message": body["message"]}}


def pulls(state: State, owner: str, query: dict[str, str], **_: Any) -> Answer:
    """https://docs.github.com/en/rest/pulls/pulls#list-pull-requests: newest first."""
    if query.get("state") != "all":
        return 422, {"message": "Validation Failed"}
    return 200, [one for one in state["pulls"][::-1] if f"{owner}:{one['head']}" == query["head"]]


def pull(state: State, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request."""
    open_ = [one for one in state["pulls"] if (one["head"], one["state"]) == (body["head"], "open")]
    if body["base"] != "main" or open_ or not state["heads"].get(body["head"]):
        return 422, {"message": "Validation Failed"}
    number = 1 + len(state["pulls"])
    url = f"https://github.com/o/r/pull/{number}"
    state["pulls"].append({**body, "number": number, "state": "open", "html_url": url})
    return 201, state["pulls"][-1]


def change_pull(state: State, body: State, number: str, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/pulls/pulls#update-a-pull-request."""
    state["pulls"][int(number) - 1].update(body)
    return 200, state["pulls"][int(number) - 1]


ROUTES = [
    ("GET", rf"{REPO}/git/ref/heads/(?P<branch>.+)", ref),
    ("POST", rf"{REPO}/git/refs", make_ref),
    ("PATCH", rf"{REPO}/git/refs/heads/(?P<branch>.+)", move_ref),
    ("GET", rf"{REPO}/contents/(?P<path>.+)", file),
    ("PUT", rf"{REPO}/contents/(?P<path>.+)", put_file),
    ("GET", rf"{REPO}/pulls", pulls),
    ("POST", rf"{REPO}/pulls", pull),
    ("PATCH", rf"{REPO}/pulls/(?P<number>\d+)", change_pull),
]
