"""sandbox.operations."""

import pytest

from sandbox.operations import PASSED, s3_operation
from sandbox.validation import service_model


@pytest.mark.parametrize("service", [name for name in PASSED if PASSED[name]])
def test_every_allowed_operation_exists(service: str) -> None:
    """A typo in the list would refuse what is meant to pass."""
    assert not PASSED[service] - set(service_model(service).operation_names)


@pytest.mark.parametrize(
    ("method", "path", "query", "operation"),
    [
        ("GET", "/", "", "ListBuckets"),
        ("PUT", "/b", "", "CreateBucket"),
        ("HEAD", "/b", "", "HeadBucket"),
        ("GET", "/b", "list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/b", "policy", "GetBucketPolicy"),
        ("PUT", "/b", "publicAccessBlock", "PutPublicAccessBlock"),
        ("POST", "/b", "delete", "DeleteObjects"),
        ("GET", "/b/k/l", "x-id=GetObject", "GetObject"),
        ("PUT", "/b/k", "", "PutObject"),
        ("PUT", "/b/k", "partNumber=1&uploadId=a", "UploadPart"),
        ("POST", "/b/k", "uploads", "CreateMultipartUpload"),
        ("DELETE", "/b/k", "versionId=a", "DeleteObject"),
        ("POST", "/b/k", "select&select-type=2", "SelectObjectContent"),
        ("PATCH", "/b/k", "", "Unknown"),
    ],
)
def test_the_query_names_the_operation_of_s3(method: str, path: str, query: str, operation: str) -> None:
    """The operation with the most parameters that are all there."""
    assert s3_operation(method, path, query) == operation
