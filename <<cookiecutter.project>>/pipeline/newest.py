"""Which data is trained on: what git pins, or the newest that has passed the contract in the bucket.

`policy.toml` says which (data.follow). The newest is what `data/newest.json` in the bucket points at.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline import bucket, manifest, objects, policy
from pipeline.errors import UserError
from pipeline.policy import PINNED

KEY = "data/newest.json"


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """A manifest that has passed: its sha256, the time of its newest row, and when it passed (ISO 8601)."""

    manifest: str
    to: str
    at: str


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
    to = max(passed.files, key=lambda entry: datetime.fromisoformat(entry["to"]))["to"]
    new = Pointer(manifest=passed.sha256, to=to, at=(at or datetime.now(UTC)).isoformat())
    while True:
        content, unchanged = objects.read(KEY)
        if not replaces(new, None if content is None else parse(content)):
            return False
        if objects.write(KEY, json.dumps(asdict(new)).encode(), unchanged):
            return True


def trained_on(root: Path) -> manifest.Manifest:
    """The manifest that training, evaluation and gate go by. Raises UserError when there is none."""
    if policy.load(root).data.follow == PINNED:
        return manifest.read(root)
    content, _ = objects.read(KEY)
    if content is None:
        raise UserError(
            'data.follow of policy.toml is "newest", and no data has passed the contract in the bucket: run '
            '`pipeline data check --job`, or write "pinned"'
        )
    return bucket.read(parse(content).manifest)
