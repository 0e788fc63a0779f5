"""The data contract: what a row must look like, and when each of its values is known."""

from typing import Any

import dataframely as dy
import polars as pl

TIME = "begins"
LABEL = "bikers"
SEGMENTS = ("weather",)  # a model is also judged on the rows of each value of these
BROKEN = "broken_rules"  # the column of bad rows that names what each of them breaks

MOMENTS = CALENDAR, BEGIN, END = "calendar", "begin of the hour", "end of the hour"  # in the order of time
PREDICTION = BEGIN  # what is known later can be no feature


class ContractError(ValueError):
    """A file or a feature is not what the contract describes; of a file the text is what it does."""


def at(moment: str, *, nulls: float = 1.0, seasonal: bool = False) -> dict[str, Any]:
    """A column's metadata: the moment of MOMENTS at which a value is known; of a nullable column the largest
    share of a file's values that may be missing; and whether it follows the season, as the weather does:
    then production is compared with the days of training that lie as late in the year.
    """
    return {"known": moment, "nulls": nulls, "seasonal": seasonal}


class Row(dy.Schema):
    """One hour, and the bikes that were rented in it."""

    begins = dy.Datetime(primary_key=True, time_unit="us", time_zone="UTC", metadata=at(CALENDAR))
    hour = dy.Int8(nullable=False, min=0, max=23, metadata=at(CALENDAR))
    weekday = dy.Int8(nullable=False, min=1, max=7, metadata=at(CALENDAR))
    holiday = dy.Int8(nullable=False, min=0, max=1, metadata=at(CALENDAR))
    working_day = dy.Int8(nullable=False, min=0, max=1, metadata=at(CALENDAR))
    weather = dy.String(nullable=False, regex="^(clear|cloudy|wet|storm)$", metadata=at(BEGIN))
    temperature = dy.Float64(nullable=False, min=-30, max=50, metadata=at(BEGIN, seasonal=True))
    humidity = dy.Float64(nullable=False, min=0, max=100, metadata=at(BEGIN, seasonal=True))
    wind_speed = dy.Float64(nullable=False, min=0, max=150, metadata=at(BEGIN, seasonal=True))
    casual = dy.Int16(nullable=False, min=0, metadata=at(END))  # of the bikers, those without a subscription
    bikers = dy.Int16(nullable=False, min=0, metadata=at(END))

    @dy.rule()
    def casual_are_bikers(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the class
        """A part is no more than the whole."""
        return pl.col("casual") <= pl.col("bikers")
