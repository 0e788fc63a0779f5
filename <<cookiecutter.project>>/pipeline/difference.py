"""What changes between two manifests: files, rows, time, the label's rate, and how far each column drifts.

A file is named by its content, so it may lie in the working tree, in git, or in the bucket: the first place
that has these bytes is read, and AWS is asked only for what is in neither of the others.
"""

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from pipeline import bucket, digest, manifest, names, tree
from pipeline.command import Document
from pipeline.data.check import LARGE
from pipeline.errors import UserError
from pipeline.progress import say

if TYPE_CHECKING:
    import polars as pl

Find = Callable[[dict[str, Any]], Path]
Read = Callable[[str, str], "pl.Series"]  # of a file's sha256, the column of a name


@dataclass(frozen=True)
class Side:
    """One of the two: its manifest, and what it was called."""

    name: str
    manifest: manifest.Manifest

    @property
    def rows(self) -> dict[str, int]:
        """The rows of each file, by its sha256."""
        return {entry["sha256"]: entry["rows"] for entry in self.manifest.files}


def difference(old: str | None = None, new: str | None = None) -> Document:
    """What `new` changes of `old`, each a git revision, a manifest's file or its sha256.

    Without `new` it is the working tree, without `old` the commit where the working tree has left main.
    Raises UserError when one of them is nothing of that, or one of their files is nowhere.
    """
    root = names.root()
    base = tree.fork(root) or "HEAD"
    sides = (_side(root, old, base), _side(root, new, None))
    size = sum({one["sha256"]: one["bytes"] for side in sides for one in side.manifest.files}.values())
    if size > LARGE:
        say(f"data: comparing {size / 1e6:.0f} MB, column by column")
    revisions = list(dict.fromkeys([*(one.name for one in sides), base, "HEAD"]))
    with tempfile.TemporaryDirectory() as folder:
        return compared(*sides, _reader(sides, lambda entry: _found(root, entry, revisions, Path(folder))))


def compared(old: Side, new: Side, read: Read) -> Document:
    """The document; `read` gives a column of a file."""
    from model import contract

    sides = {"old": old, "new": new}
    labels = {sha: read(sha, contract.LABEL) for sha in old.rows | new.rows}
    before, after = against(old.rows, new.rows)
    rows = old.rows | new.rows
    return {
        **{key: {"name": side.name, "manifest": side.manifest.sha256} for key, side in sides.items()},
        "rows": {key: sum(side.rows.values()) for key, side in sides.items()},
        "window": {key: _window(side.manifest) for key, side in sides.items()},
        "evaluate_from": {key: side.manifest.evaluate_from for key, side in sides.items()},
        "label_rate": {key: _mean([labels[sha] for sha in side.rows]) for key, side in sides.items()},
        "files": files(old.manifest, new.manifest),
        "compared": {"old": sum(rows[sha] for sha in before), "new": sum(rows[sha] for sha in after)},
        "columns": _columns(old.manifest, new.manifest, before, after, read) if after else [],
    }


def against(old: Iterable[str], new: Iterable[str]) -> tuple[list[str], list[str]]:
    """Which files' columns are compared: all old ones with those that come.

    Where none comes, those that stay with those that go. What both have is never on both sides: it would
    thin out the difference, the more the longer the history is.
    """
    before, after = list(old), list(new)
    come = [sha for sha in after if sha not in before]
    if come:
        return before, come
    return after, [sha for sha in before if sha not in after]


def files(old: manifest.Manifest, new: manifest.Manifest) -> dict[str, list[str]]:
    """The paths that one manifest has and the other has not, or with other bytes."""
    before, after = ({entry["path"]: entry["sha256"] for entry in one.files} for one in (old, new))
    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "changed": sorted(path for path in before.keys() & after.keys() if before[path] != after[path]),
    }


