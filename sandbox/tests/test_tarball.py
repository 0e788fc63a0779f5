"""sandbox.tarball."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from sandbox.tarball import pack, unpack


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


def test_what_was_packed_unpacks(tmp_path: Path) -> None:
    """Packing and unpacking give the same files."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "file").write_text("here")

    unpack(pack(tmp_path / "in"), tmp_path / "out")

    assert (tmp_path / "out" / "deep" / "file").read_text() == "here"


@pytest.mark.parametrize("name", ["/etc/elsewhere", "../elsewhere", "in/../../elsewhere"])
def test_a_member_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing is written, not even the good members."""
    content = archive_of(tarfile.TarInfo("good"), tarfile.TarInfo(name))

    with pytest.raises(tarfile.TarError, match="elsewhere"):
        unpack(content, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    """A link could lead out of the folder."""
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"

    with pytest.raises(tarfile.TarError, match="link"):
        unpack(archive_of(link), tmp_path)


def archive_of(*members: tarfile.TarInfo) -> bytes:
    """A tar of empty members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member in members:
            tar.addfile(member)
    return buffer.getvalue()
