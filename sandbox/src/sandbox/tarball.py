"""Archives: packed to the same bytes for the same files, unpacked without leaving their folder."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath


def pack(folder: Path) -> bytes:
    """The files of `folder` as tar.gz; the same files give the same bytes."""
    return gzip.compress(archive((path, path.relative_to(folder).as_posix()) for path in folder.rglob("*")), mtime=0)


def archive(entries: Iterable[tuple[Path, str]]) -> bytes:
    """A tar of (file, name in the archive), without anything that a second run would make different."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, name in sorted(entries, key=lambda entry: entry[1]):
            info = tar.gettarinfo(path, name)
            info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "", ""
            info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
            if info.isfile():
                with path.open("rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)
    return buffer.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Extract a tar or tar.gz of plain files and folders into `folder`.

    Raises tarfile.TarError, before anything is written, when a member is of another kind or leads elsewhere. (The
    standard library's own filter for this came with Python 3.11.4.)
    """
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        members = tar.getmembers()
        for member in members:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
                raise tarfile.TarError(f"{member.name} is no plain file or folder inside the archive")
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        tar.extractall(folder, members)  # noqa: S202 - every member was looked at
