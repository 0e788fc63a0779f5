"""sandbox.images: the layer operations, refused uploads."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def ecr(client: Callable[..., Any]) -> Any:
    """ECR, with a repository `layers`."""
    made = client("ecr")
    made.create_repository(repositoryName="layers")
    return made


def upload(ecr: Any, blob: bytes, digest: str) -> str:
    """Upload `blob` in one part and say that it is `digest`."""
    begun = ecr.initiate_layer_upload(repositoryName="layers")["uploadId"]
    ecr.upload_layer_part(
        repositoryName="layers",
        uploadId=begun,
        partFirstByte=0,
        partLastByte=len(blob) - 1,
        layerPartBlob=blob,
    )
    return ecr.complete_layer_upload(repositoryName="layers", uploadId=begun, layerDigests=[digest])["layerDigest"]


def sha(blob: bytes) -> str:
    """The digest of `blob`."""
    return "sha256:" + hashlib.sha256(blob).hexdigest()


def test_an_uploaded_layer_is_available(ecr: Any) -> None:
    """Others are missing."""
    upload(ecr, b"one", sha(b"one"))
    asked = ecr.batch_check_layer_availability(repositoryName="layers", layerDigests=[sha(b"one"), sha(b"none")])
    assert [layer["layerDigest"] for layer in asked["layers"]] == [sha(b"one")]
    assert [failure["failureCode"] for failure in asked["failures"]] == ["MissingLayerDigest"]


def test_a_wrong_digest_is_refused(ecr: Any) -> None:
    """The bytes decide."""
    with pytest.raises(ClientError, match="InvalidLayerException"):
        upload(ecr, b"two", sha(b"three"))


def test_a_gap_between_parts_is_refused(ecr: Any) -> None:
    """Parts are consecutive."""
    begun = ecr.initiate_layer_upload(repositoryName="layers")["uploadId"]
    with pytest.raises(ClientError, match="begins at byte 0, not 5"):
        ecr.upload_layer_part(
            repositoryName="layers", uploadId=begun, partFirstByte=5, partLastByte=5, layerPartBlob=b"x"
        )


def test_a_repository_must_exist(ecr: Any) -> None:
    """As for every operation of ECR."""
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.initiate_layer_upload(repositoryName="nowhere")
