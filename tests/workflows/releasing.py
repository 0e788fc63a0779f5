"""Releases by the workflow: what is there before, how GitHub protects production, and what it shows afterwards."""

import sys
from typing import Any

from pipeline import names

from workflows import act, events, stand_in
from workflows.github import GitHub, command_of

RUN = "1"  # act's number of every run
GUARDED = ("production", "infra-production")
REVIEWER, STARTER = "ann", "bob"
PROTECTED: dict[str, Any] = {
    "can_admins_bypass": False,
    "protection_rules": [
        {
            "type": "required_reviewers",
            "prevent_self_review": True,
            "reviewers": [{"type": "User", "reviewer": {"login": REVIEWER}}],
        }
    ],
    "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
}


def register(hosted: GitHub) -> None:
    """Register a good version, a second one with its model and another image, and a broken one."""
    production = hosted.production
    for words in (("data", "push"), ("image",)):
        production.run("pipeline", *words)
    production.good.append(production.register())
    production.good.append(production.patched(production.good[0]))
    production.workspace.apply(production.scenario.broken.patch)
    production.workspace.commit("Make the encoding strict")
    production.run("pipeline", "image")
    production.broken = production.register()
    production.workspace.revert()
    script = stand_in.HERE / "stand_ins" / "stacks.py"  # these stacks are the sandbox's: Pulumi has no state of them
    command_of(hosted.folder / "bin" / "pulumi", sys.executable, script, production.account.command)
    protect(hosted)


def protect(hosted: GitHub, **more: Any) -> None:
    """Have GitHub keep what is production's behind a reviewer, who approves, and main; `more` is otherwise."""
    named = [{"name": one} for one in GUARDED]
    approved = {"state": "approved", "environments": named, "user": {"login": REVIEWER}}
    hosted.set(
        environments=dict.fromkeys(GUARDED, PROTECTED | more),
        branches={one: ["main"] for one in GUARDED},
        approvals={RUN: [approved]},
    )


def started(hosted: GitHub, login: str = STARTER, kind: str = "User") -> None:
    """Have GitHub say who has started the run."""
    who = {"login": login, "type": kind}
    hosted.set(runs={RUN: {"event": "workflow_dispatch", "actor": who, "triggering_actor": who}})


def released(hosted: GitHub, version: int, within: float = 300.0, **inputs: str) -> act.Run:
    """Run the workflow `release` for a version."""
    event = events.dispatch(STARTER, version=str(version), **inputs)
    return hosted.run("release.yml", event, within=within)


def deployments(hosted: GitHub, environment: str = "production") -> list[dict[str, Any]]:
    """What GitHub shows of an environment's versions, oldest first; `state` is the newest."""
    place = names.endpoint(hosted.production.project, environment)
    return [
        {**one["payload"], **one["statuses"][-1]}
        for one in hosted.state.get("deployments", [])
        if one["environment"] == place and one["statuses"]
    ]


def roles(ran: act.Run) -> list[str]:
    """The purposes of the roles that a run took, in their order."""
    calls = ran.called("aws-actions/configure-aws-credentials")
    return ["ci-" + call["inputs"]["role-to-assume"].rpartition("-ci-")[2] for call in calls]
