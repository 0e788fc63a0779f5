"""sandbox.credential: whose key signed a request."""

from email.message import Message

import pytest

from sandbox.credential import Credential, credential
from sandbox.transport import Request

SCOPE = "ASIAKEY/20260101/eu-west-1/s3/aws4_request"


def request(target: str = "/", **headers: str) -> Request:
    """A request with those headers, dashes for underscores."""
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Request("GET", target, message, b"")


@pytest.mark.parametrize(
    "given",
    [
        request(
            Authorization=f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0",
            X_Amz_Security_Token="token",
        ),
        request(f"/?X-Amz-Credential={SCOPE.replace('/', '%2F')}&X-Amz-Security-Token=token"),
    ],
)
def test_a_signature_says_key_region_and_service(given: Request) -> None:
    """In the header, or in a presigned URL."""
    assert credential(given) == Credential("ASIAKEY", "eu-west-1", "s3", "token")


def test_an_unsigned_request_has_none() -> None:
    """Such as AssumeRoleWithWebIdentity."""
    assert credential(request()) is None
