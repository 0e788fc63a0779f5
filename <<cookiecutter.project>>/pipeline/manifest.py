"""`data/manifest.json`: which data, exactly. Pure; the digest of the file's bytes names the data."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import digest
from pipeline.errors import UserError

PATH = "data/manifest.json"


@dataclass(frozen=True)
class Manifest:
    """The bytes of a manifest, and what they say."""

    content: bytes

    @property
    def sha256(self) -> str:
        """What the pinned data is called."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def document(self) -> dict[str, Any]:
        """time_column, schema, files, split."""
        document: dict[str, Any] = json.loads(self.content)
        return document

    @property
    def files(self) -> list[dict[str, Any]]:
        """One entry for each pinned file: path, sha256, bytes, rows, from, to."""
        files: list[dict[str, Any]] = self.document["files"]
        return files

    @property
    def prefix(self) -> str:
        """Where the manifest is in the bucket."""
        return f"data/manifests/{self.sha256}"

    def uri(self, bucket: str) -> str:
        """What a job is given as an input of type ManifestFile."""
        return f"s3://{bucket}/{self.prefix}/sagemaker.json"

    def for_sagemaker(self, bucket: str) -> list[Any]:
        """The same files as AWS's ManifestFile: a prefix and the keys below it (API shape S3DataSource)."""
        keys = [f"objects/{sha}.parquet" for sha in sorted({entry["sha256"] for entry in self.files})]
        return [{"prefix": f"s3://{bucket}/data/"}, *keys, f"manifests/{self.sha256}/manifest.json"]


def read(root: Path) -> Manifest:
    """The project's manifest. Raises UserError when there is none."""
    try:
        return Manifest((root / PATH).read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"{PATH} is missing: pin data with `pipeline data add FILE…`") from error


def verify(root: Path, manifest: Manifest) -> None:
    """Check that the tree holds the pinned bytes. Raises UserError naming the first file that differs."""
    for entry in manifest.files:
        path = root / entry["path"]
        if not path.is_file():
            raise UserError(f"{entry['path']} is pinned but missing: restore it, or remove it from {PATH}")
        if digest.of_file(path) != entry["sha256"]:
            raise UserError(
                f"{entry['path']} differs from what is pinned: run `pipeline data add {entry['path']}`"
            )


def pin(
    old: Manifest | None,
    entries: Iterable[dict[str, Any]],
    *,
    time_column: str,
    schema: dict[str, str],
    evaluation_days: int,
) -> Manifest:
    """`old` with `entries` in place of those with the same path; its newest days are the evaluation rows."""
    files = {entry["path"]: entry for entry in (*(old.files if old else ()), *entries)}
    last = max(datetime.fromisoformat(entry["to"]) for entry in files.values())
    document = {
        "time_column": time_column,
        "schema": schema,
        "files": [files[path] for path in sorted(files)],
        "split": {"evaluate_from": (last - timedelta(days=evaluation_days)).isoformat()},
    }
    return Manifest((json.dumps(document, indent=2) + "\n").encode())
