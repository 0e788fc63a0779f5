"""The front door: finds out who asks for which operation, whether they may, and who answers it.

Our own modules answer first, then moto what the allow-list passes on; the rest is refused with code
`NotInSandbox`. Signatures are not verified.
"""

import base64
import json
import re
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sandbox import checksums, hosting, outbox, passing, processes, tags, validation
from sandbox.access import members, sts, syntax
from sandbox.access.actions import Asked
from sandbox.access.principals import Principal
from sandbox.accounts import MODULES, Accounts, owner
from sandbox.credential import Credential, credential
from sandbox.operations import PASSED, QUERY_VERSIONS, json_targets, s3_operation, s3control_operation
from sandbox.transport import Gone, Listener, Request, Response
from sandbox.world import ApiError, World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]

_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")
_INVOKE = "sagemaker-runtime.InvokeEndpoint"
_JSON = (("Content-Type", "application/json"),)
_GLOBAL = {"iam", "sts", "budgets", "s3", "s3control"}  # signed for one region, valid in all
_UNJUDGED = "sts.AssumeRoleWithWebIdentity"  # whoever holds a token may show it: the role's trust policy decides
# What the errors of permissions are called where it is not as in the query protocol.
_CODES = {
    "json": {
        "AccessDenied": "AccessDeniedException",
        "ExpiredToken": "ExpiredTokenException",
        "InvalidClientTokenId": "UnrecognizedClientException",
    },
    "xml": {"InvalidClientTokenId": "InvalidAccessKeyId"},
}


class Server:
    """Answers the requests of all accounts: a request is its credential's account's."""

    def __init__(self, accounts: Accounts, port: int) -> None:
        self.accounts = accounts
        self.listener = Listener(port, self.answer, shift=accounts.faults.shift)
        self.insecure = Listener(0, self.answer, secure=False, shift=accounts.faults.shift)
        self.port = int(self.listener.server_address[1])
        accounts.url = f"http://127.0.0.1:{self.port}"
        self.insecure_url = f"http://127.0.0.1:{self.insecure.server_address[1]}"
        self.operations: dict[str, Operation] = {}
        self.before: dict[str, Callable[[World, dict[str, Any]], None]] = {}  # what is looked at before moto gets it
        self.after: dict[
            str, Callable[[World, dict[str, Any]], None]
        ] = {}  # what moto has carried out has effects here
        for module in MODULES:
            self.operations |= getattr(module, "OPERATIONS", {})
            self.before |= getattr(module, "BEFORE", {})
            self.after |= getattr(module, "AFTER", {})
        passed = (f"{service}.{name}" for service, names in PASSED.items() for name in names)
        accounts.faults.operations = {*self.operations, *passed, _INVOKE}

    def serve(self) -> None:
        """Begin to answer."""
        for listener in (self.listener, self.insecure):
            threading.Thread(target=partial(listener.serve_forever, 0.1), daemon=True).start()

    def stop(self) -> None:
        """Stop the accounts, then the answers."""
        self.accounts.stop()
        for listener in (self.listener, self.insecure):
            listener.shutdown()
            listener.server_close()

    def answer(self, request: Request) -> Response:
        """The answer to any request; what goes wrong in here is an InternalFailure that says what it was."""
        signed = credential(request)
        protocol = _protocol(request, signed)
        try:
            if request.path.startswith("/sandbox/"):
                return self._own_page(request)
            principal = self.accounts.principals.who(signed)
            self.accounts.world(principal.account)  # an account begins with its first request
            invocation = _INVOCATION.fullmatch(request.target) if request.method == "POST" else None
            if invocation:
                carry_out = partial(self._invoke, principal, invocation[1], request)
                return self._disturbed(_INVOKE, principal, request, carry_out)
            service, operation = identify(request, protocol, signed)
            self._check_region(service, signed)
            carry_out = partial(self._operate, service, operation, protocol, request, principal)
            return self._disturbed(f"{service}.{operation}", principal, request, carry_out)
        except ApiError as error:
            return _error(protocol, error)
        except Gone:
            raise
        except Exception as error:
            traceback.print_exc()
            fault = ApiError("InternalFailure", f"the sandbox failed: {type(error).__name__}: {error}", 400)
            return _error(protocol, fault)

    def _disturbed(
        self, operation: str, principal: Principal, request: Request, carry_out: Callable[[], Response]
    ) -> Response:
        """What `carry_out` answers, with the faults that were put in its way."""
        if principal.internal:
            return carry_out()
        return self.accounts.faults.call(operation, principal.caller, request, carry_out)

    def _own_page(self, request: Request) -> Response:
        if request.path == "/sandbox/processes":
            return Response(200, _JSON, processes.listing(self.accounts.all()))
        if re.fullmatch(r"/sandbox/faults(/[^/]+)?", request.path):
            return self.accounts.faults.page(request)
        if request.path == "/sandbox/outbox":
            return Response(200, _JSON, outbox.page(self.accounts.all()))
        if request.path == "/sandbox/accounts":
            return Response(200, _JSON, json.dumps([world.account for world in self.accounts.all()]).encode())
        if request.path.startswith("/sandbox/layers/"):
            account, _, digest = request.path.removeprefix("/sandbox/layers/").partition("/")
            return Response(200, [], self.accounts.world(account).images.layer(digest))
        raise ApiError("NotInSandbox", f"{request.path} is not in the sandbox", 404)

    def _invoke(self, principal: Principal, endpoint: str, request: Request) -> Response:
        named = {"EndpointName": endpoint}
        self._admit("sagemaker-runtime", "InvokeEndpoint", named, principal, principal.account, secure=request.secure)
        world, headers = self.accounts.world(principal.account), cast(Mapping[str, str], request.headers)
        status, answered, body = hosting.invoke(world, endpoint, headers, request.body)
        return Response(status, list(answered.items()), body)

    def _operate(self, service: str, operation: str, protocol: str, request: Request, principal: Principal) -> Response:
        own = self.operations.get(f"{service}.{operation}")
        if own is None and operation not in PASSED.get(service, ()):
            raise _absent(service, operation)
        parsed, account = _members(service, operation, protocol, request), principal.account
        if protocol == "json":
            account = owner(service, parsed, account)
        if f"{service}.{operation}" != _UNJUDGED:
            self._admit(service, operation, parsed, principal, account, secure=request.secure)
        syntax.check(service, operation, parsed)
        if service == "s3":
            checksums.check(request)
        if service == "sts":
            body = sts.answer(self.accounts, operation, parsed, principal.caller)
            return Response(200, [("Content-Type", "text/xml")], body)
        if own and protocol != "json":  # ours are parsed from JSON only, which boto3 and the AWS CLI speak
            raise ApiError("NotInSandbox", f"{service}:{operation} in the {protocol} protocol is not in the sandbox")
        if own:
            world = self.accounts.world(account)
            ahead = 0.0 if principal.internal else self.accounts.faults.shift()
            result = moved(own(world, moved(parsed, -ahead)), ahead)
            if service == "sagemaker":
                tags.note(world, operation, parsed, result)
            return _json(service, result)
        if check := self.before.get(f"{service}.{operation}"):
            check(self.accounts.world(account), parsed)
        try:
            answer = passing.to_moto(service, request, self.port, account)
        except passing.Missing as error:
            raise _absent(service, operation) from error
        effect = self.after.get(f"{service}.{operation}")
        if effect and answer.status < 300:
            effect(self.accounts.world(account), parsed)
        return answer

    def _admit(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        principal: Principal,
        account: str,
        *,
        secure: bool,
    ) -> None:
        if principal.internal:
            return
        asked = Asked(
            service=service, operation=operation, parameters=parameters, account=account,
            region=self.accounts.region, secure=secure,
        )  # fmt: skip
        self.accounts.guard.admit(principal.caller, asked, principal.behalf)

    def _check_region(self, service: str, signed: Credential | None) -> None:
        here = self.accounts.region
        if signed and service not in _GLOBAL and signed.region != here:
            raise ApiError(
                "NotInSandbox",
                f"region {signed.region} is not in the sandbox, it is {here}: set AWS_REGION and "
                f"AWS_DEFAULT_REGION to it, or start with --region {signed.region}",
            )


