"""Who may take a role without credentials of his own: the holder of a web identity's token, and a service.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html has the errors. The token
must be signed by the issuer that it names, which must be a provider of the role's account, be for an audience
of that provider, and be in time; the role's trust policy has the last word.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jwt

from sandbox.access import moto_records as records
from sandbox.access.decision import Caller
from sandbox.access.issuer import ISSUER
from sandbox.access.question import Question
from sandbox.world import ApiError

if TYPE_CHECKING:
    from sandbox.accounts import Accounts

# What AWS offers of GitHub's claims in a trust policy, beside aud and sub; not usable once the role is taken.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
CLAIMS = (
    "actor", "actor_id", "job_workflow_ref", "repository", "repository_id", "workflow", "ref", "environment",
    "enterprise_id",
)  # fmt: skip
TAKE, TAKE_WITH_TOKEN = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"


def holder(accounts: "Accounts", token: str, role: str, session: str) -> dict[str, Any]:
    """The claims of a token whose holder may take `role`.

    Raises ApiError InvalidIdentityToken, ExpiredTokenException or AccessDenied.
    """
    account = role.split(":")[4]
    claims, provider = _verified(accounts, token, account)
    host = ISSUER.removeprefix("https://")
    context = {f"{host}:aud": (str(claims["aud"]),), f"{host}:sub": (str(claims["sub"]),)}
    context |= {f"{host}:{name}": (str(claims[name]),) for name in CLAIMS if claims.get(name)}
    context |= {"aws:FederatedProvider": (provider,), "sts:RoleSessionName": (session,)}
    _take(accounts, Caller(arn=provider), Question(TAKE_WITH_TOKEN, role, context), "sts.AssumeRoleWithWebIdentity")
    return claims


def _verified(accounts: "Accounts", token: str, account: str) -> tuple[dict[str, Any], str]:
    """Claims, and the ARN of the account's provider that they come from."""
    try:
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.InvalidTokenError as error:
        raise ApiError("InvalidIdentityToken", f"The ID Token provided is not a valid JWT: {error}") from error
    provider = records.identity_provider(account, issuer)
    if provider is None:
        raise ApiError("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")
    if issuer != ISSUER:
        raise ApiError("NotInSandbox", f"the issuer {issuer} is not in the sandbox, only {ISSUER} is")
    try:
        claims = jwt.decode(
            token,
            accounts.issuer.public_key,
            algorithms=["RS256"],
            options={"require": ["iss", "sub", "aud", "exp", "iat"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise ApiError(
            "ExpiredTokenException", f"Token expired: the current time {time.time():.0f} is after its `exp`"
        ) from error
    except jwt.InvalidTokenError as error:
        raise ApiError("InvalidIdentityToken", f"The token could not be verified: {error}") from error
    if claims["aud"] not in provider.client_id_list:
        raise ApiError("InvalidIdentityToken", "Incorrect token audience")
    return claims, provider.arn


def service(accounts: "Accounts", name: str, role: str, source: str) -> None:
    """Let the service `name` take `role` for the resource `source`. Raises ApiError AccessDenied.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html: the service tells for whom it asks.
    """
    context = {"aws:SourceAccount": (source.split(":")[4],), "aws:SourceArn": (source,)}
    _take(accounts, Caller(arn=name), Question(TAKE, role, context), "sts.AssumeRole", source)


def _take(accounts: "Accounts", caller: Caller, question: Question, operation: str, behalf: str = "") -> None:
    """Raises ApiError AccessDenied, also for a role that does not exist: AWS does not tell the two apart."""
    there = records.role(question.resource) is not None
    answer = accounts.guard.answer(caller, question, operation=operation, behalf=behalf)
    if not (answer.allowed and there):
        raise ApiError("AccessDenied", f"Not authorized to perform {question.action}", 403)


def duration(asked: int | None, record: Any, *, chained: bool) -> int:
    """The seconds that a session lasts. Raises ApiError ValidationError.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html: between 900 and the role's own maximum,
    which is 3600 unless it says more; in role chaining 3600 at most.
    """
    seconds = 3600 if asked is None else asked
    if chained and seconds > 3600:
        raise ApiError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        )
    if seconds > int(record.max_session_duration or 3600):
        raise ApiError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return seconds


def subject(claims: Mapping[str, Any]) -> dict[str, str]:
    """What STS tells about a token that it took."""
    return {
        "SubjectFromWebIdentityToken": str(claims["sub"]),
        "Audience": str(claims["aud"]),
        "Provider": str(claims["iss"]),
    }
