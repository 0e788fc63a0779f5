"""Pinned data in the bucket is what its key says, on the way in and on the way out."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import bucket, manifest
from pipeline.errors import UserError

from .conftest import BUCKET, pinned

Cloud = Callable[[str], Any]
CONTENT = b"rows"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ENTRY = pinned(sha256=SHA256).files[0]


@pytest.fixture
def puts(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests to PutObject."""
    s3, seen = cloud("s3"), []
    real = s3.put_object

    def put(**request: Any) -> Any:
        seen.append(request)
        return real(**request)

    monkeypatch.setattr(s3, "put_object", put)
    return seen


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the content."""
    path = tmp_path / "1.parquet"
    path.write_bytes(CONTENT)
    return path


def test_what_goes_up_comes_down(cloud: Cloud, file: Path, tmp_path: Path) -> None:
    """Byte for byte, by its name."""
    bucket.upload(ENTRY, file)
    bucket.download(ENTRY, tmp_path / "copy")
    assert (bucket.has(SHA256), (tmp_path / "copy").read_bytes()) == (True, CONTENT)


def test_s3_is_told_which_bytes_to_accept(puts: list[dict[str, Any]], file: Path) -> None:
    """The digest of the name goes with a file that is streamed; S3 refuses what has another one."""
    bucket.upload(ENTRY, file)
    assert base64.b64decode(puts[0]["ChecksumSHA256"]).hex() == SHA256
    assert not isinstance(puts[0]["Body"], bytes)


def test_a_manifest_goes_up_with_its_digest(puts: list[dict[str, Any]]) -> None:
    """As it is, and as SageMaker reads it."""
    bucket.write(pinned())
    for put in puts:
        assert base64.b64decode(put["ChecksumSHA256"]) == hashlib.sha256(put["Body"]).digest()
    assert [put["Key"].rsplit("/", 1)[1] for put in puts] == ["manifest.json", "sagemaker.json"]


@pytest.mark.usefixtures("cloud")
def test_a_manifest_is_read_by_its_name() -> None:
    """The same bytes, so the same name."""
    bucket.write(pinned())
    assert bucket.read(pinned().sha256) == pinned()


def test_a_manifest_that_is_not_its_name_is_refused(cloud: Cloud) -> None:
    """Somebody has put other bytes at its key."""
    place = f"{pinned().prefix}/manifest.json"
    cloud("s3").put_object(Bucket=BUCKET, Key=place, Body=pinned(rows=2).content)
    with pytest.raises(UserError, match="is not what its name says: run `pipeline data push` again"):
        bucket.read(pinned().sha256)


def test_a_file_that_is_not_its_name_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    """Somebody has put another file there."""
    cloud("s3").put_object(Bucket=BUCKET, Key=bucket.key(SHA256), Body=b"other")
    with pytest.raises(UserError, match=r"data/1.parquet in the bucket is not what its name says: delete"):
        bucket.download(ENTRY, tmp_path / "copy")


@pytest.mark.usefixtures("cloud")
def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """The file, as its manifest calls it, and the manifest."""
    with pytest.raises(UserError, match=r"the bucket has no data/1.parquet: push it"):
        bucket.download(ENTRY, tmp_path / "copy")
    with pytest.raises(UserError, match=f"the bucket has no manifest {'0' * 64}"):
        bucket.read("0" * 64)


def test_an_edited_manifest_is_refused_although_its_name_is_right(cloud: Cloud) -> None:
    """Its name is the digest of whatever bytes it has."""
    edited = manifest.Manifest(b"{}")
    cloud("s3").put_object(Bucket=BUCKET, Key=f"{edited.prefix}/manifest.json", Body=edited.content)
    with pytest.raises(UserError, match="the manifest lacks the key files"):
        bucket.read(edited.sha256)
