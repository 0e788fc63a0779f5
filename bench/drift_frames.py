"""The frames on which ways to find drift are compared: real days against real days, faults, and many rows.

polars and numpy alone, so that each library can make the same frames in an environment of its own.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

DAY = "day"  # of every frame; not a column that drifts
NUMBERS = (
    "distance",
    "hour",
    "minute",
    "weekday",
    "plane_year",
    "seats",
    "temperature",
    "dewpoint",
    "humidity",
    "wind_direction",
    "wind_speed",
    "wind_gust",
    "precipitation",
    "pressure",
    "visibility",
)
CATEGORIES = ("carrier", "origin")
COLUMNS = NUMBERS + CATEGORIES
SEED = 41
NULL_SHARE, NEW_SHARE = 0.2, 0.02
REFERENCE, WINDOW = 1, 2  # seeds of the two wide frames
WIDE_NUMBERS, WIDE_CATEGORIES, WIDE_DAYS = 10, (3, 8, 16, 30, 100), 28

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two halves of a month's days, at random: whatever differs between them is what days differ by."""

    month: int
    split: int
    reference: pl.DataFrame
    window: pl.DataFrame


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one column of a window, and which."""

    column: str
    change: Change


def year(path: Path) -> pl.DataFrame:
    """All flights of build/bench/flights.parquet: what a model sees of them, and the day (in New York)."""
    rows = pl.read_parquet(path, columns=["scheduled", *COLUMNS])
    day = pl.col("scheduled").dt.convert_time_zone("America/New_York").dt.date().alias(DAY)
    return rows.select(day, pl.col(*COLUMNS)).cast({pl.Int8: pl.Int64, pl.Int16: pl.Int64})


def pairs(rows: pl.DataFrame, splits: range) -> Iterator[Pair]:
    """Of each month so many ways to halve its days."""
    for month in range(1, 13):
        of_month = rows.filter(pl.col(DAY).dt.month() == month)
        days = of_month[DAY].unique().sort().to_list()
        for split in splits:
            order = np.random.default_rng((SEED, month, split)).permutation(len(days))
            first = pl.Series([days[place] for place in order[: len(days) // 2]])
            here = pl.col(DAY).is_in(first.implode())
            yield Pair(month, split, of_month.filter(here), of_month.filter(~here))


def wide(rows: int, seed: int) -> pl.DataFrame:
    """So many rows of ten numbers and five categories of one population, in 28 days of equally many rows."""
    random = np.random.default_rng(seed)
    shapes: tuple[Callable[[], np.ndarray], ...] = (
        lambda: random.normal(size=rows),
        lambda: random.lognormal(size=rows),
        lambda: random.exponential(size=rows),
        lambda: random.random(rows),
        lambda: random.poisson(20, rows).astype(float),
    )
    columns: dict[str, pl.Series] = {}
    for place in range(WIDE_NUMBERS):
        values = shapes[place % len(shapes)]()
        if place >= len(shapes):
            values[random.random(rows) < 0.03] = np.nan
        columns[f"number_{place}"] = pl.Series(values).fill_nan(None)
    for size in WIDE_CATEGORIES:
        shares = 1 / np.arange(1, size + 1)
        names = pl.Series([f"value {place}" for place in range(size)])
        columns[f"category_{size}"] = names.gather(random.choice(size, rows, p=shares / shares.sum()))
    start = np.datetime64("2026-01-01") + WIDE_DAYS * (seed - 1)
    days = start + np.arange(rows) * WIDE_DAYS // rows
    return pl.DataFrame({DAY: days, **columns})


def fingerprint(rows: pl.DataFrame) -> str:
    """Tells whether two environments have made the same frame."""
    return hashlib.sha256(rows.write_csv().encode()).hexdigest()[:16]


def _with(column: pl.Expr, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(column)


def _share(share: float, rows: pl.DataFrame) -> pl.Series:
    """A random part of the rows, the same whenever it is asked for."""
    return pl.Series(np.random.default_rng((SEED, rows.height)).random(rows.height) < share)


def _less_wind(rows: pl.DataFrame) -> pl.DataFrame:
    lost = _share(NULL_SHARE, rows)
    return rows.with_columns(pl.when(lost).then(None).otherwise(pl.col("wind_speed")).alias("wind_speed"))


def _new_carrier(rows: pl.DataFrame) -> pl.DataFrame:
    new = _share(NEW_SHARE, rows)
    return rows.with_columns(pl.when(new).then(pl.lit("ZZ")).otherwise(pl.col("carrier")).alias("carrier"))


def _at(column: str, here: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(here).then(value).otherwise(pl.col(column)).alias(column)


def _fault(column: str, value: pl.Expr) -> Fault:
    return Fault(column, partial(_with, value.alias(column)))


CARRIER, CELSIUS = pl.col("carrier"), (pl.col("temperature") - 32) / 1.8
FAULTS = {
    "distance in kilometres": _fault("distance", pl.col("distance") * 1.609),
    "distance + 10 %": _fault("distance", pl.col("distance") * 1.1),
    "seats + 5 %": _fault("seats", pl.col("seats") * 1.05),
    "one carrier under another's code": _fault("carrier", CARRIER.replace("EV", "DL")),
    "times 5 h later (UTC)": _fault("hour", (pl.col("hour") + 5) % 24),
    "wind missing in 20 % more rows": Fault("wind_speed", _less_wind),
    "seats missing for one carrier": _fault("seats", _at("seats", CARRIER == "UA", pl.lit(None))),
    "a new carrier, 2 % of rows": Fault("carrier", _new_carrier),
    "°C for °F at one airport": _fault("temperature", _at("temperature", pl.col("origin") == "JFK", CELSIUS)),
    "humidity + 5": _fault("humidity", pl.col("humidity") + 5),
}
