"""`pipeline data add`: pin files in the manifest, their bad rows put aside."""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from pipeline import digest, manifest, names, policy, tree
from pipeline.command import Answer, verb
from pipeline.data.check import QUARANTINE, Checked, check_all, shown, told
from pipeline.errors import UserError
from pipeline.progress import say


def add(paths: list[Path]) -> Answer:
    """Pin files. Nothing is pinned unless every file is within its budgets.

    Raises UserError, before anything is written, for files that cannot be pinned together.
    """
    root = names.root()
    old = manifest.read(root) if (root / manifest.PATH).is_file() else None
    checked = check_all(paths, old)
    refused = [one.path.name for one in checked if one.broken]
    if refused:
        documents = [one.document(root) for one in checked]
        lines = [*told(checked, root), f"Refused: {', '.join(refused)}. Nothing was changed."]
        return Answer({"ok": False, "files": documents, "manifest": None}, lines, code=1)
    placed = _places(checked, root, old)
    _pin(old, [_entry(one, one.path, path) for path, one in placed.items()])  # what it refuses is not written
    for path, one in placed.items():
        _write(one, root / path, root)
    new = _pin(old, [_entry(one, root / path, path) for path, one in placed.items()])
    documents = [one.document(root) | {"path": path} for path, one in placed.items()]
    (root / manifest.PATH).write_bytes(new.content)
    lines = [*told(checked, root), f"Pinned: manifest {new.sha256[:12]}. Commit data/ to train on it."]
    return Answer({"ok": True, "files": documents, "manifest": new.sha256}, lines)


def _places(checked: list[Checked], root: Path, old: manifest.Manifest | None) -> dict[str, Checked]:
    """Each file by the path that the manifest will call it. Raises UserError when two would have the same."""
    placed: dict[str, Checked] = {}
    for one in checked:
        path = shown(_place(one.path, root, old), root)
        if path.startswith(manifest.ARRIVED):
            raise UserError(
                f"{path}: below {manifest.ARRIVED} is what the bucket alone has; move it elsewhere"
            )
        if path in placed:
            raise UserError(f"{placed[path].path} and {one.path} would both be {path}: rename one of them")
        placed[path] = one
    return placed


def _place(path: Path, root: Path, old: manifest.Manifest | None) -> Path:
    """Where a file belongs: where it is when that is in data/, else beside the pinned files."""
    if path.resolve().is_relative_to(root / "data"):
        return path.resolve()
    beside = old.tracked if old else []
    folder = Path(beside[0]["path"]).parent if beside else Path("data")
    return root / folder / path.name


def _write(one: Checked, target: Path, root: Path) -> None:
    """Put the good rows of a file at `target`; its bytes stay when they are nothing else."""
    from model import validate

    target.parent.mkdir(parents=True, exist_ok=True)
    if one.facts["exact"] and not one.facts["bad"]:
        if one.path.resolve() != target:
            _keep(target, root)
            shutil.copyfile(one.path, target)
        return
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        good = Path(folder) / target.name
        validate.split(one.path, good, Path(folder) / "bad")
        _keep(target, root)
        good.replace(target)


def _keep(target: Path, root: Path) -> None:
    """Copy a file that is to be replaced into quarantine, unless its commit has these bytes."""
    if not target.is_file():
        return
    path, sha256 = shown(target, root), digest.of_file(target)
    where = "git has the former one"
    if hashlib.sha256(tree.file(root, "HEAD", path) or b"").hexdigest() != sha256:
        aside = root / QUARANTINE / f"{target.stem}-{sha256[:12]}.former.parquet"
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target, aside)
        where = f"the former one is {shown(aside, root)}"
    say(f"data: {path} is replaced; {where}")


def _entry(one: Checked, file: Path, path: str) -> dict[str, Any]:
    """The manifest's entry of a checked file: its bytes are those of `file`, and it is called `path`."""
    return {
        "path": path,
        "sha256": digest.of_file(file),
        "bytes": file.stat().st_size,
        "rows": one.facts["rows"] - one.facts["bad"],
        **one.facts["window"],
    }


def _pin(old: manifest.Manifest | None, entries: list[dict[str, Any]]) -> manifest.Manifest:
    from model import columns, contract

    days, schema = policy.load().data.evaluation_days, columns.types()
    return manifest.pin(old, entries, time_column=contract.TIME, schema=schema, evaluation_days=days)


@verb("add", "pipeline data add new.parquet")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> Answer:
    """Check FILES and pin them in data/manifest.json.

    Bad rows go to data/quarantine and are not pinned, columns that the contract does not name are left out. A
    file in data/ that this changes goes there as well, unless git has it. When a file breaks a budget of
    policy.toml or of the contract, all are refused and nothing is changed.
    """
    return add(list(files))
