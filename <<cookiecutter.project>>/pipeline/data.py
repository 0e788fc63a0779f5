"""`pipeline data`: check data against the contract, pin it in the manifest, copy what is pinned to S3.

polars and the contract are imported by the functions that need them: `push` runs without them.
"""

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import digest, manifest, names, policy
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError
from pipeline.progress import say

if TYPE_CHECKING:
    import polars as pl

QUARANTINE = "data/quarantine"


@dataclass(frozen=True)
class Checked:
    """A file, its rows that keep the contract, its rows that do not, and how often each rule is broken."""

    path: Path
    good: "pl.DataFrame"
    bad: "pl.DataFrame"
    rules: dict[str, int]

    @property
    def rows(self) -> int:
        """All rows of the file."""
        return self.good.height + self.bad.height

    @property
    def share(self) -> float:
        """Bad rows of all rows; a file without rows is all bad."""
        return self.bad.height / self.rows if self.rows else 1.0

    def document(self, root: Path) -> Document:
        """The file's entry in the verb's JSON."""
        return {
            "path": _shown(self.path, root),
            "rows": self.rows,
            "bad": self.bad.height,
            "share": round(self.share, 6),
            "rules": self.rules,
        }


def check(path: Path) -> Checked:
    """Hold one parquet file against the contract. Raises UserError when that cannot be done."""
    import polars as pl

    from model import contract

    if not path.is_file():
        raise UserError(f"{path} does not exist: name a parquet file")
    try:
        good, bad = contract.check(pl.read_parquet(path))
    except contract.ContractError as error:
        raise UserError(f"{path.name} does not have the contract's columns: {error}") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UserError(f"{path} is not a parquet file: {' '.join(str(error).split())}") from error
    counts = Counter(rule for broken in bad[contract.BROKEN] for rule in broken)
    return Checked(path, good, bad, dict(sorted(counts.items())))


def add(paths: list[Path]) -> Answer:
    """Pin files. Nothing is written unless every file is within its budget of bad rows."""
    root, rules = names.root(), policy.load().data
    checked = [check(path) for path in paths]
    refused = [one for one in checked if one.share > rules.bad_share]
    if refused:
        documents = [one.document(root) | {"quarantine": None} for one in checked]
        lines = _lines(checked, root) + [
            f"Refused: {one.path.name} has {one.share:.1%} bad rows, more than data.bad_share = "
            f"{rules.bad_share:.1%} of policy.toml. Nothing was changed."
            for one in refused
        ]
        return Answer({"ok": False, "files": documents, "manifest": None}, lines, code=1)
    old = manifest.read(root) if (root / manifest.PATH).is_file() else None
    documents, entries = [], []
    for one in checked:
        target = _place(one.path, root, old)
        quarantine = _write(one, target, root)
        entries.append(_entry(one, target, root))
        documents.append(one.document(root) | {"path": _shown(target, root), "quarantine": quarantine})
    new = _pin(old, entries, checked[0].good, rules.evaluation_days)
    (root / manifest.PATH).write_bytes(new.content)
    lines = [*_lines(checked, root), f"Pinned: manifest {new.sha256[:12]}. Commit data/ to train on it."]
    return Answer({"ok": True, "files": documents, "manifest": new.sha256}, lines)


def push() -> Document:
    """Copy the pinned files to S3, unless they are there. Raises UserError when one is not what is pinned."""
    import json

    from pipeline import aws, settings

    root, bucket = names.root(), settings.storage().bucket
    pinned = manifest.read(root)
    manifest.verify(root, pinned)
    s3, counts = aws.client("s3"), {"uploaded": 0, "present": 0}
    for entry in pinned.files:
        key = f"data/objects/{entry['sha256']}.parquet"
        there = aws.find(s3.head_object, Bucket=bucket, Key=key) is not None
        counts["present" if there else "uploaded"] += 1
        if not there:
            say(f"data: {entry['path']} to s3://{bucket}/{key}")
            s3.put_object(Bucket=bucket, Key=key, Body=(root / entry["path"]).read_bytes())
    s3.put_object(Bucket=bucket, Key=f"{pinned.prefix}/manifest.json", Body=pinned.content)
    body = json.dumps(pinned.for_sagemaker(bucket)).encode()
    s3.put_object(Bucket=bucket, Key=f"{pinned.prefix}/sagemaker.json", Body=body)
    return {"manifest": pinned.sha256, **counts}


