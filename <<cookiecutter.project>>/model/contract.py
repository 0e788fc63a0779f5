"""The data contract: what a row must look like before anything is trained on it."""

import dataframely as dy
import polars as pl

TIME = "scheduled"
LABEL = "late"
BROKEN = "broken_rules"  # the column of bad rows that names what each of them breaks


class ContractError(ValueError):
    """The table as a whole is not what the contract describes."""


class Flight(dy.Schema):
    """One scheduled departure from New York: what is known at that time, and whether it was late."""

    scheduled = dy.Datetime(primary_key=True, time_unit="us", time_zone="UTC")
    carrier = dy.String(primary_key=True, regex="^[0-9A-Z]{2}$")
    flight = dy.Int16(primary_key=True, min=1)
    origin = dy.String(primary_key=True, regex="^[A-Z]{3}$")
    destination = dy.String(nullable=False, regex="^[A-Z]{3}$")
    distance = dy.Int16(nullable=False, min=1, max=10_000)
    hour = dy.Int8(nullable=False, min=0, max=23)
    minute = dy.Int8(nullable=False, min=0, max=59)
    weekday = dy.Int8(nullable=False, min=1, max=7)
    plane_year = dy.Int16(nullable=True, min=1930, max=2100)
    seats = dy.Int16(nullable=True, min=1, max=900)
    temperature = dy.Float64(nullable=True, min=-60, max=140)
    dewpoint = dy.Float64(nullable=True, min=-80, max=100)
    humidity = dy.Float64(nullable=True, min=0, max=100)
    wind_direction = dy.Float64(nullable=True, min=0, max=360)
    wind_speed = dy.Float64(nullable=True, min=0, max=150)
    wind_gust = dy.Float64(nullable=True, min=0, max=200)
    precipitation = dy.Float64(nullable=True, min=0, max=20)
    pressure = dy.Float64(nullable=True, min=850, max=1100)
    visibility = dy.Float64(nullable=True, min=0, max=100)
    air_time = dy.Int16(nullable=True, min=1, max=1500)  # minutes; known at landing: never a feature
    late = dy.Bool(nullable=False)

    @dy.rule()
    def goes_somewhere(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the class
        """A flight does not land where it leaves."""
        return pl.col("destination") != pl.col("origin")

    @dy.rule()
    def minute_of_schedule(cls) -> pl.Expr:  # noqa: N805
        """Minute repeats the schedule, so a table joined one row off shows here."""
        return pl.col("minute") == pl.col("scheduled").dt.minute()

    @dy.rule()
    def plane_was_built(cls) -> pl.Expr:  # noqa: N805
        """No plane flies before the year it was built in."""
        return pl.col("plane_year") <= pl.col("scheduled").dt.year()

    @dy.rule()
    def gust_exceeds_wind(cls) -> pl.Expr:  # noqa: N805
        """A gust is stronger than the wind it interrupts."""
        return pl.col("wind_gust") >= pl.col("wind_speed")


def check(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that keep the contract, and those that break it with the rules' names in BROKEN (a list).

    Columns that the contract does not name are dropped. Raises ContractError when a column is missing
    or of another type.
    """
    for name, wanted in pl.Schema(Flight).items():
        if name not in frame.columns:
            raise ContractError(f"column {name} is missing: add it, as {wanted}")
        if frame.schema[name] != wanted:
            raise ContractError(f"column {name} is {frame.schema[name]}: write it as {wanted}")
    good, failure = Flight.filter(frame)
    details = failure.details()
    rules = [name for name in details.columns if name not in Flight.column_names()]
    broken = [pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)) for rule in rules]
    named = pl.concat_list(broken).list.drop_nulls().alias(BROKEN)
    return good, details.select(*Flight.column_names(), named)
