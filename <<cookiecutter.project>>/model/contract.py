"""The data contract: what a row must look like, and when each of its values is known."""

from collections.abc import Iterable
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
    """The table as a whole is not what the contract describes."""


def at(moment: str, **more: Any) -> dict[str, Any]:
    """A column's metadata: the moment, one of MOMENTS, at which its value is known."""
    return {"known": moment, **more}


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
    plane_year = dy.Int16(nullable=True, min=1930, max=2100, metadata=at(DEPARTURE))
    seats = dy.Int16(nullable=True, min=1, max=900, metadata=at(DEPARTURE))
    temperature = dy.Float64(nullable=True, min=-60, max=140, metadata=at(DEPARTURE))
    dewpoint = dy.Float64(nullable=True, min=-80, max=100, metadata=at(DEPARTURE))
    humidity = dy.Float64(nullable=True, min=0, max=100, metadata=at(DEPARTURE))
    wind_direction = dy.Float64(nullable=True, min=0, max=360, metadata=at(DEPARTURE))
    wind_speed = dy.Float64(nullable=True, min=0, max=150, metadata=at(DEPARTURE))
    wind_gust = dy.Float64(nullable=True, min=0, max=200, metadata=at(DEPARTURE))
    precipitation = dy.Float64(nullable=True, min=0, max=20, metadata=at(DEPARTURE))
    pressure = dy.Float64(nullable=True, min=850, max=1100, metadata=at(DEPARTURE))
    visibility = dy.Float64(nullable=True, min=0, max=100, metadata=at(DEPARTURE))
    air_time = dy.Int16(nullable=True, min=1, max=1500, metadata=at(LANDING))  # minutes
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


def known(name: str) -> str:
    """The moment at which the value of column `name` is known. Raises ContractError for an unknown column."""
    try:
        moment: str = (Row.columns()[name].metadata or {})["known"]
    except KeyError as error:
        raise ContractError(
            f"column {name} has no moment at which it is known: give it one of {', '.join(MOMENTS)} in Row"
        ) from error
    return moment


def in_time(name: str) -> bool:
    """Whether the value of column `name` is known when a prediction is asked for. Raises ContractError."""
    return MOMENTS.index(known(name)) <= MOMENTS.index(PREDICTION)


def require_in_time(features: Iterable[str]) -> None:
    """Raise ContractError naming the first feature whose value is known only after the prediction."""
    for name in features:
        if not in_time(name):
            raise ContractError(
                f"column {name} is known at {known(name)}, but the prediction is made at {PREDICTION}: "
                "take it out of model/features.py"
            )


def check(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that keep the contract, and those that break it with the rules' names in BROKEN (a list).

    Columns that the contract does not name are dropped. Raises ContractError when a column is missing
    or of another type.
    """
    for name, wanted in pl.Schema(Row).items():
        if name not in frame.columns:
            raise ContractError(f"column {name} is missing: add it, as {wanted}")
        if frame.schema[name] != wanted:
            raise ContractError(f"column {name} is {frame.schema[name]}: write it as {wanted}")
    good, failure = Row.filter(frame)
    details = failure.details()
    rules = [name for name in details.columns if name not in Row.column_names()]
    broken = [pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)) for rule in rules]
    named = pl.concat_list(broken).list.drop_nulls().alias(BROKEN)
    return good, details.select(*Row.column_names(), named)
