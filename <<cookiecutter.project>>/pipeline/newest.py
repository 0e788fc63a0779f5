"""Which data is trained on: what git pins, or the newest that has passed the contract in the bucket.

`policy.toml` says which (data.follow). The newest is what `data/newest.json` in the bucket points at.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import bucket, manifest, objects, policy
from pipeline.errors import UserError
from pipeline.sections import PINNED

KEY = "data/newest.json"


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """A manifest that has passed: its sha256, the time of its newest row, and when it passed (ISO 8601).

    `ingest` is the sha256 of what is known of the partitions in it; empty where none was taken in.
    """

    manifest: str
    to: str
    at: str
    ingest: str = ""


def replaces(new: Pointer, old: Pointer | None) -> bool:
    """Whether `new` holds no older rows than `old`; with rows equally new the one that passed later does."""
    if old is None:
        return True
    newer, older = ([datetime.fromisoformat(time) for time in (one.to, one.at)] for one in (new, old))
    return newer > older


def parse(content: bytes) -> Pointer:
    """The pointer in `content`. Raises UserError when it is none."""
    try:
        pointer = Pointer(**json.loads(content))
        replaces(pointer, pointer)  # both times can be read
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{KEY} in the bucket is no pointer to a manifest: delete it, and validate the newest data again"
        ) from error
    return pointer


def move(passed: manifest.Manifest, at: datetime | None = None) -> bool:
    """Point at a manifest that has passed, `at` that time; False when the one there is newer.

    The write is conditional on what was read: of two validations that end together the newer data wins.
    """
    new = pointer(passed, at or datetime.now(UTC))
    while True:
        there, unchanged = read()
        if not replaces(new, there):
            return False
        same = there is not None and there.manifest == new.manifest
        if write(replace(new, ingest=there.ingest) if there and same else new, unchanged):
            return True


def read() -> tuple[Pointer | None, objects.Condition]:
    """The pointer, None before anything has passed; the condition that it is still so. Raises UserError."""
    content, unchanged = objects.read(KEY)
    return None if content is None else parse(content), unchanged


def write(pointer: Pointer, unchanged: objects.Condition) -> bool:
    """Move the pointer as long as the condition holds; False when somebody else has moved it meanwhile."""
    return objects.write(KEY, json.dumps(asdict(pointer)).encode(), unchanged)


def pointer(passed: manifest.Manifest, at: datetime, ingest: str = "") -> Pointer:
    """What points at a manifest that passes `at` that time. Pure."""
    to = max(passed.files, key=lambda entry: datetime.fromisoformat(entry["to"]))["to"]
    return Pointer(manifest=passed.sha256, to=to, at=at.isoformat(), ingest=ingest)


def foreseen(root: Path) -> manifest.Manifest:
    """The manifest that will be trained on if what git pins passes the contract. Raises UserError."""
    pinned = manifest.read(root)
    there = read()[0] if policy.load(root).data.follow != PINNED else None
    if there is None:
        return pinned
    return pinned if replaces(pointer(pinned, datetime.now(UTC)), there) else bucket.read(there.manifest)


def trained_on(root: Path) -> manifest.Manifest:
    """The manifest that training, evaluation and gate go by. Raises UserError when there is none."""
    if policy.load(root).data.follow == PINNED:
        return manifest.read(root)
    there, _ = read()
    if there is None:
        raise UserError(
            'data.follow of policy.toml is "newest", and no data has passed the contract in the bucket: run '
            '`pipeline data check --job`, or write "pinned"'
        )
    return bucket.read(there.manifest)
