"""A GitHub in which production is protected as it should be, and one of its workflow runs."""

from typing import Any

import pytest

from tests.pipeline.known_github import GitHub

RUN = "7"
REVIEWER = {"type": "User", "reviewer": {"login": "ann"}}
PROTECTED: dict[str, Any] = {
    "can_admins_bypass": False,
    "protection_rules": [
        {"type": "required_reviewers", "prevent_self_review": True, "reviewers": [REVIEWER]}
    ],
    "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
}


def run_of(login: str = "bob", kind: str = "User", event: str = "workflow_dispatch") -> dict[str, Any]:
    """A workflow run that `login` has started."""
    who = {"login": login, "type": kind}
    return {"event": event, "actor": who, "triggering_actor": who, "head_branch": "main"}


def review(login: str = "ann", environment: str = "production", state: str = "approved") -> dict[str, Any]:
    """One entry of a run's review history."""
    return {
        "state": state,
        "comment": "",
        "environments": [{"name": environment}],
        "user": {"login": login, "type": "User"},
    }


def protect(github: GitHub, environment: str = "production", **more: Any) -> None:
    """Have GitHub keep an environment behind a reviewer and main."""
    github.set(environments={environment: PROTECTED | more}, branches={environment: ["main"]})


def in_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a job of a workflow run."""
    monkeypatch.setenv("GITHUB_RUN_ID", RUN)
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/flights")
