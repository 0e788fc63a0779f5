"""Digests change with content and with nothing else."""

from pathlib import Path

import pytest

from pipeline import digest


def test_the_order_of_keys_does_not_matter() -> None:
    """A dictionary is a set of pairs."""
    assert digest.of({"a": 1, "b": 2}) == digest.of({"b": 2, "a": 1})


def test_parts_are_not_run_together() -> None:
    """("ab", "c") and ("a", "bc") are different inputs."""
    assert digest.of("ab", "c") != digest.of("a", "bc")


def test_a_folder_changes_with_its_files(tmp_path: Path) -> None:
    """Content and names count."""
    (tmp_path / "model").mkdir()
    seen = [digest.of_files(tmp_path, ["model"])]
    for name, content in (("a.py", "1"), ("a.py", "2"), ("b.py", "")):
        (tmp_path / "model" / name).write_text(content)
        seen.append(digest.of_files(tmp_path, ["model"]))
    assert len(set(seen)) == len(seen)


def test_compiled_python_is_no_input(tmp_path: Path) -> None:
    """Running the tests must not change an image's tag."""
    (tmp_path / "model" / "__pycache__").mkdir(parents=True)
    before = digest.of_files(tmp_path, ["model"])
    (tmp_path / "model" / "__pycache__" / "a.pyc").write_bytes(b"1")
    assert digest.of_files(tmp_path, ["model"]) == before


def test_prose_is_no_input(tmp_path: Path) -> None:
    """A model's owner writes its card without training it anew; .dockerignore leaves it out, too."""
    (tmp_path / "model").mkdir()
    before = digest.of_files(tmp_path, ["model"])
    (tmp_path / "model" / "card.md").write_text("words")
    assert digest.of_files(tmp_path, ["model"]) == before


def test_a_missing_input_is_an_error(tmp_path: Path) -> None:
    """A path that matches nothing would give every tree the same digest."""
    with pytest.raises(FileNotFoundError):
        digest.of_files(tmp_path, ["absent"])
