"""sandbox.access.sts and sandbox.access.trust: who may take which role, and for how long."""

import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import jwt
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import REGION, Sandbox
from cryptography.hazmat.primitives import serialization
from jwt.utils import base64url_encode

from sandbox.access.issuer import ISSUER, Issuer, Job, claims

HOME, OTHER = "123456789012", "444444444444"
HOST = ISSUER.removeprefix("https://")
PROVIDER = f"arn:aws:iam::{HOME}:oidc-provider/{HOST}"
PRODUCTION = Job(repository="acme/flights", environment="production")
Assume = Callable[..., Any]


def trust(principal: Any, action: str = "sts:AssumeRole", **condition: Any) -> str:
    """A trust policy of one statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def role(sandbox: Sandbox) -> str:
    """A role that GitHub's job `production` on main may take, and its provider."""
    iam = sandbox.client("iam")
    iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40])
    equals = {
        f"{HOST}:aud": "sts.amazonaws.com",
        f"{HOST}:sub": PRODUCTION.subject,
        f"{HOST}:ref": "refs/heads/main",
    }
    document = trust({"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity", StringEquals=equals)
    return iam.create_role(RoleName="sts-release", Path="/ci/", AssumeRolePolicyDocument=document)["Role"]["Arn"]


@pytest.fixture(scope="module")
def issuer(sandbox: Sandbox) -> Issuer:
    """Who signs in the running sandbox."""
    return Issuer.read(sandbox.folder)


@pytest.fixture
def take(sandbox: Sandbox, role: str) -> Assume:
    """`take(token, **more)` takes the role with a token."""

    def taken(token: str, **more: Any) -> Any:
        arguments = {"RoleArn": role, "RoleSessionName": "job", "WebIdentityToken": token} | more
        return sandbox.client("sts").assume_role_with_web_identity(**arguments)

    return taken


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[str, str]:
    """Code and message of the refusal."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_job_that_is_meant_takes_the_role(sandbox: Sandbox, take: Assume, issuer: Issuer) -> None:
    """And is then a session of it."""
    session = take(issuer.token(PRODUCTION))
    assert session["SubjectFromWebIdentityToken"] == "repo:acme/flights:environment:production"
    me = sandbox.client("sts", session=session).get_caller_identity()
    assert me["Arn"] == f"arn:aws:sts::{HOME}:assumed-role/sts-release/job"
    assert me["UserId"] == session["AssumedRoleUser"]["AssumedRoleId"]


@pytest.mark.parametrize(
    "job",
    [
        Job(repository="acme/flights"),
        Job(repository="acme/flights", environment="staging"),
        Job(repository="evil/flights", environment="production"),
        Job(repository="acme/flights", environment="production", ref="refs/heads/change"),
        Job(repository="acme/flights", environment="production", owner_id=7, repository_id=8),
    ],
)
def test_any_other_job_does_not(take: Assume, issuer: Issuer, job: Job) -> None:
    """Another environment, repository, branch, or subject format."""
    denied = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    assert refused(take, issuer.token(job)) == denied


def test_a_role_that_does_not_exist_is_refused_likewise(take: Assume, issuer: Issuer, role: str) -> None:
    """Nobody learns which roles there are."""
    assert refused(take, issuer.token(PRODUCTION), RoleArn=f"{role}-not")[0] == "AccessDenied"


def test_a_token_of_another_key_is_refused(take: Assume, role: str, tmp_path: Path) -> None:
    """Whatever it says."""
    assert refused(take, Issuer.found(tmp_path).token(PRODUCTION))[0] == "InvalidIdentityToken"


def test_a_token_that_is_none_is_refused(take: Assume) -> None:
    """With the same code."""
    assert refused(take, "no.token.atall")[0] == "InvalidIdentityToken"


def unsigned(claimed: dict[str, Any], issuer: Issuer) -> str:
    """A token that says of itself that it needs no signature."""
    return jwt.encode(claimed, None, algorithm="none")


def signed_with_the_public_key(claimed: dict[str, Any], issuer: Issuer) -> str:
    """A token under a shared secret, for which everybody's knowledge is taken: the key that checks signatures."""
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    head = {"alg": "HS256", "typ": "JWT"}
    body = b".".join(base64url_encode(json.dumps(part).encode()) for part in (head, claimed))
    signature = hmac.digest(issuer.public_key.public_bytes(*form), body, "sha256")
    return (body + b"." + base64url_encode(signature)).decode()


@pytest.mark.parametrize("forged", [unsigned, signed_with_the_public_key])
def test_a_token_does_not_choose_how_it_is_checked(
    take: Assume, issuer: Issuer, forged: Callable[[dict[str, Any], Issuer], str]
) -> None:
    """The same claims get in with the issuer's signature alone."""
    claimed = claims(PRODUCTION, now=time.time())
    code, message = refused(take, forged(claimed, issuer))
    assert (code, message) == (
        "InvalidIdentityToken",
        "The token could not be verified: The specified alg value is not allowed",
    )
    assert take(jwt.encode(claimed, issuer.key, algorithm="RS256"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"exp": None}, 'missing the "exp" claim'),
        ({"sub": None}, 'missing the "sub" claim'),
        ({"iss": None}, "No OpenIDConnect provider found in your account for"),
        (
            {"iss": "https://issuer.example"},
            "No OpenIDConnect provider found in your account for https://issuer.example",
        ),
        ({"nbf": 60}, "not yet valid"),
        ({"iat": 60}, "not yet valid"),
    ],
)
def test_a_token_with_wrong_claims_is_refused(take: Assume, issuer: Issuer, wrong: dict[str, Any], said: str) -> None:
    """None is a claim that is left out, a number so many seconds from now; with all claims right it gets in."""
    now = int(time.time())
    right = claims(PRODUCTION, now=now)
    changed = {name: now + value if isinstance(value, int) else value for name, value in wrong.items()}
    claimed = {name: value for name, value in (right | changed).items() if value is not None}
    code, message = refused(take, jwt.encode(claimed, issuer.key, algorithm="RS256"))
    assert code == "InvalidIdentityToken" and said in message
    assert take(jwt.encode(right, issuer.key, algorithm="RS256"))