def _columns(
    old: manifest.Manifest, new: manifest.Manifest, before: list[str], after: list[str], read: Read
) -> list[Document]:
    """An entry for each column but the time, by drift; last what only one side has, or as another type."""
    kinds = [one.document["schema"] for one in (old, new)]
    found: list[Document] = []
    for column in dict.fromkeys([*kinds[1], *kinds[0]]):
        kind = {"old": kinds[0].get(column), "new": kinds[1].get(column)}
        if column == new.document["time_column"]:
            continue
        if kind["old"] == kind["new"]:
            measured = _drift([read(sha, column) for sha in before], [read(sha, column) for sha in after])
        else:
            measured = {"drift": None, "nulls": None, "unseen": None}
        found.append({"column": column, "type": kind, **measured})
    return sorted(found, key=lambda one: (one["drift"] is None, -(one["drift"] or 0)))


def _drift(old: list["pl.Series"], new: list["pl.Series"]) -> Document:
    """Drift, nulls and unseen values of one column, by the bins of the old rows."""
    import polars as pl

    from model import drift, permutation, profile

    former, latter = (
        pl.concat([one.to_frame() for one in parts], how="vertical_relaxed").to_series()
        for parts in (old, new)
    )
    bins = drift.bins(former)
    before, after = drift.count(bins, former), drift.count(bins, latter)
    return {
        "drift": round(permutation.psi(before, after), 6),
        "nulls": {
            "old": permutation.share(before, profile.NULL),
            "new": permutation.share(after, profile.NULL),
        },
        "unseen": permutation.share(after, profile.UNSEEN),
    }


def _mean(columns: list["pl.Series"]) -> float | None:
    """The mean of some columns' values; None of none."""
    total, rows = sum(float(one.sum() or 0) for one in columns), sum(one.count() for one in columns)
    return total / rows if rows else None


def _window(one: manifest.Manifest) -> dict[str, str]:
    first, last = manifest.span(one.files)
    return {"from": first.isoformat(), "to": last.isoformat()}


def _side(root: Path, given: str | None, default: str | None) -> Side:
    """The manifest that is meant by `given`, or by `default` (None: the working tree)."""
    if given is None and default is None:
        return Side("the working tree", manifest.read(root))
    name = given or default or ""
    if given and Path(given).is_file():
        content = Path(given).read_bytes()
        if wrong := manifest.fault(content):
            raise UserError(f"{given} is no manifest: {wrong}; name one that `pipeline data add` has written")
        return Side(name, manifest.Manifest(content))
    if re.fullmatch("[0-9a-f]{64}", name):
        return Side(name, bucket.read(name))
    committed = tree.file(root, name, manifest.PATH)
    if committed is not None:
        return Side(name, manifest.parse(committed, f"{manifest.PATH} of {name}"))
    if given is None:
        raise UserError(
            f"git has no {manifest.PATH} to compare with: commit it, or name OLD, a manifest's file or sha256"
        )
    raise UserError(
        f"{name} is no git revision that has {manifest.PATH}, no manifest's file and no manifest's sha256: "
        "write one of these"
    )


def _reader(sides: tuple[Side, ...], find: Find) -> Read:
    """Reads a column of a pinned file; a file that lacks it has nulls there."""
    import polars as pl

    entries = {entry["sha256"]: entry for side in sides for entry in side.manifest.files}
    places: dict[str, Path] = {}

    def read(sha256: str, column: str) -> pl.Series:
        entry = entries[sha256]
        if sha256 not in places:
            places[sha256] = find(entry)
        path = places[sha256]
        try:
            if column not in pl.read_parquet_schema(path):
                return pl.Series(column, [None] * entry["rows"], dtype=pl.Null)
            return pl.read_parquet(path, columns=[column], glob=False)[column]
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UserError(f"{entry['path']} is pinned and is no parquet file: pin it again") from error

    return read


def _found(root: Path, entry: dict[str, Any], revisions: list[str], folder: Path) -> Path:
    """Where the bytes are that `entry` pins; those of git or of the bucket are put into `folder`."""
    path: Path = root / entry["path"]
    copy = folder / f"{entry['sha256']}.parquet"
    if path.is_file() and digest.of_file(path) == entry["sha256"]:
        return path
    for revision in revisions:
        content = tree.file(root, revision, entry["path"])
        if content is not None:
            copy.write_bytes(content)
            if digest.of_file(copy) == entry["sha256"]:
                return copy
    try:
        bucket.download(entry, copy)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        raise UserError(
            f"{entry['path']} is in the bucket alone, and this role may not read data there: ask with "
            "`pipeline data diff` as somebody who may"
        ) from error
    return copy
