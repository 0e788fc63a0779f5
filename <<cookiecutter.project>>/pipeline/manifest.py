"""`data/manifest.json`: which data, exactly. Pure; the digest of the file's bytes names the data."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import digest
from pipeline.errors import UserError

PATH = "data/manifest.json"
ARRIVED = "data/incoming/"  # what is pinned below was taken in from the bucket, and is there alone
KINDS = {"time_column": str, "schema": dict, "files": list, "split": dict}
ENTRY = {"path": str, "sha256": str, "bytes": int, "rows": int, "from": str, "to": str}
SPLIT = {"evaluate_from": str}
JSON = {str: "a text", int: "a whole number", dict: "an object", list: "a list"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html: of a multipart
# upload there is no SHA-256 of the whole; /upload-objects.html: one PUT takes 5 GB
MOST_BYTES = 5 * 1024**3
LONGEST = 255  # bytes of a path: a file's name takes no more on Linux, macOS and Windows
MEND = "restore it from git, or delete it and pin its files again with `pipeline data add`"


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
    def tracked(self) -> list[dict[str, Any]]:
        """The entries of the files that git has, too."""
        return [entry for entry in self.files if not entry["path"].startswith(ARRIVED)]

    @property
    def evaluate_from(self) -> str:
        """The time of the first evaluation rows, ISO 8601: what is before is trained on."""
        time: str = self.document["split"]["evaluate_from"]
        return time

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
    """The project's manifest. Raises UserError when there is none, or one that `pin` has not written."""
    try:
        return parse((root / PATH).read_bytes(), PATH)
    except FileNotFoundError as error:
        raise UserError(f"{PATH} is missing: pin data with `pipeline data add FILE…`") from error


def parse(content: bytes, name: str) -> Manifest:
    """The manifest in `content`. Raises UserError that says what is wrong with the one called `name`."""
    if wrong := fault(content):
        raise UserError(f"{name}: {wrong}; {MEND}")
    return Manifest(content)


def fault(content: bytes) -> str | None:
    """What is wrong with a manifest that somebody has edited; None when nothing is."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:  # not JSON, not even text, or brackets without end
        return f"it is no JSON ({error})"
    if wrong := _unlike("the manifest", document, KINDS):
        return wrong
    for number, entry in enumerate(document["files"], 1):
        if wrong := _unlike(f"entry {number} of files", entry, ENTRY) or _fault_of_entry(entry):
            return wrong
    return (
        _fault_of_schema(document["schema"], document["time_column"])
        or _twice(document["files"])
        or _fault_of_split(document)
    )


def _unlike(what: str, value: Any, kinds: Mapping[str, type]) -> str | None:
    """How `value` differs from an object with exactly the keys of `kinds`, each of its type."""
    if not isinstance(value, dict):
        return f"{what} is no object"
    if odd := sorted(value.keys() ^ kinds.keys()):
        return f"{what} {'has an unknown key' if odd[0] in value else 'lacks the key'} {odd[0]}"
    for key, kind in kinds.items():
        if not isinstance(value[key], kind) or isinstance(value[key], bool):
            return f"{key} of {what} is {value[key]!r}, and must be {JSON[kind]}"
    return None


def _fault_of_entry(entry: dict[str, Any]) -> str | None:
    path = entry["path"]
    plain = PurePosixPath(path)
    inside = plain.as_posix() == path and path.startswith("data/") and ".." not in plain.parts
    if not inside or "\\" in path:
        return f"{path} is no file below data/"
    if not path.isprintable() or len(path.encode()) > LONGEST:
        return f"{path[:LONGEST]!a} is no path of printable characters, at most {LONGEST} bytes"
    if not re.fullmatch("[0-9a-f]{64}", entry["sha256"]):
        return f"{path} has the sha256 {entry['sha256']!r}, and it takes 64 of 0-9 and a-f"
    for key in ("bytes", "rows"):
        if entry[key] < 1:
            return f"{path} has {entry[key]} {key}, and needs at least 1"
    first, last = _time(entry["from"]), _time(entry["to"])
    if first is None or last is None or last < first:
        return f"{path} goes from {entry['from']} to {entry['to']}: these are two ISO times with their offset"
    return None


def _fault_of_schema(schema: dict[str, Any], time_column: str) -> str | None:
    for name, kind in schema.items():
        if not isinstance(kind, str):
            return f"the type of column {name} is {kind!r}, and must be a text"
    return None if time_column in schema else f"time_column {time_column} is no column of schema"


def _twice(files: list[dict[str, Any]]) -> str | None:
    """Two entries that pin the same path, or the same bytes: their rows would be learned twice."""
    paths: dict[str, str] = {}
    contents: dict[str, str] = {}
    for entry in files:
        path, sha256 = entry["path"], entry["sha256"]
        if path in paths:
            return f"two entries are of {path}"
        if sha256 in contents:
            return f"{contents[sha256]} and {path} have the same content"
        paths[path], contents[sha256] = sha256, path
    return None


def _fault_of_split(document: dict[str, Any]) -> str | None:
    """The time from which rows are for evaluation must have rows on both of its sides."""
    if not document["files"]:
        return "it pins no file"
    if wrong := _unlike("split", document["split"], SPLIT):
        return wrong
    given = document["split"]["evaluate_from"]
    first, last = span(document["files"])
    start = _time(given)
    if start is None or not first < start <= last:
        return (
            f"split.evaluate_from = {given} is no ISO time within the pinned rows, which go from "
            f"{first.isoformat()} to {last.isoformat()}"
        )
    return None


def _time(text: str) -> datetime | None:
    """The time that `text` is in ISO 8601, with its offset; None when it is not."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None


