"""sandbox.tarball."""

import io
import os
import tarfile
from pathlib import Path

from sandbox.tarball import pack


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """Whenever, and in whatever order, they were written."""
    for folder, names in (("one", "ab"), ("two", "ba")):
        (tmp_path / folder / "deep").mkdir(parents=True)
        for name in names:
            (tmp_path / folder / "deep" / name).write_text(name)
    os.utime(tmp_path / "two" / "deep" / "a", (0, 0))
    assert pack(tmp_path / "one") == pack(tmp_path / "two")


def test_names_are_relative(tmp_path: Path) -> None:
    """So that an archive unpacks into any folder."""
    (tmp_path / "model.onnx").write_text("x")
    with tarfile.open(fileobj=io.BytesIO(pack(tmp_path))) as archive:
        assert archive.getnames() == ["model.onnx"]