def _protocol(request: Request, signed: Credential | None) -> str:
    """The family of the protocol, which the answer's form follows: json, query or xml (S3)."""
    if request.headers.get("X-Amz-Target") or request.target.startswith(("/endpoints/", "/sandbox/")):
        return "json"
    if "x-www-form-urlencoded" in request.headers.get("Content-Type", ""):
        return "query"
    return "xml" if signed is None or signed.service == "s3" else "json"


def identify(request: Request, protocol: str, signed: Credential | None) -> tuple[str, str]:
    """Service and operation. Raises ApiError NotInSandbox when the service is none of ours."""
    named = signed.service if signed else "unsigned"
    if protocol == "xml" and request.headers.get("x-amz-account-id"):
        return "s3control", s3control_operation(request.method, request.path)
    if protocol == "xml":
        return "s3", s3_operation(request.method, request.path, request.query)
    if protocol == "query":
        form = parse_qs(request.body.decode())
        version, action = form.get("Version", [""])[0], form.get("Action", ["Unknown"])[0]
        if version not in QUERY_VERSIONS:
            raise _absent(named, action)
        return QUERY_VERSIONS[version], action
    prefix, _, operation = request.headers.get("X-Amz-Target", "").rpartition(".")
    if prefix not in json_targets():
        raise _absent(named, operation or f"{request.method} {request.path}")
    return json_targets()[prefix], operation


def _members(service: str, operation: str, protocol: str, request: Request) -> dict[str, Any]:
    if service == "sts":
        return sts.parse(operation, members.of_form(request))
    if protocol == "query":
        return dict(members.of_form(request))
    if service == "s3control":
        return members.of_s3control(request)
    if protocol == "xml":
        return members.of_s3(operation, request)
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"the body is not JSON: {error}") from error
    return validation.parse(service, operation, body)


def _absent(service: str, operation: str) -> ApiError:
    return ApiError("NotInSandbox", f"{service}:{operation} is not in the sandbox")


def moved(value: Any, seconds: float) -> Any:
    """`value`, of a request or an answer, with every time in it so much later."""
    if not seconds:
        return value
    if isinstance(value, dict):
        return {name: moved(each, seconds) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [moved(each, seconds) for each in value]
    return value + timedelta(seconds=seconds) if isinstance(value, datetime) else value


def _json(service: str, result: dict[str, Any]) -> Response:
    version = validation.service_model(service).metadata.get("jsonVersion", "1.1")
    body = json.dumps(result, default=_plain).encode()
    return Response(200, [("Content-Type", f"application/x-amz-json-{version}")], body)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no place in a JSON answer")


def _error(protocol: str, error: ApiError) -> Response:
    code = _CODES.get(protocol, {}).get(error.code, error.code)
    if protocol == "json":
        body = json.dumps({"__type": code, "message": error.message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
        return Response(error.status, headers, body)
    inner = f"<Code>{escape(code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "query":
        inner = f"<Error><Type>Sender</Type>{inner}</Error><RequestId>sandbox</RequestId>"
        return Response(
            error.status, [("Content-Type", "text/xml")], f"<ErrorResponse>{inner}</ErrorResponse>".encode()
        )
    return Response(error.status, [("Content-Type", "application/xml")], f"<Error>{inner}</Error>".encode())
