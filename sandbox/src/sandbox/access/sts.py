"""STS, in its query protocol: taking a role, and who one is.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and its neighbours. Not here, and refused:
session policies, tags of sessions, multi-factor authentication.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from sandbox import validation
from sandbox.access import moto_records as records
from sandbox.access import trust
from sandbox.access.decision import Caller
from sandbox.access.sessions import Session
from sandbox.world import ApiError

if TYPE_CHECKING:
    from sandbox.accounts import Accounts

Answer = dict[str, Any]
_XMLNS = "https://sts.amazonaws.com/doc/2011-06-15/"
_ROLE = re.compile(r"arn:aws:iam::\d{12}:role/[\w+=,.@/-]+")
_NOT_HERE = ("Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "SerialNumber", "TokenCode", "ProvidedContexts")


def answer(accounts: "Accounts", operation: str, request: Answer, caller: Caller) -> bytes:
    """The XML that answers a parsed request; that the caller may ask for it was judged before."""
    result = OPERATIONS[operation](accounts, request, caller)
    inner = f"<{operation}Result>{_xml(result)}</{operation}Result>"
    metadata = "<ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata>"
    return f'<{operation}Response xmlns="{_XMLNS}">{inner}{metadata}</{operation}Response>'.encode()


def parse(operation: str, form: Mapping[str, str]) -> Answer:
    """The members of a form, checked. Raises ApiError ValidationError or NotInSandbox."""
    given: Answer = {name: value for name, value in form.items() if name not in ("Action", "Version")}
    for name in given:
        if name.partition(".")[0] in _NOT_HERE:
            raise ApiError("NotInSandbox", f"{name.partition('.')[0]} of {operation} is not in the sandbox")
    try:
        if "DurationSeconds" in given:
            given["DurationSeconds"] = int(given["DurationSeconds"])
        parsed = validation.parse("sts", operation, given)
    except (ApiError, ValueError) as error:
        raise ApiError("ValidationError", str(error)) from error
    if "RoleArn" in parsed and not _ROLE.fullmatch(parsed["RoleArn"]):
        raise ApiError("ValidationError", f"{parsed['RoleArn']} is invalid: write arn:aws:iam::ACCOUNT:role/NAME")
    return parsed


def _assume_role(accounts: "Accounts", request: Answer, caller: Caller) -> Answer:
    """Role chaining is to take a role in the session of another."""
    role = _role(request["RoleArn"])
    seconds = trust.duration(request.get("DurationSeconds"), role, chained=bool(caller.role))
    return _begun(accounts, role, request["RoleSessionName"], seconds)


def _assume_role_with_web_identity(accounts: "Accounts", request: Answer, caller: Caller) -> Answer:
    """Whoever signs the request does not matter: the token does."""
    session = request["RoleSessionName"]
    claims = trust.holder(accounts, request["WebIdentityToken"], request["RoleArn"], session)
    role = _role(request["RoleArn"])
    seconds = trust.duration(request.get("DurationSeconds"), role, chained=False)
    return _begun(accounts, role, session, seconds) | trust.subject(claims)


def _get_caller_identity(accounts: "Accounts", request: Answer, caller: Caller) -> Answer:
    """Nobody needs a permission for it."""
    session = accounts.sessions.of(caller)
    user = f"{session.role_id}:{session.name}" if session else caller.account
    return {"UserId": user, "Account": caller.account, "Arn": caller.arn}


def _role(arn: str) -> Any:
    role = records.role(arn)
    if role is None:
        raise ApiError("AccessDenied", f"Not authorized to perform {trust.TAKE}", 403)
    return role


def _begun(accounts: "Accounts", role: Any, name: str, seconds: int) -> Answer:
    session: Session = accounts.sessions.begin(role=role.arn, role_id=role.id, name=name, seconds=seconds)
    return {
        "Credentials": {
            "AccessKeyId": session.key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": f"{session.expiration:%Y-%m-%dT%H:%M:%SZ}",
        },
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{name}", "Arn": session.arn},
        "PackedPolicySize": 0,
    }


def _xml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(member)}</{name}>" for name, member in value.items())
    return escape(str(value))


OPERATIONS: dict[str, Callable[["Accounts", Answer, Caller], Answer]] = {
    "AssumeRole": _assume_role,
    "AssumeRoleWithWebIdentity": _assume_role_with_web_identity,
    "GetCallerIdentity": _get_caller_identity,
}
