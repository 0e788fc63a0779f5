"""Files of rows, good and bad, for the tests of `pipeline data`."""

from pathlib import Path

import polars as pl


def spoil(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """The same with the label of the first `rows` missing."""
    from model.contract import LABEL

    return frame.with_columns(pl.when(pl.int_range(pl.len()) >= rows).then(pl.col(LABEL)).alias(LABEL))


def write(frame: pl.DataFrame, path: Path) -> Path:
    """Write a parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path
