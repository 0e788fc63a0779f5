# /// script
# requires-python = ">=3.11"
# dependencies = ["polars==2.1.0"]
# ///
"""Makes data/bikes/2011-QN.parquet: bikes rented in Washington, D.C., in every hour of 2011.

The table comes in the package ISLP, which needs far more than it: fetch it alone, then run this file.

    uv pip install --no-deps --target build/islp ISLP==0.6.0
    uv run data/make_sample.py build/islp/ISLP/data/Bikeshare.csv
"""

import sys
from pathlib import Path

import polars as pl

OUT = Path(__file__).parent / "bikes"
WEATHER = {"clear": "clear", "cloudy/misty": "cloudy", "light rain/snow": "wet", "heavy rain/snow": "storm"}


def columns(table: pl.DataFrame) -> pl.DataFrame:
    """What is known when the hour begins, and what was counted in it; weather in units instead of shares."""
    day = pl.date(2011, 1, 1) + pl.duration(days=pl.col("day") - 1)
    hour = pl.col("hr").cast(pl.String).str.strip_chars('"').cast(pl.Int64)
    begins = day.cast(pl.Datetime("us", "UTC")) + pl.duration(hours=hour)
    small = {"hour": pl.Int8, "weekday": pl.Int8, "holiday": pl.Int8, "working_day": pl.Int8}
    return table.select(
        begins.alias("begins"),  # local time, written as if it were UTC
        hour.alias("hour"),
        day.dt.weekday().alias("weekday"),
        "holiday",
        pl.col("workingday").alias("working_day"),
        pl.col("weathersit").replace_strict(WEATHER).alias("weather"),
        (pl.col("temp") * 47 - 8).round(1).alias("temperature"),
        (pl.col("hum") * 100).round(1).alias("humidity"),
        (pl.col("windspeed") * 67).round(1).alias("wind_speed"),
        pl.col("casual").cast(pl.Int16),
        pl.col("bikers").cast(pl.Int16),
    ).cast(small)


def main(source: Path) -> None:
    """Write one file for each quarter."""
    rows = columns(pl.read_csv(source)).sort("begins")
    OUT.mkdir(exist_ok=True)
    for (quarter,), part in rows.group_by(pl.col("begins").dt.quarter(), maintain_order=True):
        part.write_parquet(OUT / f"2011-Q{quarter}.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
