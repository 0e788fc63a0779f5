"""The front door: finds out which service and operation a request means, and who answers it.

Our own modules answer first, then moto what the allow-list passes on; the rest is refused with code
`NotInSandbox`. Signatures are not verified.
"""

import base64
import json
import re
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sandbox import alarms, hosting, images, jobs, metrics, passing, processes, registry, tags, validation
from sandbox.operations import PASSED, QUERY_VERSIONS, json_targets, s3_operation
from sandbox.transport import Listener, Request, Response
from sandbox.world import ApiError, World

MODULES = (processes, tags, images, jobs, registry, metrics, alarms, hosting)  # attached in this order
Operation = Callable[[World, dict[str, Any]], dict[str, Any]]

_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")
_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
_GLOBAL = {"iam", "sts", "budgets", "s3"}  # signed for one region, valid in all


class Server:
    """Answers requests for one World; `start` binds the port, `stop` ends world and port."""

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self.listener = Listener(port, self.answer)
        self.port = int(self.listener.server_address[1])
        world.url = f"http://127.0.0.1:{self.port}"
        self.operations: dict[str, Operation] = {}
        for module in MODULES:
            self.operations |= getattr(module, "OPERATIONS", {})
        for module in MODULES:
            if hasattr(module, "attach"):
                module.attach(world)

    def answer(self, request: Request) -> Response:
        """The answer to any request; what goes wrong in here is an InternalFailure that says what it was."""
        protocol = _protocol(request)
        try:
            invocation = _INVOCATION.fullmatch(request.target) if request.method == "POST" else None
            if invocation:  # first, as traffic is what there is most of
                headers = cast(Mapping[str, str], request.headers)
                status, answered, body = hosting.invoke(self.world, invocation[1], headers, request.body)
                return Response(status, list(answered.items()), body)
            if request.path.startswith("/sandbox/"):
                return self._own_page(request)
            service, operation = identify(request, protocol)
            self._check_region(service, request)
            return self._operate(service, operation, protocol, request)
        except ApiError as error:
            return _error(protocol, error)
        except Exception as error:
            traceback.print_exc()
            fault = ApiError("InternalFailure", f"the sandbox failed: {type(error).__name__}: {error}", 400)
            return _error(protocol, fault)

    def _own_page(self, request: Request) -> Response:
        if request.path == "/sandbox/processes":
            return Response(200, [("Content-Type", "application/json")], processes.listing(self.world))
        if request.path.startswith("/sandbox/layers/"):
            return Response(200, [], self.world.images.layer(request.path.rpartition("/")[2]))
        raise ApiError("NotInSandbox", f"{request.path} is not in the sandbox", 404)

    def _operate(self, service: str, operation: str, protocol: str, request: Request) -> Response:
        own = self.operations.get(f"{service}.{operation}")
        if own is None and operation not in PASSED.get(service, ()):
            raise _absent(service, operation)
        if protocol == "json":
            try:
                body = json.loads(request.body or b"{}")
            except ValueError as error:
                raise ApiError("SerializationException", f"the body is not JSON: {error}") from error
            parsed = validation.parse(service, operation, body)
            if own:
                result = own(self.world, parsed)
                if service == "sagemaker":
                    tags.note(self.world, body, result)
                return _json(service, result)
        elif own:  # ours are parsed from JSON only, which boto3 and the AWS CLI speak
            raise ApiError("NotInSandbox", f"{service}:{operation} in the {protocol} protocol is not in the sandbox")
        try:
            return passing.to_moto(service, request, self.port)
        except passing.Missing as error:
            raise _absent(service, operation) from error

    def _check_region(self, service: str, request: Request) -> None:
        scope = _SCOPE.search(request.headers.get("Authorization", ""))
        if scope and service not in _GLOBAL and scope[1] != self.world.region:
            raise ApiError(
                "NotInSandbox",
                f"region {scope[1]} is not in the sandbox, it is {self.world.region}: set AWS_REGION and "
                f"AWS_DEFAULT_REGION to it, or start with --region {scope[1]}",
            )


def _protocol(request: Request) -> str:
    """The family of the protocol, which the answer's form follows: json, query or xml (S3)."""
    if request.headers.get("X-Amz-Target") or request.target.startswith("/endpoints/"):
        return "json"
    if "x-www-form-urlencoded" in request.headers.get("Content-Type", ""):
        return "query"
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    return "xml" if scope is None or scope[2] == "s3" else "json"


def identify(request: Request, protocol: str) -> tuple[str, str]:
    """Service and operation. Raises ApiError NotInSandbox when the service is none of ours."""
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    signed = scope[2] if scope else "unsigned"
    if protocol == "xml":
        return "s3", s3_operation(request.method, request.path, request.query)
    if protocol == "query":
        form = parse_qs(request.body.decode())
        version, action = form.get("Version", [""])[0], form.get("Action", ["Unknown"])[0]
        if version not in QUERY_VERSIONS:
            raise _absent(signed, action)
        return QUERY_VERSIONS[version], action
    prefix, _, operation = request.headers.get("X-Amz-Target", "").rpartition(".")
    if prefix not in json_targets():
        raise _absent(signed, operation or f"{request.method} {request.path}")
    return json_targets()[prefix], operation


def _absent(service: str, operation: str) -> ApiError:
    return ApiError("NotInSandbox", f"{service}:{operation} is not in the sandbox")


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
    if protocol == "json":
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", error.code)]
        return Response(error.status, headers, body)
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "query":
        inner = f"<Error><Type>Sender</Type>{inner}</Error><RequestId>sandbox</RequestId>"
        return Response(
            error.status, [("Content-Type", "text/xml")], f"<ErrorResponse>{inner}</ErrorResponse>".encode()
        )
    return Response(error.status, [("Content-Type", "application/xml")], f"<Error>{inner}</Error>".encode())
