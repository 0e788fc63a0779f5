"""Holds parquet files against the contract: `python -m model.validate`, the entry point of a processing job.

Rows stream from file to file, so that a file may be larger than the memory. Whether what was found is within
its budgets is decided elsewhere.
"""

import json
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import polars as pl

from model import columns, dataset
from model.contract import BROKEN, LABEL, TIME, ContractError, Row

UNIQUE = "primary_key"  # dataframely's name of the rule
KEY = Row.primary_key()
# the contract without that rule, which is the only one that has to see all rows at once
ALONE = type("Alone", (Row,), {name: one.with_primary_key(False) for name, one in Row.columns().items()})
ROWS = "rows of the file"  # no column is called so
MAGIC = b"PAR1"  # how a parquet file begins and ends: https://parquet.apache.org/docs/file-format/


def validate(source: Path, quarantine: Path) -> dict[str, Any]:
    """The facts about parquet file `source`; its bad rows, when there are any, are left in `quarantine`.

    Raises ContractError when the file cannot be read or has not the contract's columns.
    """
    with tempfile.TemporaryDirectory() as folder:
        good, bad = Path(folder) / "good", Path(folder) / "bad"
        try:
            split(source, good, bad)
            found = facts(source, good, bad)
        except pl.exceptions.PolarsError as error:  # its first line says what, the others how it came to it
            raise ContractError(f"cannot be read: {str(error).splitlines()[0]}") from error
        if found["bad"]:
            quarantine.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(bad, quarantine)
    return found


def split(source: Path, good: Path, bad: Path) -> None:
    """Write the rows of `source` that keep the contract to `good`, in their order, and the others to `bad`,
    with the names of the rules that each breaks in BROKEN (a list).

    Columns that the contract does not name are dropped. Raises ContractError.
    """
    rows = scan(source)
    repeated = repeated_keys(rows)
    kept, failed = ALONE.filter(rows)  # type: ignore[attr-defined]  # a dataframely schema
    kept.join(repeated, on=KEY, how="anti", maintain_order="left").sink_parquet(good)
    with tempfile.TemporaryDirectory(dir=bad.parent) as folder:
        flags = Path(folder) / "flags"
        failed.sink_parquet(flags)
        named = with_broken(pl.scan_parquet(flags), repeated)
        again = kept.join(repeated, on=KEY, how="semi").with_columns(pl.lit([UNIQUE]).alias(BROKEN))
        pl.concat([named, again]).sink_parquet(bad)


def scan(source: Path) -> pl.LazyFrame:
    """The contract's columns of a parquet file. Raises ContractError."""
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
    rows = pl.scan_parquet(source)
    columns.require_columns(rows.collect_schema())
    return rows.select(Row.column_names())


def repeated_keys(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The keys that more than one row has, each once.

    Equal keys have equal hashes, so only rows whose hash is not alone are compared by their keys: eight bytes
    a row are held instead of all keys.
    """
    hashed = rows.select(*KEY, pl.struct(KEY).hash().alias("hash"))
    hashes = hashed.select("hash").collect(engine="streaming")["hash"].sort()
    shared = hashes.filter(hashes == hashes.shift(1)).unique()
    if shared.is_empty():
        return rows.select(KEY).clear()
    suspects = hashed.filter(pl.col("hash").is_in(shared.implode()))
    found = suspects.group_by(KEY).len().filter(pl.col("len") > 1).select(KEY)
    return found.collect(engine="streaming").lazy()


def with_broken(flags: pl.LazyFrame, repeated: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with one boolean column for each rule as rows with the names of the rules that each breaks."""
    rules = [name for name in flags.collect_schema() if name not in Row.columns()]
    marked = repeated.with_columns(pl.lit(False).alias(UNIQUE))
    joined = flags.join(marked, on=KEY, how="left", nulls_equal=True, maintain_order="left")
    broken = [pl.when(~pl.col(rule)).then(pl.lit(rule)) for rule in (UNIQUE, *rules)]
    return joined.select(*Row.columns(), pl.concat_list(broken).list.drop_nulls().alias(BROKEN))


def facts(source: Path, good: Path, bad: Path) -> dict[str, Any]:
    """rows, bad, rules {name: rows}, nulls {column: share, budget}, label {name, share, rate}, window, exact.

    Shares are of all rows. rate (the label's mean) and window (first and last time, ISO 8601) are of the good
    rows, null when there are none. exact: the file has the contract's columns in their order, and no more.
    """
    budgets = columns.null_budgets()
    given = pl.scan_parquet(source)
    counts = row(given.select(pl.len().alias(ROWS), pl.col(*budgets, LABEL).null_count()))
    rows = counts[ROWS]
    share = {name: counts[name] / rows if rows else 0.0 for name in (*budgets, LABEL)}
    rate, time = pl.col(LABEL).cast(pl.Float64).mean().alias("rate"), pl.col(TIME)
    kept = row(pl.scan_parquet(good).select(rate, time.min().alias("from"), time.max().alias("to")))
    return {
        "rows": rows,
        "bad": row(pl.scan_parquet(bad).select(pl.len()))["len"],
        "rules": broken_rules(bad),
        "nulls": {name: {"share": share[name], "budget": budget} for name, budget in budgets.items()},
        "label": {"name": LABEL, "share": 1 - share[LABEL], "rate": kept["rate"]},
        "window": {end: kept[end].isoformat() for end in ("from", "to")} if kept["from"] else None,
        "exact": given.collect_schema().names() == Row.column_names(),
    }


def row(frame: pl.LazyFrame) -> dict[str, Any]:
    """The only row of `frame`."""
    return frame.collect(engine="streaming").row(0, named=True)


def broken_rules(bad: Path) -> dict[str, int]:
    """How many of the bad rows break each rule."""
    counts = pl.scan_parquet(bad).select(pl.col(BROKEN).explode()).group_by(BROKEN).len()
    return dict(sorted(counts.collect(engine="streaming").iter_rows()))


def label_rate(source: Path) -> float | None:
    """The label's mean in a file that keeps the contract; None when it has no rows."""
    rate: float | None = row(pl.scan_parquet(source).select(pl.col(LABEL).cast(pl.Float64).mean()))[LABEL]
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


def main() -> int:
    """Validate; on failure say why in $ML_ROOT/output/message, which SageMaker shows as ExitMessage."""
    root = Path(os.environ.get("ML_ROOT", "/opt/ml"))
    target = root / "processing/output"
    try:
        found = document(root / "processing/input/data", target / "quarantine")
        target.mkdir(parents=True, exist_ok=True)
        target.joinpath("validation.json").write_text(json.dumps(found, indent=2) + "\n")
    except Exception as error:
        traceback.print_exc()
        root.joinpath("output").mkdir(parents=True, exist_ok=True)
        root.joinpath("output/message").write_text(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
