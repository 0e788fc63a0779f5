"""Whether GitHub's tokens are known, and each role is there, bounded and opened as its stack says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from infra.policies import trust
from infra.policies.documents import Place, boundary
from infra.policies.jobs import JOBS
from infra.policies.trust import AUDIENCE, ISSUER
from pipeline import aws, names
from pipeline.checks.finding import Finding, fail, ok
from pipeline.checks.stacks import configured

PROVIDER, SUBJECT = "identity provider", "roles"


@dataclass(frozen=True)
class Role:
    """What bounds a role, and who opens it."""

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


def expected(place: Place, part: str, bound: str) -> dict[str, Role]:
    """The roles of `part`, an environment or the registry, by name, as its stack makes them."""
    executions, suffix = (JOBS, "") if part == names.REGISTRY else (("endpoint",), f"-{part}")
    opened = {one: trust.sagemaker(place.accounts[part]) for one in executions}
    opened |= trust.workflows(place, part)
    return {names.role(place.project, purpose + suffix): Role(bound, by) for purpose, by in opened.items()}


def judge(part: str, wanted: Mapping[str, Role], there: Mapping[str, Role]) -> list[Finding]:
    """What is wrong with the roles of `part` by name, or one line that nothing is."""
    stack = names.stack(part)
    todo = f"make up STACK={stack}, once project.toml and the stack's file say who and what is right"
    found = []
    if missing := [name for name in wanted if name not in there]:
        apply = f"make up STACK={stack}"
        found.append(fail(SUBJECT, f"{len(missing)} of {stack} are missing: {', '.join(missing)}", apply))
    for name in (one for one in wanted if one in there):
        if there[name].boundary != wanted[name].boundary:
            bound = f"{there[name].boundary or 'nothing'}, not by {wanted[name].boundary}"
            found.append(fail(SUBJECT, f"{name} is bounded by {bound}", todo))
        if wrong := differences(wanted[name].trust, there[name].trust):
            found.append(fail(SUBJECT, f"{name} is opened otherwise: {', '.join(wrong)}", todo))
    return found or [ok(SUBJECT, f"{len(wanted)} roles of {stack} are there, bounded and opened as it says")]


def differences(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """Where a policy says something else than it should."""
    ours, theirs = _leaves(wanted), _leaves(there)
    return [
        f"{path.lstrip('.')} is {theirs.get(path, 'missing')}, not {ours.get(path, 'left out')}"
        for path in sorted({*ours, *theirs})
        if ours.get(path) != theirs.get(path)
    ]


def _leaves(value: Any, path: str = "") -> dict[str, str]:
    """Every text of a policy by its place; to IAM a list of one is the one."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else dict(enumerate(value))
    if not isinstance(value, Mapping):
        return {path: str(value)}
    found: dict[str, str] = {}
    for key, one in value.items():
        found |= _leaves(one, f"{path}.{key}")
    return found


def look_provider() -> list[Finding]:
    """Ask IAM for GitHub's issuer. Raises ClientError."""
    iam = aws.client("iam")
    listed = [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    arn = next((one for one in listed if one.endswith(f"/{ISSUER}")), None)
    if arn is None:
        return [provider(None)]
    return [provider(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"])]


def look(root: Path, place: Place, part: str) -> list[Finding]:
    """Ask IAM for the roles of `part`. Raises ClientError."""
    settings = configured(root, part)
    bound = settings.get(f"{names.program(part)}:boundary") or boundary(place.accounts[part])
    wanted = expected(place, part, bound)
    asked = {name: _role(name) for name in wanted}
    return judge(part, wanted, {name: role for name, role in asked.items() if role})


def _role(name: str) -> Role | None:
    found = aws.find(aws.client("iam").get_role, RoleName=name)
    if found is None:
        return None
    role, trust = found["Role"], found["Role"]["AssumeRolePolicyDocument"]
    bound = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Role(bound, trust if isinstance(trust, Mapping) else json.loads(unquote(trust)))
