"""GitHub's REST API, through the `gh` command, as whoever it is signed in as or whose GH_TOKEN is set."""

import json
import os
import re
import shutil
import subprocess
from itertools import count
from typing import Any

from pipeline import names
from pipeline.errors import InfrastructureError, UserError

VERSION = "2022-11-28"  # https://docs.github.com/en/rest/about-the-rest-api/api-versions
PAGE = 100  # entries, the most that GitHub gives at once
STATUS = re.compile(r"\(HTTP (\d{3})\)")


class GithubError(InfrastructureError):
    """GitHub refused a request; `status` is HTTP's, 0 when there was no answer."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def repository() -> str:
    """OWNER/NAME: the repository of the workflow that runs this, else the one that project.toml names."""
    project = names.project()
    return os.environ.get("GITHUB_REPOSITORY") or f"{project.github_owner}/{project.name}"


def api(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """GitHub's answer, as JSON, to one request; `path` begins without a slash, such as `repos/OWNER/NAME`.

    Raises UserError where there is no `gh`, GithubError where GitHub refuses.
    """
    if shutil.which("gh") is None:
        raise UserError("there is no gh on the PATH: https://cli.github.com says how to get it")
    words = ["gh", "api", "--method", method, "--header", f"X-GitHub-Api-Version: {VERSION}"]
    words += ["--input", "-"] if body is not None else []
    done = subprocess.run(  # noqa: S603  # fixed program, no shell
        [*words, path],
        input=json.dumps(body) if body is not None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise _refusal(method, path, done)
    return json.loads(done.stdout) if done.stdout.strip() else None


def listed(path: str) -> list[dict[str, Any]]:
    """Every entry of a list, however many pages it has. Raises UserError, GithubError.

    https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    found: list[dict[str, Any]] = []
    joint = "&" if "?" in path else "?"
    for page in count(1):
        entries = api("GET", f"{path}{joint}per_page={PAGE}&page={page}")
        found += entries
        if len(entries) < PAGE:
            break
    return found


def find(path: str) -> Any | None:
    """What is there, or None where GitHub knows no such thing. Raises UserError, GithubError."""
    try:
        return api("GET", path)
    except GithubError as error:
        if error.status == 404:
            return None
        raise


def _refusal(method: str, path: str, done: subprocess.CompletedProcess[str]) -> GithubError:
    """What gh says of a request that failed, on one line; gh ends it with the status."""
    said = " ".join(done.stderr.split()).removeprefix("gh: ") or f"gh ended with {done.returncode}"
    status = STATUS.search(said)
    return GithubError(f"GitHub refused {method} {path}: {said}", int(status[1]) if status else 0)
