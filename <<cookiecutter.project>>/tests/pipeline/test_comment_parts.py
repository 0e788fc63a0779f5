"""What a comment is made of, from the folders of artefacts."""

import json
from pathlib import Path

import pytest

from pipeline.comment import parts
from pipeline.errors import UserError


def left(folder: Path, name: str, file: str, content: str) -> None:
    """A job has left a file in its artefact."""
    (folder / name).mkdir(parents=True)
    (folder / name / file).write_text(content)


def test_every_part_is_found(tmp_path: Path) -> None:
    """By the name of its artefact; others are of no interest."""
    left(tmp_path, "report", "report.md", "# Report\n")
    left(tmp_path, "preview-staging", "preview.json", json.dumps({"counts": {}}))
    left(tmp_path, "rehearsal", "report.html", "<html>")
    assert parts.read(tmp_path) == parts.Parts("# Report\n", {"staging": {"counts": {}}})


def test_what_was_not_left_is_no_part(tmp_path: Path) -> None:
    """A job that failed leaves nothing, and without any there is not even the folder."""
    assert parts.read(tmp_path / "nothing") == parts.Parts()


def test_a_broken_preview_is_named(tmp_path: Path) -> None:
    """It is cut off, or of another program."""
    left(tmp_path, "preview-staging", "preview.json", "{")
    with pytest.raises(UserError, match=r"preview-staging/preview\.json is no JSON"):
        parts.read(tmp_path)
