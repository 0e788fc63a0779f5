"""Pinned data in the bucket: files and manifests whose keys are the SHA-256 of what they hold."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from botocore.exceptions import NoCredentialsError

from pipeline import aws, digest, jobs, manifest, settings
from pipeline.errors import InfrastructureError, UserError
from pipeline.progress import reading

CHUNK = 1 << 20


def key(sha256: str) -> str:
    """Where a pinned file is."""
    return f"data/objects/{sha256}.parquet"


def has(sha256: str) -> bool:
    """Whether a pinned file is there."""
    return jobs.exists(settings.storage().bucket, key(sha256))


def upload(entry: dict[str, Any], path: Path) -> None:
    """Copy the file that a manifest's `entry` pins from `path`, without reading it into memory.

    S3 computes the SHA-256 of what arrives and refuses bytes that are not those of the key, such as those of
    a file that changes while it is read:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    """
    with reading(path, f"data: {entry['path']} to the bucket") as body:
        _put(key(entry["sha256"]), body, entry["sha256"])


def take(sha256: str, source: str) -> None:
    """Copy the object at `source` to where a pinned file is, within S3. Raises InfrastructureError.

    S3 computes the SHA-256 of the whole copy, which takes at most 5 GB:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    s3, place = aws.client("s3"), {"Bucket": settings.storage().bucket, "Key": key(sha256)}
    there = aws.find(s3.head_object, **place, ChecksumMode="ENABLED") or {}
    if there.get("ChecksumSHA256") == _checksum(sha256):
        return
    copied = s3.copy_object(
        **place, CopySource={"Bucket": place["Bucket"], "Key": source}, ChecksumAlgorithm="SHA256"
    )
    if copied["CopyObjectResult"].get("ChecksumSHA256") != _checksum(sha256):
        raise InfrastructureError(
            f"{source} in the bucket is not what its name says: delete what the job has left beside it, and "
            "ingest again"
        )


def write(pinned: manifest.Manifest) -> None:
    """Put a manifest there, as it is and as SageMaker reads it."""
    _put(f"{pinned.prefix}/manifest.json", pinned.content, pinned.sha256)
    listed = json.dumps(pinned.for_sagemaker(settings.storage().bucket)).encode()
    _put(f"{pinned.prefix}/sagemaker.json", listed, hashlib.sha256(listed).hexdigest())


def read(sha256: str) -> manifest.Manifest:
    """The manifest of that name. Raises UserError when it is not there, or other bytes are."""
    place = f"data/manifests/{sha256}/manifest.json"
    content = _get(place, f"manifest {sha256}").read()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(f"{place} in the bucket is not what its name says: run `pipeline data push` again")
    return manifest.parse(content, place)


def download(entry: dict[str, Any], target: Path) -> None:
    """Write the file that `entry` pins to `target`. Raises UserError when other bytes are there, or none."""
    body = _get(key(entry["sha256"]), entry["path"])
    with target.open("wb") as file:
        for chunk in body.iter_chunks(CHUNK):
            file.write(chunk)
    if digest.of_file(target) != entry["sha256"]:
        raise UserError(
            f"{entry['path']} in the bucket is not what its name says: delete {key(entry['sha256'])} there, "
            "and run `pipeline data push` again"
        )


def _put(place: str, body: Any, sha256: str) -> None:
    bucket = settings.storage().bucket
    aws.client("s3").put_object(Bucket=bucket, Key=place, Body=body, ChecksumSHA256=_checksum(sha256))


def _checksum(sha256: str) -> str:
    """A digest as S3 writes it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def _get(place: str, what: str) -> Any:
    """The body of an object."""
    try:
        found = aws.find(aws.client("s3").get_object, Bucket=settings.storage().bucket, Key=place)
    except NoCredentialsError as error:
        raise UserError(
            f"{what} is neither in the working tree nor in git: sign in to AWS to read it there"
        ) from error
    if found is None:
        raise UserError(
            f"the bucket has no {what}: push it from a tree that has it, with `pipeline data push`"
        )
    return found["Body"]
