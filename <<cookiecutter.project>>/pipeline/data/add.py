"""`pipeline data add`: pin files in the manifest, their bad rows put aside."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import digest, manifest, names, policy
from pipeline.command import Answer, verb
from pipeline.data.check import Checked, check, shown, told
from pipeline.progress import say

if TYPE_CHECKING:
    import polars as pl

QUARANTINE = "data/quarantine"


def add(paths: list[Path]) -> Answer:
    """Pin files. Nothing is written unless every file is within its budget of bad rows."""
    root, rules = names.root(), policy.load().data
    checked = [check(path) for path in paths]
    refused = [one for one in checked if one.share > rules.bad_share]
    if refused:
        documents = [one.document(root) | {"quarantine": None} for one in checked]
        lines = told(checked, root) + [
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
        documents.append(one.document(root) | {"path": shown(target, root), "quarantine": quarantine})
    new = _pin(old, entries, checked[0].good, rules.evaluation_days)
    (root / manifest.PATH).write_bytes(new.content)
    lines = [*told(checked, root), f"Pinned: manifest {new.sha256[:12]}. Commit data/ to train on it."]
    return Answer({"ok": True, "files": documents, "manifest": new.sha256}, lines)


def _place(path: Path, root: Path, old: manifest.Manifest | None) -> Path:
    """Where a file belongs: where it is when that is in data/, else beside the pinned files."""
    if path.resolve().is_relative_to(root / "data"):
        return path.resolve()
    folder = Path(old.files[0]["path"]).parent if old else Path("data")
    target = root / folder / path.name
    if target.exists():
        say(f"data: {shown(target, root)} is replaced; git has the former one")
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
    return shown(quarantine, root)


def _entry(one: Checked, target: Path, root: Path) -> dict[str, Any]:
    """The manifest's entry of a file that lies at `target`."""
    from model import contract

    times = one.good[contract.TIME]
    first, last = times.min(), times.max()
    return {
        "path": shown(target, root),
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


@verb("add", "pipeline data add data/flights/2013-07.parquet")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> Answer:
    """Check FILES and pin them in data/manifest.json.

    Bad rows within the budget of policy.toml go to data/quarantine; a file over budget is refused and
    nothing is changed.
    """
    return add(list(files))
