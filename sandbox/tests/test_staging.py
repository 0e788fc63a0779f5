"""sandbox.staging, on the shared sandbox."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import staging


class Account:
    """As much of a World as staging needs."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self.client = client


@pytest.fixture(scope="module")
def account(client: Callable[..., Any], bucket: str) -> Account:
    """Objects under staging/."""
    for key in ("in/a.txt", "in/deep/b.txt", "input.txt"):
        client("s3").put_object(Bucket=bucket, Key=f"staging/{key}", Body=key.encode())
    return Account(client)


def staged(folder: Path) -> list[str]:
    """The files of `folder`."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("prefix", "files"),
    [
        ("in/", ["a.txt", "deep/b.txt"]),
        ("in", ["in/a.txt", "in/deep/b.txt", "input.txt"]),
        ("in/deep/b.txt", ["b.txt"]),
    ],
)
def test_a_prefix_is_a_prefix_of_keys(account: Any, bucket: str, tmp_path: Path, prefix: str, files: list[str]) -> None:
    """Not a folder; a key of its own is one file."""
    staging.fetch(account, f"s3://{bucket}/staging/{prefix}", "S3Prefix", tmp_path)
    assert staged(tmp_path) == files


def test_a_manifest_cannot_lead_out_of_its_channel(account: Any, bucket: str, tmp_path: Path) -> None:
    """Nothing is written."""
    manifest = [{"prefix": f"s3://{bucket}/staging/in/"}, "../../input.txt"]
    account.client("s3").put_object(Bucket=bucket, Key="staging/in/../../input.txt", Body=b"x")
    account.client("s3").put_object(Bucket=bucket, Key="staging/m.json", Body=json.dumps(manifest).encode())
    with pytest.raises(staging.DownloadFailed, match="leads out of the channel"):
        staging.fetch(account, f"s3://{bucket}/staging/m.json", "ManifestFile", tmp_path / "channel")


def test_a_manifest_begins_with_its_prefix(account: Any, bucket: str, tmp_path: Path) -> None:
    """A plain list of names is none."""
    account.client("s3").put_object(Bucket=bucket, Key="staging/n.json", Body=b'["a.txt"]')
    with pytest.raises(staging.DownloadFailed, match="is not a list that begins with"):
        staging.fetch(account, f"s3://{bucket}/staging/n.json", "ManifestFile", tmp_path)
