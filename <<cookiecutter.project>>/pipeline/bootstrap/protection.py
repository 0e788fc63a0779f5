"""What nobody gets around: the rules of main, and what a workflow's own token may do.

https://docs.github.com/en/rest/repos/rules, https://docs.github.com/en/rest/actions/permissions.
"""

from collections.abc import Sequence
from typing import Any

from pipeline import github, tree
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import PLAN, State, Step, done, person, todo

CHECK = "pass"  # the job of check.yml that every other one goes into
ACTIONS = 15368  # the GitHub App of Actions: nobody else's status of that name counts
RULESET: dict[str, Any] = {
    "name": tree.MAIN,
    "target": "branch",
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {
            "type": "pull_request",
            "parameters": {
                "required_approving_review_count": 0,  # one person alone could merge nothing any more
                "dismiss_stale_reviews_on_push": True,
                "require_code_owner_review": False,
                "require_last_push_approval": False,
                "required_review_thread_resolution": False,
            },
        },
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": CHECK, "integration_id": ACTIONS}],
            },
        },
    ],
}
READ = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
TOKENS = "send_write_tokens_to_workflows"
ADMINISTRATION = "the permission Administration: write"


def ruling(asked: Asked) -> Step:
    """The step of the rules of main. It comes after the first push, which they would refuse."""
    return Step(
        "ruleset",
        lambda: look_rules(asked),
        [
            f"{asked.page}/settings/rules: New branch ruleset, active, default branch: restrict deletions, "
            f"block force pushes, require a pull request, require the status check {CHECK}"
        ],
        lambda: write_rules(asked),
        ADMINISTRATION,
    )


def permissions(asked: Asked) -> list[Step]:
    """The steps of what the token of a workflow may do: here, and in a fork's pull request."""
    page = f"{asked.page}/settings/actions"
    return [
        Step(
            "workflow permissions",
            lambda: look_default(asked),
            [f"{page}, Workflow permissions: read; Actions may not approve pull requests"],
            lambda: github.api("PUT", asked.api("/actions/permissions/workflow"), READ),
            ADMINISTRATION,
        ),
        Step(
            "forks",
            lambda: look_forks(asked),
            [FORKS_OFF.format(asked.page)],
            lambda: close_forks(asked),
            ADMINISTRATION,
        ),
    ]


def lacking(rules: Sequence[dict[str, Any]]) -> list[str]:
    """What the rules that hold for main leave open, in words; stricter ones of others count as well. Pure."""
    there = {one["type"] for one in rules}
    checks = [
        check["context"]
        for one in rules
        if one["type"] == "required_status_checks"
        for check in one.get("parameters", {}).get("required_status_checks", [])
    ]
    open_still = {
        "it may be deleted": "deletion" not in there,
        "it may be force-pushed": "non_fast_forward" not in there,
        "no pull request is required": "pull_request" not in there,
        f"the check {CHECK} is not required": CHECK not in checks,
    }
    return [words for words, is_open in open_still.items() if is_open]


def look_rules(asked: Asked) -> State:
    """Whether the rules that hold for main are enough, whoever made them."""
    try:
        rules = github.find(asked.api(f"/rules/branches/{tree.MAIN}"))
    except github.GithubError as error:
        if PLAN not in str(error):
            raise
        return person(
            f"the owner's plan has no rules for private repositories ({error})",
            "take such a plan, or see to it yourselves that nothing unchecked is merged into main",
        )
    if open_still := lacking(rules or []):
        return todo(f"{'; '.join(open_still)}")
    return done(f"pull request and the check {CHECK} are required, no force push")


def write_rules(asked: Asked) -> None:
    """Make the project's ruleset, or make it again what it was.

    https://docs.github.com/en/rest/repos/rules#create-a-repository-ruleset and #update-a-repository-ruleset
    """
    listed = github.find(asked.api("/rulesets?includes_parents=false&per_page=100")) or []
    known = next((one["id"] for one in listed if one["name"] == RULESET["name"]), None)
    path = asked.api("/rulesets")
    github.api("POST", path, RULESET) if known is None else github.api("PUT", f"{path}/{known}", RULESET)


def look_default(asked: Asked) -> State:
    """Whether a workflow that says nothing may only read.

    https://docs.github.com/en/rest/actions/permissions#get-default-workflow-permissions-for-a-repository
    """
    found = github.find(asked.api("/actions/permissions/workflow")) or {}
    if all(found.get(key) == value for key, value in READ.items()):
        return done("a workflow that asks for nothing may only read")
    return todo("a workflow that asks for nothing will only read, and approve no pull request")


def look_forks(asked: Asked) -> State:
    """Whether a fork's pull request could get a token that opens a role.

    https://docs.github.com/en/rest/actions/permissions#get-private-repo-fork-pr-workflow-settings-for-a-repository
    """
    repository = github.find(asked.api())
    if repository is None:
        return todo("known once the repository is there")
    if not repository["private"]:
        return done("it is public, where no fork's pull request may write")
    try:
        found = github.find(asked.api(FORKS))
    except github.GithubError as error:
        if error.status != 403:
            raise
        found = None
    if found is None:
        return person(
            "GitHub does not tell whether forks get tokens that may write", FORKS_OFF.format(asked.page)
        )
    if found[TOKENS]:
        return todo(
            "a fork's pull request gets a token that may write, which opens roles: that will be switched off"
        )
    return done("a fork's pull request gets no token that may write")


FORKS = "/actions/permissions/fork-pr-workflows-private-repos"
FORKS_OFF = "{}/settings/actions: 'Send write tokens to workflows from pull requests' is to be off"


def close_forks(asked: Asked) -> None:
    """Send no tokens that may write; what else is set for forks stays."""
    found = github.api("GET", asked.api(FORKS))
    github.api("PUT", asked.api(FORKS), {**found, TOKENS: False})
