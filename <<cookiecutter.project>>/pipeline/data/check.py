"""`pipeline data check`: the rows against the contract in model/contract.py, the file against its budgets."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pipeline import digest, manifest, names, policy, sections
from pipeline.command import Answer, Document, verb
from pipeline.data.rules import Rule, rules, share_of_bad
from pipeline.errors import UserError
from pipeline.progress import say

QUARANTINE = "data/quarantine"
LARGE = 20_000_000  # bytes that take longer than a person expects


@dataclass(frozen=True)
class Checked:
    """A file, the facts about it, where its bad rows are, if any, and the budgets that it is held against."""

    path: Path
    facts: Document
    quarantine: str | None
    budgets: tuple[Rule, ...] = ()

    @property
    def broken(self) -> list[Rule]:
        """The budgets that it breaks: with none it is kept."""
        return [rule for rule in self.budgets if not rule.passed]

    def document(self, root: Path) -> Document:
        """The file's entry in the verb's JSON."""
        taken = ("rows", "bad", "rules", "window", "label")
        return {
            "path": shown(self.path, root),
            **{key: self.facts[key] for key in taken},
            "share": round(share_of_bad(self.facts), 6),
            "quarantine": self.quarantine,
            "budgets": [asdict(rule) for rule in self.budgets],
        }


def check(path: Path) -> Checked:
    """Hold the rows of one parquet file against the contract, and put the bad ones into quarantine.

    The quarantine is named by the file and its content, so that no other takes its place. Raises UserError
    when the file cannot be checked.
    """
    from model import contract, validate

    root = names.root()
    if path.is_file() and (size := path.stat().st_size) > LARGE:
        say(f"data: checking {path}, {size / 1e6:.0f} MB")
    draft = root / QUARANTINE / f"{path.stem}.draft"
    try:
        facts = validate.validate(path, draft)
    except contract.ContractError as error:
        raise UserError(f"{path} {error}") from error
    if not facts["bad"]:
        return Checked(path, facts, None)
    quarantine = draft.with_name(f"{path.stem}-{digest.of_file(path)[:12]}.parquet")
    draft.replace(quarantine)
    return Checked(path, facts, shown(quarantine, root))


def check_all(paths: list[Path], pinned: manifest.Manifest | None) -> list[Checked]:
    """Check files, and hold each against its budgets and the batch before it, of these or of `pinned`."""
    bounds = policy.load().data
    return judge([check(path) for path in paths], pinned, bounds, datetime.now(UTC))


def judge(
    checked: list[Checked],
    pinned: manifest.Manifest | None,
    bounds: sections.Data,
    now: datetime,
    rates: Mapping[str, float | None] | None = None,
) -> list[Checked]:
    """The same with their budgets, in the same order.

    `rates` are the labels' means of pinned files by path, where no file is to be read for them.
    """
    root = names.root()
    batches = {shown(one.path, root): one.facts for one in checked if one.facts["window"]}
    for entry in pinned.files if pinned else ():
        batches.setdefault(entry["path"], _pinned(root, entry, rates))
    begins = {path: datetime.fromisoformat(facts["window"]["from"]) for path, facts in batches.items()}
    in_order = sorted(batches, key=lambda path: begins[path])
    found = []
    for one in checked:
        path = shown(one.path, root)
        earlier = [other for other in in_order if path in begins and begins[other] < begins[path]]
        before = _asked(root, batches[earlier[-1]]) if earlier else None
        newest = in_order[-1:] == [path]
        found.append(replace(one, budgets=tuple(rules(bounds, one.facts, before, newest=newest, now=now))))
    return found


def _pinned(root: Path, entry: dict[str, Any], rates: Mapping[str, float | None] | None) -> Document:
    """What the manifest knows of a batch; unless `rates` are given its label is read when it is asked for."""
    window = {end: entry[end] for end in ("from", "to")}
    if rates is not None:
        return {"rows": entry["rows"], "window": window, "label": {"rate": rates.get(entry["path"])}}
    return {"rows": entry["rows"], "window": window, "path": root / entry["path"]}


def _asked(root: Path, facts: Document) -> Document:
    """The facts of a batch with its label's rate."""
    if "label" in facts:
        return facts
    from model import validate  # where a job has read the labels there is no polars

    path = facts["path"]
    return facts | {"label": {"rate": validate.label_rate(path) if path.is_file() else None}}