def test_an_old_token_is_refused(take: Assume, issuer: Issuer) -> None:
    """It lives for five minutes."""
    assert refused(take, issuer.token(PRODUCTION, now=time.time() - 301))[0] == "ExpiredTokenException"


def test_a_token_for_somebody_else_is_refused(take: Assume, issuer: Issuer) -> None:
    """The audience must be one of the provider's."""
    token = issuer.token(PRODUCTION, "https://github.com/acme")
    assert refused(take, token) == ("InvalidIdentityToken", "Incorrect token audience")


def test_an_account_without_the_provider_trusts_nobody(take: Assume, issuer: Issuer) -> None:
    """In AWS's words."""
    said = refused(take, issuer.token(PRODUCTION), RoleArn=f"arn:aws:iam::{OTHER}:role/any")
    assert said == ("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {ISSUER}")


def test_boto3_takes_the_role_by_itself(
    sandbox: Sandbox, role: str, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the variables that a workflow's job has, with no key."""
    (tmp_path / "token").write_text(issuer.token(PRODUCTION))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.url)
    monkeypatch.setenv("AWS_ROLE_ARN", role)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "runner")
    session = boto3.Session(region_name=REGION)
    me = session.client("sts", config=Config(retries={"total_max_attempts": 1})).get_caller_identity()
    assert me["Arn"].endswith("assumed-role/sts-release/runner")


@pytest.fixture(scope="module")
def roles(sandbox: Sandbox) -> dict[str, str]:
    """Two roles of the other account: `open` to its account, for two hours, and `shut` to everybody."""
    iam = sandbox.client("iam", key=f"sandbox-{OTHER}")
    made = {}
    for name, principal in (("open", {"AWS": HOME}), ("shut", {"Service": "nobody.amazonaws.com"})):
        role = iam.create_role(
            RoleName=f"sts-{name}", AssumeRolePolicyDocument=trust(principal), MaxSessionDuration=7200
        )
        made[name] = role["Role"]["Arn"]
    return made


def test_an_account_that_is_trusted_takes_the_role(sandbox: Sandbox, roles: dict[str, str]) -> None:
    """Also from outside."""
    session = sandbox.client("sts").assume_role(RoleArn=roles["open"], RoleSessionName="me")
    assert sandbox.client("sts", session=session).get_caller_identity()["Account"] == OTHER


