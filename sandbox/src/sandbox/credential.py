"""What a request's signature says about it: whose key, for which region and service. It is not verified.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html: the credential
scope stands in the Authorization header, or in X-Amz-Credential of a presigned URL.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from sandbox.transport import Request

_SCOPE = re.compile(r"(?P<key>[^/\s=]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True)
class Credential:
    """Whose key signed, for which region and service, and the session token that came with it."""

    key: str
    region: str
    service: str
    token: str = ""


def credential(request: Request) -> Credential | None:
    """The credential of a request; None when it is not signed."""
    header = request.headers.get("Authorization", "")
    if scope := _SCOPE.search(header):
        return Credential(**scope.groupdict(), token=request.headers.get("X-Amz-Security-Token", ""))
    query = parse_qs(request.query)
    if scope := _SCOPE.search(query.get("X-Amz-Credential", [""])[0]):
        return Credential(**scope.groupdict(), token=query.get("X-Amz-Security-Token", [""])[0])
    return None
