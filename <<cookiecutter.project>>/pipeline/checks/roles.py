"""Whether GitHub's tokens are known, and each role is there, bounded, and opened by this repository."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pipeline import aws, names
from pipeline.checks.finding import Finding, fail, ok

PROVIDER, SUBJECT = "identity provider", "roles"
ISSUER, AUDIENCE = "token.actions.githubusercontent.com", "sts.amazonaws.com"
CLAIM = f"{ISSUER}:sub"
PLATFORM = ("train", "evaluate", "replay", "monitor", "ci-preview", "ci-retrain", "ci-infra")
ENVIRONMENT = ("endpoint", "observe", "ci-preview", "ci-release", "ci-rollback", "ci-infra", "ci-monitor")


@dataclass(frozen=True)
class Role:
    """What AWS says of a role."""

    boundary: str | None
    trust: Mapping[str, Any]


def provider(audiences: Sequence[str] | None) -> Finding:
    """Whether AWS knows GitHub's issuer, and takes tokens that are meant for it; None: it does not."""
    if audiences is None:
        return fail(PROVIDER, f"the account does not know {ISSUER}", "apply the foundation, once per account")
    if AUDIENCE not in audiences:
        known = ", ".join(audiences) or "none"
        return fail(PROVIDER, f"{ISSUER} is known with the audiences {known}", f"add the audience {AUDIENCE}")
    return ok(PROVIDER, f"{ISSUER} is known, for {AUDIENCE}")


def expected(project: names.Project, part: str) -> list[str]:
    """The roles of `part`, an environment or the registry."""
    if part == names.REGISTRY:
        return [names.role(project, purpose) for purpose in PLATFORM]
    return [names.role(project, f"{purpose}-{part}") for purpose in ENVIRONMENT]


def repository(project: names.Project) -> str:
    """How the subject of this repository's tokens begins."""
    owner, name = project.github_owner, project.name
    if project.github_owner_id:
        owner, name = f"{owner}@{project.github_owner_id}", f"{name}@{project.github_repository_id}"
    return f"repo:{owner}/{name}:"


def judge(project: names.Project, part: str, roles: Mapping[str, Role | None]) -> list[Finding]:
    """What is wrong with the roles of `part` by name (None: not there), or one line that nothing is."""
    stack = "platform" if part == names.REGISTRY else part
    apply = f"make up STACK={stack}"
    found = []
    if missing := [name for name, role in roles.items() if role is None]:
        found.append(fail(SUBJECT, f"{len(missing)} of {stack} are missing: {', '.join(missing)}", apply))
    for name, role in roles.items():
        if role is None:
            continue
        if role.boundary is None:
            found.append(fail(SUBJECT, f"{name} has no permission boundary", apply))
        elif wrong := [one for one in subjects(role.trust) if not one.startswith(repository(project))]:
            todo = f"put github_owner and its numbers in project.toml right, then {apply}"
            found.append(fail(SUBJECT, f"{name} is opened by {wrong[0]}, not {repository(project)}…", todo))
    return found or [ok(SUBJECT, f"{len(roles)} roles of {stack} are there, each within a boundary")]


def subjects(trust: Mapping[str, Any]) -> list[str]:
    """The subjects of GitHub's tokens that a trust policy names."""
    return [
        str(operands[CLAIM])
        for statement in trust["Statement"]
        for operands in statement.get("Condition", {}).values()
        if CLAIM in operands
    ]


def look_provider() -> list[Finding]:
    """Ask IAM for GitHub's issuer. Raises ClientError."""
    iam = aws.client("iam")
    listed = [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    arn = next((one for one in listed if one.endswith(f"/{ISSUER}")), None)
    if arn is None:
        return [provider(None)]
    return [provider(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"])]


def look(project: names.Project, part: str) -> list[Finding]:
    """Ask IAM for the roles of `part`. Raises ClientError."""
    return judge(project, part, {name: _role(name) for name in expected(project, part)})


def _role(name: str) -> Role | None:
    found = aws.find(aws.client("iam").get_role, RoleName=name)
    if found is None:
        return None
    role, trust = found["Role"], found["Role"]["AssumeRolePolicyDocument"]
    bound = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Role(bound, trust if isinstance(trust, Mapping) else json.loads(unquote(trust)))
