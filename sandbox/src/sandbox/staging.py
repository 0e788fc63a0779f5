"""What a job reads from S3 and writes to it.

S3Prefix takes all objects whose key begins with the URI
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html); ManifestFile takes the
objects that a JSON list names: `[{"prefix": "s3://bucket/some/prefix/"}, "relative/path/1", ...]`. Files keep
their path relative to the prefix.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from sandbox.world import Clients


class DownloadFailed(Exception):
    """An input is not there, or is not what it should be."""


class UploadFailed(Exception):
    """An output could not be written."""


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI."""
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def fetch(caller: Clients, uri: str, data_type: str, folder: Path) -> None:
    """Download what `uri` means as `data_type` (S3Prefix or ManifestFile). Raises DownloadFailed."""
    s3 = caller.client("s3")
    try:
        objects = _listed(s3, uri) if data_type == "ManifestFile" else _prefixed(s3, uri)
        for bucket, key, relative in objects:
            target = folder / relative
            if not target.resolve().is_relative_to(folder.resolve()):
                raise DownloadFailed(f"Data download failed: {key} leads out of the channel")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        raise DownloadFailed(f"Data download failed: {error}") from error


def _prefixed(s3: Any, uri: str) -> Iterator[tuple[str, str, str]]:
    bucket, prefix = split(uri)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [found["Key"] for page in pages for found in page.get("Contents", ()) if not found["Key"].endswith("/")]
    if not keys:
        raise DownloadFailed(f"Data download failed: No S3 objects found under S3 URL {uri}")
    cut = len(prefix) if prefix.endswith("/") or not prefix else prefix.rfind("/") + 1
    if prefix and all(key.startswith(prefix + "/") for key in keys):
        cut = len(prefix) + 1
    for key in keys:
        yield bucket, key, key[cut:]


def _listed(s3: Any, uri: str) -> Iterator[tuple[str, str, str]]:
    bucket, key = split(uri)
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        head, *names = json.loads(body)
        prefix = head["prefix"]
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadFailed(f'Data download failed: {uri} is not a list that begins with {{"prefix": ...}}') from error
    bucket, start = split(prefix)
    for name in names:
        yield bucket, start + name, name


def store(caller: Clients, folder: Path, uri: str, kms_key: str | None) -> None:
    """Upload all files of `folder` under `uri`, keeping their relative paths. Raises UploadFailed."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        put(caller, file.read_bytes(), f"{uri.rstrip('/')}/{file.relative_to(folder).as_posix()}", kms_key)


def put(caller: Clients, body: bytes, uri: str, kms_key: str | None) -> None:
    """Upload one object, encrypted under `kms_key` when there is one. Raises UploadFailed."""
    bucket, key = split(uri)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    try:
        caller.client("s3").put_object(Bucket=bucket, Key=key, Body=body, **encryption)
    except ClientError as error:
        raise UploadFailed(f"Artifact upload failed: {error}") from error
