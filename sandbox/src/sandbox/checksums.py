"""What S3 computes of the bytes that arrive and compares with what the request says; moto takes its word."""

import base64
import hashlib

from sandbox.transport import Request
from sandbox.world import ApiError

HEADER = "x-amz-checksum-sha256"


def check(request: Request) -> None:
    """Raise ApiError when the body is not what the request says it is.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html; the code is of
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
    """
    said = request.headers.get(HEADER)
    if said and said != base64.b64encode(hashlib.sha256(request.body).digest()).decode():
        raise ApiError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")