def shown(path: Path, root: Path) -> str:
    """A path as the manifest writes it: relative to the project when it lies in it."""
    full = path.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(path)


def told(checked: list[Checked], root: Path) -> list[str]:
    """One line for each file, and one for each budget that it breaks."""
    lines = []
    for one in checked:
        broken = ", ".join(f"{rule} {count}" for rule, count in one.facts["rules"].items())
        where = f" ({broken}), in {one.quarantine}" if one.quarantine else ""
        lines.append(f"{shown(one.path, root)}: {one.facts['rows']} rows, {one.facts['bad']} bad{where}")
        lines += [f"STOP  {rule.rule}: {rule.sentence}" for rule in one.broken]
    return lines


def require_in_time() -> None:
    """Raise UserError when a feature of the model is known only after the prediction."""
    from model import columns, contract, features

    try:
        columns.require_in_time(features.COLUMNS)
    except contract.ContractError as error:
        raise UserError(str(error)) from error


def require_as_pinned(checked: list[Checked], entries: list[dict[str, Any]]) -> None:
    """Raise UserError when one of the pinned files has other rows or times than its entry says.

    Times are those of good rows, so they are only known where all are.
    """
    for one, entry in zip(checked, entries, strict=True):
        said, facts = {end: entry[end] for end in ("from", "to")}, one.facts
        if facts["rows"] != entry["rows"] or (not facts["bad"] and facts["window"] != said):
            raise UserError(
                f"{entry['path']} has {_extent(facts['rows'], facts['window'] or {})}, and is pinned with "
                f"{_extent(entry['rows'], said)}: pin it again with `pipeline data add {entry['path']}`"
            )


def _extent(rows: int, window: Document) -> str:
    return " ".join([f"{rows} rows", *(f"{end} {time}" for end, time in window.items())])


def here(*files: Path) -> Answer:
    """Check files, or everything that is pinned, on this machine. Raises UserError when it cannot."""
    root = names.root()
    require_in_time()
    pinned = manifest.read(root) if not files or (root / manifest.PATH).is_file() else None
    if not files and pinned:
        manifest.verify(root, pinned)
        checked = check_all([root / entry["path"] for entry in pinned.tracked], pinned)
        require_as_pinned(checked, pinned.tracked)
    else:
        checked = check_all(list(files), pinned)
    ok = not any(one.broken for one in checked)
    away = len(pinned.files) - len(pinned.tracked) if not files and pinned else 0
    elsewhere = [f"{away} files are in the bucket alone: `pipeline data check --job` reads them there"]
    lines = [*told(checked, root), *elsewhere * bool(away), "Kept." if ok else "Refused."]
    return Answer({"ok": ok, "files": [one.document(root) for one in checked]}, lines, code=0 if ok else 1)


@verb("check", "pipeline data check new.parquet")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--job", is_flag=True, help="Let a processing job check what is pinned, in the bucket.")
def command(files: tuple[Path, ...], job: bool) -> Answer:
    """Hold FILES, or everything that is pinned, against the contract in model/contract.py.

    Bad rows go to data/quarantine with the rules that each breaks; the file stays as it is. Exit code 1 means
    that a budget of policy.toml [data] or of the contract is broken. With --job what is pinned is pushed, its
    bad rows go to validations/ in the bucket, and data that keeps its budgets becomes the newest that passed.
    """
    from pipeline.data import job as remote

    if job and files:
        raise UserError("--job checks what is pinned: pin the files with `pipeline data add`, and name none")
    if job:
        return remote.validate()
    return here(*files)
