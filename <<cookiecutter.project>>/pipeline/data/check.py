"""`pipeline data check`: which rows keep the contract in model/contract.py, and which break which rule."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import manifest, names, policy
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError

if TYPE_CHECKING:
    import polars as pl


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
            "path": shown(self.path, root),
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


def shown(path: Path, root: Path) -> str:
    """A path as the manifest writes it: relative to the project when it lies in it."""
    full = path.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(path)


def told(checked: list[Checked], root: Path) -> list[str]:
    """One line for each file."""
    lines = []
    for one in checked:
        rules = ", ".join(f"{rule} {count}" for rule, count in one.rules.items())
        broken = f" ({rules})" if rules else ""
        lines.append(f"{shown(one.path, root)}: {one.rows} rows, {one.bad.height} bad{broken}")
    return lines


@verb("check", "pipeline data check data/flights/2013-07.parquet")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> Answer:
    """Hold FILES, or everything that is pinned, against the contract in model/contract.py."""
    root, budget = names.root(), policy.load().data.bad_share
    if not files:
        pinned = manifest.read(root)
        manifest.verify(root, pinned)
        files = tuple(root / entry["path"] for entry in pinned.files)
    checked = [check(path) for path in files]
    ok = all(one.share <= budget for one in checked)
    lines = [*told(checked, root), "Kept." if ok else f"Refused: more than {budget:.1%} bad rows."]
    return Answer({"ok": ok, "files": [one.document(root) for one in checked]}, lines, code=0 if ok else 1)
