"""Where an S3 URI leads, and what there is below a prefix, the last by name first."""

from collections.abc import Iterator
from typing import Any

from pipeline import aws


def place(uri: str) -> tuple[str, str]:
    """Bucket and key, or prefix, of an S3 URI. Pure."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return bucket, key


def newest(bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """The objects below `prefix`, the last by name first: where time is in the key, the newest.

    Folder by folder, as S3 lists the oldest first, and a reader that has enough asks for no more.
    """
    pages = aws.client("s3").get_paginator("list_objects_v2")
    folders, objects = [], []
    for page in pages.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        folders += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
        objects += page.get("Contents", [])
    for folder in sorted(folders, reverse=True):
        yield from newest(bucket, folder)
    yield from sorted(objects, key=lambda one: str(one["Key"]), reverse=True)
