"""What content is called: SHA-256, in hex."""

import hashlib
import json
from pathlib import Path
from typing import Any


def of(*parts: Any) -> str:
    """The digest of JSON values; equal values give equal digests whatever the order of their keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def of_bytes(content: bytes) -> str:
    """The digest of some bytes."""
    return hashlib.sha256(content).hexdigest()


def of_file(path: Path) -> str:
    """The digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_files(root: Path, paths: list[str]) -> str:
    """The digest of files and folders below `root`: relative names and bytes of what goes into an image.

    No compiled Python and no Markdown, as .dockerignore says: prose changes no program.
    """
    found = sorted(file for path in paths for file in _files(root / path))
    return of([[file.relative_to(root).as_posix(), of_file(file)] for file in dict.fromkeys(found)])


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise FileNotFoundError(path)
    return [file for file in path.rglob("*") if file.is_file() and not _left_out(file)]


def _left_out(file: Path) -> bool:
    return "__pycache__" in file.parts or file.suffix == ".md"
