"""The one comment of a check under a pull request: found again by its first line and its author."""

from typing import Any

from pipeline import github

MARKER = "<!-- pipeline comment -->"  # its first line, which nobody sees
AUTHOR = "github-actions[bot]"  # whose token a workflow has: a person may copy the marker, not the name


def put(number: int, body: str) -> str:
    """Write `body`, which begins with MARKER, as the comment of pull request `number`; returns its address.

    Raises UserError, GithubError.
    """
    repository = github.repository()
    under = f"repos/{repository}/issues/{number}/comments"
    before = next(filter(ours, github.listed(under)), None)
    if before:
        done = github.api("PATCH", f"repos/{repository}/issues/comments/{before['id']}", {"body": body})
    else:
        done = github.api("POST", under, {"body": body})
    address: str = done["html_url"]
    return address


def ours(comment: dict[str, Any]) -> bool:
    """Whether a comment, as GitHub lists it, is the one that an earlier check has written. Pure."""
    author = (comment.get("user") or {}).get("login")  # null: an account that is gone
    return author == AUTHOR and (comment.get("body") or "").startswith(MARKER)
