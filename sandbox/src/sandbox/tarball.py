"""Archives that are the same bytes for the same files."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path


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