def test_an_account_that_is_not_trusted_does_not(sandbox: Sandbox, roles: dict[str, str]) -> None:
    """Not even the role's own."""
    code, message = refused(
        sandbox.client("sts", key=f"sandbox-{OTHER}").assume_role, RoleArn=roles["shut"], RoleSessionName="me"
    )
    assert (
        code == "AccessDenied" and f"not authorized to perform: sts:AssumeRole on resource: {roles['shut']}" in message
    )


def test_a_session_needs_permission_to_take_another_role(sandbox: Sandbox, roles: dict[str, str]) -> None:
    """The trust of its account alone is not enough."""
    sts = sandbox.client("sts")
    session = sts.assume_role(RoleArn=roles["open"], RoleSessionName="me")
    taken = sandbox.client("sts", session=session).assume_role
    assert "because no" in refused(taken, RoleArn=roles["open"], RoleSessionName="again")[1]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (899, "durationSeconds"),
        (7201, "exceeds the MaxSessionDuration set for this role"),
    ],
)
def test_a_session_has_bounds(sandbox: Sandbox, roles: dict[str, str], seconds: int, said: str) -> None:
    """The role's, and STS's own."""
    asked = {"RoleArn": roles["open"], "RoleSessionName": "me", "DurationSeconds": seconds}
    code, message = refused(sandbox.client("sts").assume_role, **asked)
    assert code == "ValidationError" and said in message


def test_a_session_may_last_as_long_as_its_role_says(sandbox: Sandbox, roles: dict[str, str]) -> None:
    """In seconds of the wall clock."""
    asked = {"RoleArn": roles["open"], "RoleSessionName": "me", "DurationSeconds": 7200}
    ends = sandbox.client("sts").assume_role(**asked)["Credentials"]["Expiration"]
    assert 7190 < ends.timestamp() - time.time() <= 7200


def test_a_chained_session_lasts_an_hour_at_most(sandbox: Sandbox) -> None:
    """Whatever the role says."""
    iam = sandbox.client("iam")
    arn = f"arn:aws:iam::{HOME}:role/sts-chain"
    iam.create_role(RoleName="sts-chain", AssumeRolePolicyDocument=trust({"AWS": [HOME]}), MaxSessionDuration=7200)
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_role_policy(RoleName="sts-chain", PolicyName="chain", PolicyDocument=document)
    first = sandbox.client("sts").assume_role(RoleArn=arn, RoleSessionName="one")
    again = sandbox.client("sts", session=first)
    assert "1 hour" in refused(again.assume_role, RoleArn=arn, RoleSessionName="two", DurationSeconds=3601)[1]
    assert again.assume_role(RoleArn=arn, RoleSessionName="two")["AssumedRoleUser"]["Arn"].endswith("/two")


def test_an_arn_that_is_no_roles_is_refused(sandbox: Sandbox) -> None:
    """With what to write instead."""
    asked = {"RoleArn": "arn:aws:iam::short:role/toy", "RoleSessionName": "me"}
    code, message = refused(sandbox.client("sts").assume_role, **asked)
    assert code == "ValidationError" and "write arn:aws:iam::ACCOUNT:role/NAME" in message


def test_a_sessions_own_policy_is_refused(sandbox: Sandbox, roles: dict[str, str]) -> None:
    """It would be ignored."""
    asked = {"RoleArn": roles["open"], "RoleSessionName": "me", "Policy": "{}"}
    assert refused(sandbox.client("sts").assume_role, **asked)[0] == "NotInSandbox"


def test_an_invented_session_is_refused(sandbox: Sandbox) -> None:
    """With each protocol's code for it."""
    invented = {"Credentials": {"AccessKeyId": "ASIAINVENTED", "SecretAccessKey": "a", "SessionToken": "b"}}
    codes = {
        "sts": ("get_caller_identity", "InvalidClientTokenId"),
        "ssm": ("describe_parameters", "UnrecognizedClientException"),
        "s3": ("list_buckets", "InvalidAccessKeyId"),
    }
    for service, (operation, code) in codes.items():
        assert refused(getattr(sandbox.client(service, session=invented), operation))[0] == code
