"""What stands behind the `gh` stand-in of environments and rules, as strict as GitHub documents it."""

from typing import Any

from tests.pipeline.gh_settings import (
    ENVIRONMENT,
    ME,
    NOT_FOUND,
    REPO,
    Answer,
    Call,
    State,
    invalid,
    kept,
    reads,
    writes,
)

UPGRADE = {"message": "Upgrade to GitHub Pro or make this repository public to enable this feature."}
REVIEWERS = (
    "Failed to create the environment protection rule. Please ensure the billing plan supports the required "
)
PARAMETERS = {  # of a rule, those that it must have
    "deletion": set(),
    "non_fast_forward": set(),
    "pull_request": {
        "dismiss_stale_reviews_on_push",
        "require_code_owner_review",
        "require_last_push_approval",
        "required_approving_review_count",
        "required_review_thread_resolution",
    },
    "required_status_checks": {"required_status_checks", "strict_required_status_checks_policy"},
}


def lacks(state: State, repository: State, *plans: str) -> bool:
    """Whether the owner's plan is one of those that have something for public repositories alone."""
    return repository["private"] and state.get("plan", "enterprise") in plans


@writes
def put(state: State, repository: State, environment: str, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/deployments/environments, create or update: replaces it."""
    if lacks(state, repository, "free"):
        return 404, NOT_FOUND
    gated = {"reviewers", "wait_timer", "prevent_self_review"} & set(body)
    if gated and lacks(state, repository, "team"):
        return 422, {"message": f"{REVIEWERS}reviewers protection rule."}
    policy = body.get("deployment_branch_policy")
    if policy and policy["protected_branches"] == policy["custom_branch_policies"]:
        return 422, {"message": "protected_branches and custom_branch_policies cannot have the same value"}
    if len(body.get("reviewers", [])) > 6:
        return 422, {"message": "You can list up to six users or teams as reviewers."}
    rules: list[State] = []
    if listed := body.get("reviewers"):
        reviewers = [{"type": one["type"], "reviewer": known(state, one)} for one in listed]
        rules.append({"type": "required_reviewers", "reviewers": reviewers})
        rules[0]["prevent_self_review"] = body.get("prevent_self_review", False)
    if timer := body.get("wait_timer"):
        rules.append({"type": "wait_timer", "wait_timer": timer})
    if policy:
        rules.append({"type": "branch_policy"})
    state["environments"][environment] = {"protection_rules": rules, "deployment_branch_policy": policy}
    return 200, {"name": environment, **state["environments"][environment]}


def known(state: State, asked: State) -> State:
    """Whoever has a number."""
    if asked["type"] == "Team":
        names = {number: name for name, number in state.get("teams", {}).items()}
        return {"id": asked["id"], "slug": names[asked["id"]].partition("/")[2]}
    everybody = [state.get("user", ME), *state.get("users", [])]
    return next(one for one in everybody if one["id"] == asked["id"])


@writes
def limit(state: State, repository: State, environment: str, body: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/deployments/branch-policies#create-a-deployment-branch-policy."""
    policy = state["environments"].get(environment, {}).get("deployment_branch_policy") or {}
    if not policy.get("custom_branch_policies"):
        return 404, NOT_FOUND
    if "name" not in body:
        return invalid('"name"')
    listed = state.setdefault("branches", {}).setdefault(environment, [])
    if body["name"] in listed:
        return 303, {"message": "the same branch name pattern already exists"}
    listed.append(body["name"])
    return 200, {"id": len(listed), **body}


@reads
def rules(state: State, repository: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch: the active ones, of all owners."""
    if lacks(state, repository, "free"):
        return 403, UPGRADE
    active = [one for one in kept(repository, "rulesets", []) if one["enforcement"] == "active"]
    return 200, [*state.get("organisations_rules", []), *(rule for one in active for rule in one["rules"])]


@reads
def rulesets(state: State, repository: State, **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/rules#get-all-repository-rulesets: without their rules."""
    told = kept(repository, "rulesets", [])
    return 200, [{key: one[key] for key in ("id", "name", "enforcement")} for one in told]


@writes
def rule(state: State, repository: State, body: State, ruleset: str = "", **_: Any) -> Answer:
    """https://docs.github.com/en/rest/repos/rules, create or update a repository ruleset."""
    have = kept(repository, "rulesets", [])
    if wrong := {"name", "enforcement"} - set(body):
        return invalid(*wrong)
    for one in body["rules"]:
        if lacking := PARAMETERS[one["type"]] - set(one.get("parameters", {})):
            return invalid(*lacking)
    if ruleset:
        have[int(ruleset) - 1] |= body
        return 200, have[int(ruleset) - 1]
    if body["name"] in [one["name"] for one in have]:
        return 422, {"message": "Name must be unique"}
    have.append({"id": 1 + len(have), **body})
    return 201, have[-1]


ROUTES: list[tuple[str, str, Call]] = [
    ("PUT", ENVIRONMENT, put),
    ("POST", rf"{ENVIRONMENT}/deployment-branch-policies", limit),
    ("GET", rf"{REPO}/rules/branches/(?P<branch>[^/]+)", rules),
    ("GET", rf"{REPO}/rulesets", rulesets),
    ("POST", rf"{REPO}/rulesets", rule),
    ("PUT", rf"{REPO}/rulesets/(?P<ruleset>\d+)", rule),
]
