"""Holds parquet files against the contract: `python -m model.validate`, the entry point of a processing job.

Rows stream from file to file, so that a file may be larger than the memory. Whether what was found is within
its budgets is decided elsewhere.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from model import columns, dataset, program
from model.contract import BROKEN, LABEL, TIME, ContractError, Row

UNIQUE = "primary_key"  # dataframely's name of the rule
KEY = Row.primary_key()
PLACE, SINGLE, ROWS = "place in the file", "key of one row", "rows of the file"  # names that no contract has
COLUMNS = {name: column.with_primary_key(False) for name, column in Row.columns().items()}
# the contract without that rule, the only one that has to see all rows at once: its outcome becomes a column
FOUND = {PLACE: dy.UInt32(nullable=True), SINGLE: dy.Bool(nullable=True, check=lambda single: single)}
ALONE: type[Row] = type("Alone", (Row,), {**FOUND, **COLUMNS})
# the same before the label is known
OPEN: type[Row] = type("Open", (ALONE,), {LABEL: COLUMNS[LABEL].with_nullable(True)})
MAGIC = b"PAR1"  # how a parquet file begins and ends: https://parquet.apache.org/docs/file-format/


def validate(source: Path, quarantine: Path) -> dict[str, Any]:
    """The facts about parquet file `source`; its bad rows, when there are any, are left in `quarantine`.

    Raises ContractError when the file cannot be read or has not the contract's columns.
    """
    with tempfile.TemporaryDirectory() as folder:
        bad = Path(folder) / "bad"
        try:
            found = facts(source, set_aside(source, bad), bad)
        except pl.exceptions.PolarsError as error:  # its first line says what, the others how it came to it
            raise ContractError(f"cannot be read: {str(error).splitlines()[0]}") from error
        if found["bad"]:
            quarantine.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(bad, quarantine)
    return found


def split(source: Path, good: Path, bad: Path) -> None:
    """Write the rows of `source` that keep the contract to `good`, in their order, and the others to `bad`.

    Columns that the contract does not name are dropped. Raises ContractError.
    """
    kept(source, set_aside(source, bad)).sink_parquet(good)


def kept(source: Path, places: pl.Series) -> pl.LazyFrame:
    """The rows of `source` that are at none of `places`."""
    return scan(source).filter(~among(places)).drop(PLACE)


def set_aside(source: Path, bad: Path, schema: type[Row] = ALONE) -> pl.Series:
    """Write the rows of `source` that break the contract to `bad`, each with the names of the rules that it
    breaks in BROKEN (a list); returns their places. With OPEN a row needs no label. Raises ContractError.
    """
    rows = scan(source)
    _, failed = schema.filter(rows.with_columns((~among(copies(rows))).alias(SINGLE)))
    with tempfile.TemporaryDirectory(dir=bad.parent) as folder:
        flags = Path(folder) / "flags"
        failed.sink_parquet(flags)
        with_broken(pl.scan_parquet(flags, glob=False)).sink_parquet(bad)
        return pl.scan_parquet(flags, glob=False).select(PLACE).collect(engine="streaming")[PLACE]


def scan(source: Path) -> pl.LazyFrame:
    """The contract's columns of a parquet file, each row with its PLACE. Raises ContractError."""
    require_parquet(source)
    rows = pl.scan_parquet(source, glob=False)
    columns.require_columns(rows.collect_schema())
    return rows.select(Row.column_names()).with_row_index(PLACE)


def require_parquet(source: Path) -> None:
    """Raise ContractError saying what `source` is instead of a whole parquet file."""
    if source.is_dir():
        raise ContractError(f"is a folder: name the parquet files in it, such as {source}/*.parquet")
    if not source.is_file():
        raise ContractError("does not exist: name a parquet file")
    with source.open("rb") as file:
        first = file.read(len(MAGIC))
        file.seek(max(0, source.stat().st_size - len(MAGIC)))
        last = file.read()
    if first != MAGIC:
        what = "not a parquet file" if first else "empty"
        raise ContractError(f"is {what}: write the rows as parquet, for example with polars' write_parquet")
    if last != MAGIC:
        raise ContractError("is cut off, its end is missing: copy or write it again")


def copies(rows: pl.LazyFrame) -> pl.Series:
    """The places of all rows whose key another row has as well.

    Equal keys have equal hashes, so only rows whose hash is not alone are compared by their keys: eight bytes
    a row are held instead of all keys.
    """
    hashed = rows.select(PLACE, *KEY, pl.struct(KEY).hash().alias("hash"))
    hashes = hashed.select("hash").collect(engine="streaming")["hash"].sort()
    shared = hashes.filter(hashes == hashes.shift(1)).unique()
    if shared.is_empty():
        return pl.Series(PLACE, [], pl.UInt32)
    suspects = hashed.filter(pl.col("hash").is_in(shared.implode())).collect(engine="streaming")
    return suspects.filter(pl.struct(KEY).is_duplicated())[PLACE]


