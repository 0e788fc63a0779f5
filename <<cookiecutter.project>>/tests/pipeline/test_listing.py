"""What a bucket has, the last by name first."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from pipeline import listing

from .conftest import BUCKET


def test_the_last_by_name_comes_first(cloud: Callable[[str], Any]) -> None:
    """Through folders of any depth; nothing of another prefix."""
    for key in ("a/2026/01/x", "a/2026/02/x", "a/2026/02/y", "a/2025/12/z", "b/2027/x"):
        cloud("s3").put_object(Bucket=BUCKET, Key=key, Body=b"")
    found = [one["Key"] for one in listing.newest(BUCKET, "a/")]
    assert found == ["a/2026/02/y", "a/2026/02/x", "a/2026/01/x", "a/2025/12/z"]
    assert [one["Key"] for one in islice(listing.newest(BUCKET, "a/"), 1)] == found[:1]
    assert list(listing.newest(BUCKET, "nothing/")) == []