def _place(path: Path, root: Path, old: manifest.Manifest | None) -> Path:
    """Where a file belongs: where it is when that is in data/, else beside the pinned files."""
    if path.resolve().is_relative_to(root / "data"):
        return path.resolve()
    folder = Path(old.files[0]["path"]).parent if old else Path("data")
    target = root / folder / path.name
    if target.exists():
        say(f"data: {_shown(target, root)} is replaced; git has the former one")
    return target


def _write(one: Checked, target: Path, root: Path) -> str | None:
    """Put good rows at `target` and bad ones into quarantine; returns the quarantine's path, if any."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not one.bad.height:
        if one.path.resolve() != target:
            shutil.copyfile(one.path, target)
        return None
    quarantine = root / QUARANTINE / target.name
    quarantine.parent.mkdir(parents=True, exist_ok=True)
    one.bad.write_parquet(quarantine)
    one.good.write_parquet(target, compression="zstd")
    return _shown(quarantine, root)


def _entry(one: Checked, target: Path, root: Path) -> dict[str, Any]:
    """The manifest's entry of a file that lies at `target`."""
    from model import contract

    times = one.good[contract.TIME]
    first, last = times.min(), times.max()
    return {
        "path": _shown(target, root),
        "sha256": digest.of_file(target),
        "bytes": target.stat().st_size,
        "rows": one.good.height,
        "from": first.isoformat(),  # type: ignore[union-attr]  # a column of times
        "to": last.isoformat(),  # type: ignore[union-attr]
    }


def _pin(
    old: manifest.Manifest | None, entries: list[dict[str, Any]], frame: "pl.DataFrame", days: int
) -> manifest.Manifest:
    from model import contract

    schema = {name: str(kind) for name, kind in frame.schema.items()}
    return manifest.pin(old, entries, time_column=contract.TIME, schema=schema, evaluation_days=days)


def _shown(path: Path, root: Path) -> str:
    """A path as the manifest writes it: relative to the project when it lies in it."""
    full = path.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(path)


def _lines(checked: list[Checked], root: Path) -> list[str]:
    """One line for each file."""
    lines = []
    for one in checked:
        rules = ", ".join(f"{rule} {count}" for rule, count in one.rules.items())
        broken = f" ({rules})" if rules else ""
        lines.append(f"{_shown(one.path, root)}: {one.rows} rows, {one.bad.height} bad{broken}")
    return lines


FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
SOME_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


@verb("check", "pipeline data check data/flights/2013-07.parquet")
@FILES
def check_verb(files: tuple[Path, ...]) -> Answer:
    """Hold FILES, or everything that is pinned, against the contract in model/contract.py."""
    root, budget = names.root(), policy.load().data.bad_share
    if not files:
        pinned = manifest.read(root)
        manifest.verify(root, pinned)
        files = tuple(root / entry["path"] for entry in pinned.files)
    checked = [check(path) for path in files]
    ok = all(one.share <= budget for one in checked)
    lines = [*_lines(checked, root), "Kept." if ok else f"Refused: more than {budget:.1%} bad rows."]
    return Answer({"ok": ok, "files": [one.document(root) for one in checked]}, lines, code=0 if ok else 1)


@verb("add", "pipeline data add data/flights/2013-07.parquet")
@SOME_FILES
def add_verb(files: tuple[Path, ...]) -> Answer:
    """Check FILES and pin them in data/manifest.json.

    Bad rows within the budget of policy.toml go to data/quarantine; a file over budget is refused and
    nothing is changed.
    """
    return add(list(files))


@verb("push", "pipeline data push")
def push_verb() -> Answer:
    """Copy the pinned files to S3, where the jobs read them."""
    document = push()
    return Answer(document, [f"{document['uploaded']} files copied, {document['present']} were there."])


@click.group(name="data")
def command() -> None:
    """Check new data, pin it in the manifest, copy what is pinned to S3."""


for subcommand in (check_verb, add_verb, push_verb):
    command.add_command(subcommand)
