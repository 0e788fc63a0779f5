"""`pipeline data pin`: what was taken in from the bucket, brought to git as its manifest."""

import base64
import os

import click

from pipeline import bucket, github, manifest, names, newest, tree
from pipeline.command import Answer, verb
from pipeline.errors import UserError
from pipeline.github import GithubError
from pipeline.report.markdown import code

BRANCH = "pin-data"


def found() -> manifest.Manifest:
    """The newest manifest that has passed. Raises UserError when there is none."""
    there, _ = newest.read()
    if there is None:
        raise UserError("no data has passed the contract in the bucket: `pipeline data ingest` takes some in")
    return bucket.read(there.manifest)


def pin() -> Answer:
    """Write it to the tree."""
    passed, path = found(), names.root() / manifest.PATH
    changed = not path.is_file() or path.read_bytes() != passed.content
    if changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(passed.content)
    line = "is written to" if changed else "is what already stands in"
    document = {"manifest": passed.sha256, "changed": changed, "url": None}
    return Answer(document, [f"Manifest {passed.sha256[:12]} {line} {manifest.PATH}."])


def propose() -> Answer:
    """Ask for it on GitHub, unless main has it, or a workflow was given no token of its own."""
    passed, path = found(), names.root() / manifest.PATH
    document = {"manifest": passed.sha256, "changed": False, "url": None}
    if path.is_file() and path.read_bytes() == passed.content:
        return Answer(document, [f"Manifest {passed.sha256[:12]} is what already stands in {manifest.PATH}."])
    if os.environ.get("GITHUB_ACTIONS") == "true" and not os.environ.get("GH_TOKEN"):
        return Answer(document, ["This project has no token for it (docs/data.md): nobody is asked to pin."])
    url, new = requested(passed)
    line = f"Manifest {passed.sha256[:12]} {'is' if new else 'was already'} proposed: {url}"
    return Answer(
        {**document, "changed": new, "url": url}, [line], summary=f"**pin**: [{title(passed)}]({url})"
    )


def requested(passed: manifest.Manifest) -> tuple[str, bool]:
    """The address of the pull request that brings a manifest to main, and whether it asks for that only now.

    One is open at a time: it is brought up to date. What was closed unmerged is not asked for again. Raises
    GithubError. https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/repos/contents
    """
    here, owner = f"repos/{github.repository()}", github.repository().partition("/")[0]
    known = github.api("GET", f"{here}/pulls?state=all&head={owner}:{BRANCH}")
    if asked := next((one for one in known if passed.sha256 in (one["body"] or "")), None):
        return str(asked["html_url"]), False
    there = next((one for one in known if one["state"] == "open"), None)
    if there is None:
        _branch(here)
    _commit(f"{here}/contents/{manifest.PATH}", passed)
    words = {"title": title(passed), "body": text(passed)}  # last: who finds them finds the manifest
    if there:
        made = github.api("PATCH", f"{here}/pulls/{there['number']}", words)
    else:
        made = github.api("POST", f"{here}/pulls", {**words, "head": BRANCH, "base": tree.MAIN})
    return str(made["html_url"]), True


def _branch(here: str) -> None:
    """Have the branch begin at main; 422 says that it is there: https://docs.github.com/en/rest/git/refs."""
    main = github.api("GET", f"{here}/git/ref/heads/{tree.MAIN}")["object"]["sha"]
    try:
        github.api("POST", f"{here}/git/refs", {"ref": f"refs/heads/{BRANCH}", "sha": main})
    except GithubError as error:
        if error.status != 422:
            raise
        github.api("PATCH", f"{here}/git/refs/heads/{BRANCH}", {"sha": main, "force": True})


def _commit(where: str, passed: manifest.Manifest) -> None:
    """Have the manifest on the branch."""
    before = github.find(f"{where}?ref={BRANCH}")
    content = base64.b64encode(passed.content).decode()
    if before and "".join(before["content"].split()) == content:
        return  # somebody was interrupted after this
    change = {"message": title(passed), "content": content, "branch": BRANCH}
    github.api("PUT", where, {**change, "sha": before["sha"]} if before else change)


def title(passed: manifest.Manifest) -> str:
    """What the commit and the pull request are called. Pure."""
    return f"Pin data up to {manifest.span(passed.files)[1]:%Y-%m-%d}"


def text(passed: manifest.Manifest) -> str:
    """What the pull request says. Pure."""
    rows = sum(entry["rows"] for entry in passed.files)
    first, last = manifest.span(passed.files)
    away = len(passed.files) - len(passed.tracked)
    return (
        f"What has passed its contract in the bucket: manifest {code(passed.sha256)}, {len(passed.files)} "
        f"files with {rows:,} rows from {first:%Y-%m-%d} to {last:%Y-%m-%d}; {away} of them are in the "
        "bucket alone.\n\n"
        f"{code(f'pipeline data diff main {passed.sha256}')} tells who may read the data what that changes.\n"
    )


@verb("pin", "pipeline data pin")
@click.option("--pull-request", is_flag=True, help="Leave the tree as it is, and ask on GitHub instead.")
def command(pull_request: bool) -> Answer:
    """Bring the newest data that passed to git: write its manifest to data/manifest.json, to be committed.

    With --pull-request it goes to a branch and a pull request, by `gh` and a token that may write contents
    and pull requests. That of a workflow itself starts no checks: it takes an app's, or a person's
    (docs/data.md).
    """
    return propose() if pull_request else pin()
