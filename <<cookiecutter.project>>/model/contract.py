"""The data contract: what a row must look like, and when each of its values is known."""

from typing import Any

import dataframely as dy
import polars as pl

TIME = "scheduled"
LABEL = "late"
SEGMENTS = ("origin", "carrier")  # a model is also judged on the rows of each value of these
BROKEN = "broken_rules"  # the column of bad rows that names what each of them breaks

MOMENTS = BOOKING, DEPARTURE, TAKE_OFF, LANDING = (  # at which values become known, in the order of time
    "booking",
    "scheduled departure",
    "take-off",
    "landing",
)
PREDICTION = DEPARTURE  # what is known later can be no feature


class ContractError(ValueError):
    """A file or a feature is not what the contract describes; of a file the text is what it does."""


def at(moment: str, *, nulls: float = 1.0, seasonal: bool = False) -> dict[str, Any]:
    """A column's metadata: the moment of MOMENTS at which a value is known; of a nullable column the largest
    share of a file's values that may be missing; and whether it follows the season, as the weather does:
    then production is compared with the days of training that lie as late in the year.
    """
    return {"known": moment, "nulls": nulls, "seasonal": seasonal}


def weather(nulls: float) -> dict[str, Any]:
    """The metadata of an observation."""
    return at(DEPARTURE, nulls=nulls, seasonal=True)


class Row(dy.Schema):
    """One scheduled departure from New York, and whether it was late."""

    scheduled = dy.Datetime(primary_key=True, time_unit="us", time_zone="UTC", metadata=at(BOOKING))
    carrier = dy.String(primary_key=True, regex="^[0-9A-Z]{2}$", metadata=at(BOOKING))
    flight = dy.Int16(primary_key=True, min=1, metadata=at(BOOKING))
    origin = dy.String(primary_key=True, regex="^[A-Z]{3}$", metadata=at(BOOKING))
    destination = dy.String(nullable=False, regex="^[A-Z]{3}$", metadata=at(BOOKING))
    distance = dy.Int16(nullable=False, min=1, max=10_000, metadata=at(BOOKING))
    hour = dy.Int8(nullable=False, min=0, max=23, metadata=at(BOOKING))
    minute = dy.Int8(nullable=False, min=0, max=59, metadata=at(BOOKING))
    weekday = dy.Int8(nullable=False, min=1, max=7, metadata=at(BOOKING))
    plane_year = dy.Int16(nullable=True, min=1930, max=2100, metadata=at(DEPARTURE, nulls=0.3))
    seats = dy.Int16(nullable=True, min=1, max=900, metadata=at(DEPARTURE, nulls=0.3))
    temperature = dy.Float64(nullable=True, min=-60, max=140, metadata=weather(nulls=0.1))
    dewpoint = dy.Float64(nullable=True, min=-80, max=100, metadata=weather(nulls=0.1))
    humidity = dy.Float64(nullable=True, min=0, max=100, metadata=weather(nulls=0.1))
    wind_direction = dy.Float64(nullable=True, min=0, max=360, metadata=weather(nulls=0.15))
    wind_speed = dy.Float64(nullable=True, min=0, max=150, metadata=weather(nulls=0.1))
    wind_gust = dy.Float64(nullable=True, min=0, max=200, metadata=weather(nulls=0.95))
    precipitation = dy.Float64(nullable=True, min=0, max=20, metadata=weather(nulls=0.1))
    pressure = dy.Float64(nullable=True, min=850, max=1100, metadata=weather(nulls=0.3))
    visibility = dy.Float64(nullable=True, min=0, max=100, metadata=weather(nulls=0.1))
    air_time = dy.Int16(nullable=True, min=1, max=1500, metadata=at(LANDING, nulls=0.1))  # minutes
    late = dy.Bool(nullable=False, metadata=at(TAKE_OFF))

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
