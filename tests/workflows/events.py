"""What GitHub tells a workflow of the event that it runs for: its name, its payload, and who caused it.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows and
https://docs.github.com/en/webhooks/webhook-events-and-payloads, of which only what a workflow may read is here.
"""

from dataclasses import dataclass, field
from typing import Any

MAIN = "refs/heads/main"
OWNER, BOT = "somebody", "dependabot[bot]"


@dataclass(frozen=True)
class Event:
    """An event; `ref` is what GitHub checks out for it."""

    name: str
    ref: str = MAIN
    payload: dict[str, Any] = field(default_factory=dict)
    actor: str = OWNER

    def document(self, repository: str) -> dict[str, Any]:
        """The webhook's payload in a repository, OWNER/NAME."""
        owner, _, name = repository.partition("/")
        known = {"full_name": repository, "name": name, "owner": {"login": owner}, "default_branch": "main"}
        sender = {"login": self.actor, "type": "Bot" if self.actor.endswith("[bot]") else "User"}
        return {"ref": self.ref, "repository": known, "sender": sender, **self.payload}

    def inputs(self) -> dict[str, str]:
        """The inputs of a workflow_dispatch."""
        return dict(self.payload.get("inputs", {}))


def push(message: str = "Change something", actor: str = OWNER) -> Event:
    """A push to main: a merge."""
    commit = {"message": message, "id": "0" * 40, "author": {"name": actor}}
    return Event("push", payload={"head_commit": commit, "commits": [commit]}, actor=actor)


def dispatch(actor: str = OWNER, ref: str = MAIN, **inputs: str) -> Event:
    """Somebody started it by hand, with these inputs; a boolean is `true` or `false`."""
    return Event("workflow_dispatch", ref, {"inputs": inputs}, actor)


def schedule() -> Event:
    """The clock."""
    return Event("schedule", payload={"schedule": "17 * * * *"})


def merge_group() -> Event:
    """The merge queue."""
    ref = "refs/heads/gh-readonly-queue/main/pr-7"
    return Event("merge_group", ref, {"action": "checks_requested", "merge_group": {"head_ref": ref}})


def pull_request(
    repository: str,
    *,
    number: int = 7,
    title: str = "Change something",
    branch: str = "change",
    fork: str = "",
    actor: str = OWNER,
    base_sha: str = "0" * 40,
    head_sha: str = "0" * 40,
) -> Event:
    """A pull request to main of `repository`, OWNER/NAME, from its own branch or from the repository `fork`."""
    head = {"ref": branch, "sha": head_sha, "repo": {"full_name": fork or repository, "fork": bool(fork)}}
    kind = "Bot" if actor.endswith("[bot]") else "User"
    pulled = {
        "number": number,
        "title": title,
        "body": title,
        "head": head,
        "base": {"ref": "main", "sha": base_sha, "repo": {"full_name": repository, "fork": False}},
        "user": {"login": actor, "type": kind},
        "draft": False,
    }
    payload = {"action": "synchronize", "number": number, "pull_request": pulled}
    return Event("pull_request", f"refs/pull/{number}/merge", payload, actor)
