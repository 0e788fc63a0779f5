"""What a change touches, and whether any of it makes another model."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline import dockerfile, manifest, tree
from pipeline.errors import UserError

POLICY = "policy.toml"


@dataclass(frozen=True)
class Changes:
    """The commit that a change starts from, and the files in which the working tree differs from it."""

    base: str
    files: list[str]


def read(root: Path, revision: str | None) -> Changes | None:
    """The change since `revision`, or since this branch left main; None where git knows no main.

    Raises UserError when `revision` is no commit.
    """
    base = tree.commit(root, revision) if revision else tree.fork(root)
    if revision and base is None:
        raise UserError(f"--base {revision} is no commit here: name one that git has, such as origin/main")
    return Changes(base, tree.changed(root, base)) if base else None


def made_of(root: Path, pinned: manifest.Manifest) -> list[str]:
    """The files and folders that a model and the gate's verdict depend on.

    They are the training image's inputs, the pinned data and the policy. Raises UserError without a
    Dockerfile.
    """
    try:
        text = (root / "Dockerfile").read_text()
    except FileNotFoundError as error:
        raise UserError("Dockerfile is missing: restore it from git") from error
    data = [entry["path"] for entry in pinned.files]
    return [*dockerfile.inputs(text, "train"), manifest.PATH, *data, POLICY]


def trainable(files: Iterable[str], parts: Iterable[str]) -> list[str]:
    """Those of `files` that are one of `parts`, or lie in one. Pure."""
    held = list(parts)
    return [file for file in files if any(file == part or file.startswith(f"{part}/") for part in held)]
