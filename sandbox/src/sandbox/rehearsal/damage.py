"""Damage to data files, as the scenario asks for it."""

from pathlib import Path
from typing import Any

import polars as pl


def plant(file: Path, column: str, value: Any, rows: int) -> None:
    """Set `column` to `value` in `rows` rows, spread evenly over the file."""
    frame = pl.read_parquet(file)
    planted = pl.int_range(frame.height) % max(1, frame.height // rows) == 0
    first = planted & (planted.cum_sum() <= rows)
    bad = pl.lit(value).cast(frame.schema[column])
    frame.with_columns(pl.when(first).then(bad).otherwise(column).alias(column)).write_parquet(file)


def height(file: Path) -> int:
    """How many rows a file has."""
    return int(pl.scan_parquet(file).select(pl.len()).collect().item())


def permute(file: Path, column: str, seed: int) -> None:
    """Shuffle one column against all others, as a join on the wrong key does."""
    frame = pl.read_parquet(file)
    frame.with_columns(pl.col(column).shuffle(seed)).write_parquet(file)


def rows(folder: Path, files: list[str], columns: list[str], most: int = 2000) -> list[dict[str, Any]]:
    """Up to `most` rows of the files, in a fixed random order, as a caller would send them."""
    frame = pl.concat([pl.read_parquet(folder / file).select(columns) for file in files])
    return frame.sample(min(most, frame.height), shuffle=True, seed=2013).to_dicts()