def among(places: pl.Series) -> pl.Expr:
    """Whether a row is at one of `places`."""
    return pl.col(PLACE).is_in(places.implode())


def with_broken(flags: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with one boolean column for each rule as rows with the names of the rules that each breaks."""
    rules = {name: name for name in flags.collect_schema() if name not in ALONE.columns()}
    broken = {rules.pop(f"{SINGLE}|check"): UNIQUE} | rules
    named = [pl.when(~pl.col(column)).then(pl.lit(rule)) for column, rule in broken.items()]
    return flags.select(*Row.columns(), pl.concat_list(named).list.drop_nulls().alias(BROKEN))


def facts(source: Path, places: pl.Series, bad: Path) -> dict[str, Any]:
    """rows, bad, rules {name: rows}, nulls {column: share, budget}, label {name, share, rate}, window, exact.

    Shares are of all rows. rate (the label's mean) and window (first and last time, ISO 8601) are of the good
    rows, null when there are none. exact: the file has the contract's columns in their order, and no more.
    """
    given = pl.scan_parquet(source, glob=False)
    found = described(given, kept(source, places))
    exact = given.collect_schema().names() == Row.column_names()
    return {"rows": found["rows"], "bad": places.len(), "rules": broken_rules(bad), **found, "exact": exact}


def described(given: pl.LazyFrame, good: pl.LazyFrame) -> dict[str, Any]:
    """rows, nulls, label and window of the rows `given`; rate and window are of the `good` ones alone."""
    budgets = columns.null_budgets()
    counts = row(given.select(pl.len().alias(ROWS), pl.col(*budgets, LABEL).null_count()))
    rows = counts[ROWS]
    share = {name: counts[name] / rows if rows else 0.0 for name in (*budgets, LABEL)}
    rate, time = pl.col(LABEL).cast(pl.Float64).mean().alias("rate"), pl.col(TIME)
    found = row(good.select(rate, time.min().alias("from"), time.max().alias("to")))
    return {
        "rows": rows,
        "nulls": {name: {"share": share[name], "budget": budget} for name, budget in budgets.items()},
        "label": {"name": LABEL, "share": 1 - share[LABEL], "rate": found["rate"]},
        "window": {end: found[end].isoformat() for end in ("from", "to")} if found["from"] else None,
    }


def row(frame: pl.LazyFrame) -> dict[str, Any]:
    """The only row of `frame`."""
    return frame.collect(engine="streaming").row(0, named=True)


def broken_rules(bad: Path) -> dict[str, int]:
    """How many of the bad rows break each rule."""
    counts = pl.scan_parquet(bad, glob=False).select(pl.col(BROKEN).explode()).group_by(BROKEN).len()
    return dict(sorted(counts.collect(engine="streaming").iter_rows()))


def label_rate(source: Path) -> float | None:
    """The label's mean in a file that keeps the contract; None when it has no rows."""
    rows = pl.scan_parquet(source, glob=False)
    rate: float | None = row(rows.select(pl.col(LABEL).cast(pl.Float64).mean()))[LABEL]
    return rate


def document(channel: Path, quarantine: Path) -> dict[str, Any]:
    """The facts about each file that the manifest in `channel` pins; its bad rows go to `quarantine`.

    Raises DatasetError when a file is not the pinned one, ContractError naming a file that cannot be checked.
    """
    sha256, manifest = dataset.pinned(channel)
    files = []
    for entry in manifest["files"]:
        name = entry["path"]
        try:
            found = validate(dataset.file(channel, entry), quarantine / name)
        except ContractError as error:
            raise ContractError(f"{name} {error}") from error
        print(f"{name}: {found['rows']} rows, {found['bad']} bad")
        files.append({"path": name, **found})
    return {"manifest_sha256": sha256, "files": files}


def write(root: Path) -> None:
    """Validate what lies in `root`, and leave the document there."""
    target = root / "processing/output"
    found = document(root / "processing/input/data", target / "quarantine")
    target.mkdir(parents=True, exist_ok=True)
    target.joinpath("validation.json").write_text(json.dumps(found, indent=2) + "\n")


def main() -> int:
    """Validate; on failure say why, which SageMaker shows as ExitMessage."""
    return program.run(write, program.PROCESSING)


if __name__ == "__main__":
    sys.exit(main())
