"""Who may take a role. No role is opened by a stored key."""

from collections.abc import Mapping, Sequence

from infra.policies.documents import MAIN, Document, Place, document
from pipeline import canary, names

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


def workflows(place: Place, part: str) -> Mapping[str, Document]:
    """Who opens each role of `part` that is no job's and no endpoint's, by its purpose there."""
    if part == names.REGISTRY:
        return {
            "ci-preview": preview(place, part),
            "ci-report": pull_request(place, part),
            "ci-retrain": main(place, part),
            "ci-infra": environment(place, part, changes(part)),
            "examine": account(place.accounts[canary.GUARDED]),
            "inspect": account(place.accounts[canary.GUARDED]),
        }
    return {
        "observe": account(place.registry),
        "ci-preview": preview(place, part),
        "ci-release": environment(place, part, part),
        "ci-rollback": environment(place, part, "rollback"),
        "ci-infra": environment(place, part, changes(part)),
        "ci-monitor": main(place, part),
    }


def changes(part: str) -> str:
    """The GitHub environment of the jobs that change a part's stack; what changes production is approved."""
    return "infra-production" if part == canary.GUARDED else "infra"


def sagemaker(account: str) -> Document:
    """An execution role: SageMaker takes it, on behalf of this account only.

    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
    """
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )


def eventbridge(account: str, rule: str) -> Document:
    """A role that EventBridge takes for one rule, whose ARN and account it tells.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnEquals": {"aws:SourceArn": rule},
            },
        }
    )


def account(account: str) -> Document:
    """Whoever may by the policies of `account`: its administrators say who does."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "sts:AssumeRole",
        }
    )


def pull_request(place: Place, part: str) -> Document:
    """A job of this repository's pull requests, whose role may only look.

    A pull request from a fork runs in this repository too, with the same subject, and none of the claims
    for which AWS has keys tells it apart: `ref` is refs/pull/NUMBER/merge for both, `actor` is whoever asked.
    What keeps it out is GitHub: such a run gets no permission to write, hence no `id-token: write` and no
    token (https://github.com/JuliaCloud/AWS.jl/issues/634), unless a private repository's setting "Send write
    tokens to workflows from pull requests" is on
    (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions). Where it
    must be on, give the job a GitHub environment with reviewers, and trust that environment instead.
    """
    return _github(place, part, "pull_request", {})


def preview(place: Place, part: str) -> Document:
    """A job that looks at what a stack has: of a pull request, or, without a GitHub environment, on main.

    On main it looks for drift, and shows what an approval would let happen; neither is to wait for a person.
    """
    return _github(place, part, ("pull_request", f"ref:{MAIN}"), {})


def main(place: Place, part: str) -> Document:
    """A job on the branch main that has no GitHub environment: its subject names the branch."""
    return _github(place, part, f"ref:{MAIN}", {})


def environment(place: Place, part: str, named: str) -> Document:
    """A job of the GitHub environment `named`, on the branch main.

    The subject of such a job names the environment and no branch, so that the branch is a condition of its
    own: https://docs.github.com/en/actions/reference/security/oidc, and `ref` among AWS's keys for GitHub in
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html.
    """
    return _github(place, part, f"environment:{named}", {f"{ISSUER}:ref": MAIN})


def subject(project: names.Project, claim: str) -> str:
    """`sub` of a token, in the form with numbers (repositories made after 2026-07-15) when they are known."""
    owner, name = project.github_owner, project.name
    if project.github_owner_id:
        owner, name = f"{owner}@{project.github_owner_id}", f"{name}@{project.github_repository_id}"
    return f"repo:{owner}/{name}:{claim}"


def _github(place: Place, part: str, claims: str | Sequence[str], more: Mapping[str, str]) -> Document:
    """A job with one of these claims; a list in a condition means any of them."""
    project = place.project
    number = project.github_repository_id
    exact: dict[str, str | list[str]] = {
        f"{ISSUER}:aud": AUDIENCE,
        f"{ISSUER}:sub": subject(project, claims)
        if isinstance(claims, str)
        else [subject(project, one) for one in claims],
        **({f"{ISSUER}:repository_id": str(number)} if number else {}),
        **more,
    }
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{place.accounts[part]}:oidc-provider/{ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": exact},
        }
    )
