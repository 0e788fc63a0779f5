"""Damage to data files, as the scenario asks for it, and rows of them, as a caller sends them."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from sandbox.rehearsal.scenario import Traffic
from sandbox.rehearsal.traffic import Question

REQUESTS = {"question": pl.UInt32, "request": pl.String}


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


def questions(folder: Path, plan: Traffic, files: Sequence[str] = (), *, most: int = 5000) -> list[Question]:
    """Up to `most` rows of the files or the plan's, in a fixed random order, some together in a request."""
    drawn = _drawn([folder / file for file in files or plan.files])[:most]
    rows, truth = drawn.select(plan.columns).to_dicts(), drawn[plan.label].cast(pl.Float64).to_list()
    starts = range(0, len(rows), plan.together)
    return [Question(rows[at : at + plan.together], truth[at : at + plan.together]) for at in starts]


def partition(file: Path, plan: Traffic, asked: Mapping[int, str]) -> bytes:
    """The file as it is delivered: rows that production was asked about have the request's name and no label.

    `asked` has that name by the question's place in `questions` of this file alone.
    """
    names = pl.DataFrame({"question": list(asked), "request": list(asked.values())}, schema=REQUESTS)
    rows = _drawn([file]).with_row_index("question").with_columns(pl.col("question") // plan.together)
    known = rows.join(names, on="question", how="left", maintain_order="left").drop("question")
    late = pl.when(pl.col("request").is_null()).then(plan.label).alias(plan.label)
    content = BytesIO()
    known.with_columns(late).write_parquet(content)
    return content.getvalue()


def _drawn(files: Sequence[Path]) -> pl.DataFrame:
    """All rows of the files in a fixed random order."""
    frame = pl.concat([pl.read_parquet(file) for file in files])
    return frame.sample(frame.height, shuffle=True, seed=2013)


def told(questions: Sequence[Question], column: str, value: Any) -> list[Question]:
    """The same questions with another value in a column of every row."""
    return [Question([row | {column: value} for row in one.rows], one.truth) for one in questions]
