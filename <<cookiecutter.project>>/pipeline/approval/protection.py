"""What GitHub keeps an environment behind: reviewers, and the branches that may deploy to it."""

from dataclasses import dataclass

from pipeline import github
from pipeline.command import Document
from pipeline.errors import RefusalError
from pipeline.tree import MAIN

WHERE = "Settings > Environments > {environment}"


@dataclass(frozen=True, kw_only=True)
class Protection:
    """The rules of an environment; `branches` are patterns, None where every branch may deploy."""

    reviewers: tuple[str, ...] = ()
    own_review_prevented: bool = False
    bypassed_by_administrators: bool = True
    branches: tuple[str, ...] | None = None


def read(environment: str) -> Protection | None:
    """The protection of a GitHub environment, or None where there is no such environment.

    It takes the permission `actions: read`:
    https://docs.github.com/en/rest/deployments/environments#get-an-environment and
    https://docs.github.com/en/rest/deployments/branch-policies#list-deployment-branch-policies. Raises
    UserError, GithubError.
    """
    path = f"repos/{github.repository()}/environments/{environment}"
    found = github.find(path)
    if found is None:
        return None
    policies: list[Document] = []
    if (found.get("deployment_branch_policy") or {}).get("custom_branch_policies"):
        policies = github.api("GET", f"{path}/deployment-branch-policies")["branch_policies"]
    return of(found, policies)


def of(found: Document, policies: list[Document]) -> Protection:
    """The protection that GitHub's two answers describe; a tag counts as a branch of its own. Pure."""
    rules = [one for one in found.get("protection_rules", []) if one.get("type") == "required_reviewers"]
    limits = found.get("deployment_branch_policy") or {}
    named = tuple(
        one["name"] if one.get("type", "branch") == "branch" else f"the tag {one['name']}" for one in policies
    )
    branches = ("every protected branch",) if limits.get("protected_branches") else named
    return Protection(
        reviewers=tuple(_name(one) for rule in rules for one in rule.get("reviewers", [])),
        own_review_prevented=any(rule.get("prevent_self_review") for rule in rules),
        bypassed_by_administrators=bool(found.get("can_admins_bypass", True)),
        branches=branches if limits else None,
    )


def refusal(environment: str, found: Protection | None) -> str | None:
    """Why nothing may be released behind this protection; None when it may. Pure.

    On private repositories required reviewers take GitHub Enterprise:
    https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#required-reviewers
    """
    where = WHERE.format(environment=environment)
    other = 'or choose form = "by-hand" in policy.toml, [approval]'
    if found is None:
        return (
            f"GitHub has no environment {environment}, and the first job that names it would make one that "
            f"nothing protects: make it with reviewers and the branch {MAIN} alone (`pipeline bootstrap`), "
            f"{other}"
        )
    if not found.reviewers:
        return (
            f"the GitHub environment {environment} has no required reviewers, so that nobody would be asked: "
            f"name some in {where}, {other}"
        )
    if found.branches != (MAIN,):
        allowed = "every branch" if found.branches is None else ", ".join(found.branches) or "no branch"
        return (
            f"{allowed} may deploy to the GitHub environment {environment}: limit it to the branch {MAIN} in "
            f"{where}"
        )
    return None


def held(environment: str) -> Protection:
    """The protection, where it lets releases go on. Raises RefusalError, UserError, GithubError."""
    found = read(environment)
    if found is None or refusal(environment, found):
        raise RefusalError(refusal(environment, found))
    return found


def words(environment: str, found: Protection) -> str:
    """What a person should know of a protection that holds. Pure."""
    own = "not by who started it" if found.own_review_prevented else "also by who started it"
    bypass = "; administrators may bypass it" if found.bypassed_by_administrators else ""
    return f"{environment} is approved by {' or '.join(found.reviewers)}, {own}{bypass}"


def _name(reviewer: Document) -> str:
    """A person's login, or a team's name."""
    who = reviewer.get("reviewer", {})
    return str(who.get("login") or f"the team {who.get('slug') or who.get('name')}")