def span(files: Iterable[dict[str, Any]]) -> tuple[datetime, datetime]:
    """The times of the first and of the last row."""
    entries = list(files)
    first = min(datetime.fromisoformat(entry["from"]) for entry in entries)
    return first, max(datetime.fromisoformat(entry["to"]) for entry in entries)


def verify(root: Path, manifest: Manifest) -> None:
    """Check that the tree holds the pinned bytes, but for what is in the bucket alone.

    Raises UserError naming the first file that differs.
    """
    for entry in manifest.tracked:
        path = root / entry["path"]
        if not path.is_file():
            raise UserError(f"{entry['path']} is pinned but missing: restore it, or remove it from {PATH}")
        if path.stat().st_size != entry["bytes"] or digest.of_file(path) != entry["sha256"]:
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
    """`old` with `entries` in place of those with the same path; its newest days are the evaluation rows.

    Raises UserError when all rows lie within these days, when two paths have the same content, when a path
    is one that `read` refuses, and when a file is larger than S3 checks.
    """
    files = {entry["path"]: entry for entry in (*(old.files if old else ()), *entries)}
    first, last = span(files.values())
    start = last - timedelta(days=evaluation_days)
    if not first < start:
        raise UserError(
            f"all rows lie within {evaluation_days} days, as many as data.evaluation_days of policy.toml, "
            "which are never trained on: add older rows in the same call, or write fewer days"
        )
    in_order = [files[path] for path in sorted(files)]
    if wrong := _twice(in_order):
        raise UserError(f"{wrong}: add one of them")
    for entry in in_order:
        if wrong := _fault_of_entry(entry):
            raise UserError(f"{wrong}: rename it")
        if entry["bytes"] > MOST_BYTES:
            raise UserError(
                f"{entry['path']} has more than 5 GB, the most that S3 checks by SHA-256: split it"
            )
    document = {
        "time_column": time_column,
        "schema": schema,
        "files": in_order,
        "split": {"evaluate_from": start.isoformat()},
    }
    return Manifest(written(document))


def sample(pinned: Manifest, evaluation_days: int) -> Manifest:
    """What of the pinned data can be tried where only git's files are: the same where these are all.

    Raises UserError when these are none, or all of the same days.
    """
    files = pinned.tracked
    if len(files) == len(pinned.files):
        return pinned
    if not files:
        raise UserError(
            "all pinned data is in the bucket alone, where jobs read it: pin a small sample in git as well, "
            "with `pipeline data add`, to try a model here"
        )
    columns = {key: pinned.document[key] for key in ("time_column", "schema")}
    return pin(None, files, **columns, evaluation_days=evaluation_days)


def written(document: dict[str, Any]) -> bytes:
    """The bytes of a manifest."""
    return (json.dumps(document, indent=2) + "\n").encode()
