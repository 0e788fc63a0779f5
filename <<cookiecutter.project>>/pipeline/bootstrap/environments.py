"""GitHub's environments: which branch deploys to each, and who has to approve.

https://docs.github.com/en/rest/deployments/environments, https://docs.github.com/en/rest/deployments/branch-policies.
A role's trust names the environment of its job; that only main deploys to it is asked for here and there.
"""

from collections.abc import Sequence
from typing import Any

from pipeline import github, policy, tree
from pipeline.approval import protection
from pipeline.approval.protection import Protection
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import State, Step, done, person, todo
from pipeline.errors import UserError
from pipeline.sections import REVIEWERS

# environment → whether somebody has to approve: nobody should have to wait for a rollback
ENVIRONMENTS = {
    "staging": False,
    "production": True,
    "rollback": False,
    "infra": False,
    "infra-production": True,
}
RULE = "required_reviewers"
REFUSED = 422  # with reviewers: the owner's plan has none for private repositories
PLANS = "a public repository, or GitHub Enterprise, has required reviewers"
BY_HAND = (
    'else write form = "by-hand" below [approval] in policy.toml: a person then starts the production part'
)
Found = dict[str, Any]


def steps(asked: Asked) -> list[Step]:
    """One step for each. Raises UserError."""
    by_reviewers = policy.load().approval.form == REVIEWERS
    return [step(asked, name, approved and by_reviewers) for name, approved in ENVIRONMENTS.items()]


def step(asked: Asked, name: str, approved: bool) -> Step:
    """The step of one environment; `approved`: it is to have reviewers."""
    who = ", required reviewers: whoever approves a release" if approved else ", no reviewers"
    return Step(
        f"environment {name}",
        lambda: look(asked, name, approved),
        [f"{asked.page}/settings/environments: New environment {name}, branch {tree.MAIN} only{who}"],
        lambda: make(asked, name, approved),
        "the permission Administration: write",
    )


def protected(asked: Asked, name: str) -> Protection | None:
    """How GitHub protects it; None where there is none."""
    path = asked.api(f"/environments/{name}")
    found = github.find(path)
    if found is None:
        return None
    listed = github.find(f"{path}/deployment-branch-policies") or {}
    return protection.of(found, listed.get("branch_policies", []))


def look(asked: Asked, name: str, approved: bool) -> State:
    """Whether it is there, limited to main, and has the reviewers that it needs."""
    found = protected(asked, name)
    if found is None:
        return todo(f"only {tree.MAIN} will deploy to it{', after approval' if approved else ''}")
    branches = found.branches or ()
    if tree.MAIN not in branches:
        return todo(f"not {tree.MAIN} alone deploys to it, but {', '.join(branches) or 'any branch or none'}")
    if others := [one for one in branches if one != tree.MAIN]:
        return person(
            f"{', '.join(others)} may deploy to it as well, so that a release is refused",
            f"{asked.page}/settings/environments: take them away",
        )
    known = [one.removeprefix("the team ").lower() for one in found.reviewers]
    lacking = [one for one in asked.reviewers if one.rpartition("/")[2].lower() not in known]
    if approved and (lacking or not known):
        return todo(f"{' and '.join(lacking) or 'a reviewer'} is missing")
    by = f", approved by {' or '.join(found.reviewers)}" if found.reviewers else ""
    return done(f"only {tree.MAIN}{by}")


def body(found: Found, asked_for: Sequence[Found]) -> Found:
    """What is asked of GitHub: limited to chosen branches, the reviewers there and those asked for. Pure.

    A PUT replaces everything, so what somebody has set stays in it; and what nobody has set stays out: with
    it, a plan that lacks the rule refuses the whole, whatever its value.
    """
    rule, timer = _of(found, RULE), _of(found, "wait_timer")
    there = [{"type": one["type"], "id": one["reviewer"]["id"]} for one in rule.get("reviewers", [])]
    everyone = there + [one for one in asked_for if one not in there]
    asks: Found = {"deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}
    if everyone:
        asks["reviewers"] = everyone
    if rule.get("prevent_self_review"):
        asks["prevent_self_review"] = True
    if timer:
        asks["wait_timer"] = timer["wait_timer"]
    return asks


def make(asked: Asked, name: str, approved: bool) -> State | None:
    """Make or change it. Where the owner's plan has no reviewers, or no environments, a person decides."""
    path = asked.api(f"/environments/{name}")
    found = github.find(path) or {}
    asks = body(found, identify(asked, bool(_of(found, RULE))) if approved else [])
    left = None
    try:
        github.api("PUT", path, asks)
    except github.GithubError as error:
        if error.status == 404:
            return person(f"GitHub has none for {asked.repository} ({error})", f"{PLANS}; {BY_HAND}")
        if error.status != REFUSED or "reviewers" not in asks:
            raise
        left = person(f"nobody approves: {error}", f"{PLANS}; {BY_HAND}")
        if not (found.get("deployment_branch_policy") or {}).get("custom_branch_policies"):
            github.api("PUT", path, body(found, []))
    protection_now = protected(asked, name)
    if protection_now is None or tree.MAIN not in (protection_now.branches or ()):
        github.api("POST", f"{path}/deployment-branch-policies", {"name": tree.MAIN, "type": "branch"})
    return left


def identify(asked: Asked, somebody: bool) -> list[Found]:
    """Type and number of those who are to approve; by default, where nobody does, whoever runs gh."""
    named = asked.reviewers or (() if somebody else (github.api("GET", "user")["login"],))
    return [_identified(one) for one in named]


def _identified(who: str) -> Found:
    organisation, _, team = who.rpartition("/")
    path = f"orgs/{organisation}/teams/{team}" if organisation else f"users/{who}"
    found = github.find(path)
    if found is None:
        raise UserError(
            f"--reviewer {who}: GitHub knows nobody of that name: write a login, or ORGANISATION/TEAM"
        )
    return {"type": "Team" if organisation else "User", "id": found["id"]}


def _of(found: Found, kind: str) -> Found:
    """The protection rule of a kind."""
    return next((one for one in found.get("protection_rules", []) if one["type"] == kind), {})
