"""Hands a request to moto, inside this process, and makes its gaps answer like the rest of the sandbox.

moto answers an operation that it lacks with an HTML page and status 500 or 501, which boto3 takes for bad
luck and retries; here it becomes the same refusal as any other operation that the sandbox does not have.
"""

import io
import os
import sys
import threading
from collections import defaultdict
from typing import Any

# The 1,400 managed policies would cost seconds at the first call of IAM.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")

from moto.iam.access_control import PermissionResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import FakeBucket
from werkzeug.test import run_wsgi_app

from sandbox.transport import Request, Response


def _undecided(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """moto would apply a bucket policy's statements without their conditions; sandbox.access has judged before."""
    return PermissionResult.NEUTRAL


FakeBucket.get_permission = _undecided  # type: ignore[assignment,method-assign]
_APP = DomainDispatcherApplication(create_backend_app)
# moto's records are plain dictionaries: one request at a time for each service.
_LOCKS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class Missing(Exception):
    """moto does not have the operation."""


def to_moto(service: str, request: Request, port: int, account: str) -> Response:
    """moto's answer for `account`. Raises Missing when it has none."""
    with _LOCKS[service]:
        try:
            body, status, headers = run_wsgi_app(
                _APP, _environ(request, port) | {"HTTP_X_MOTO_ACCOUNT_ID": account}, buffered=True
            )
        except NotImplementedError as error:
            raise Missing(str(error)) from error
    response = Response(int(status.split()[0]), list(headers), b"".join(body))
    html = str(headers.get("Content-Type", "")).startswith("text/html")
    if response.status in (404, 405, 500, 501) and html and service != "s3":
        raise Missing(f"moto answered {status}")
    return response


def _environ(request: Request, port: int) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is whole
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ
