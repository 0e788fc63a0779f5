"""model/contract.py: each rule catches its fault, and only the faulty rows."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from model import contract

Divide = Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]
FAULTS = {
    "carrier|regex": {"carrier": "delta"},
    "flight|min": {"flight": 0},
    "origin|regex": {"origin": "jfk"},
    "destination|regex": {"destination": "1"},
    "distance|min": {"distance": 0},
    "distance|max": {"distance": 10_001},
    "distance|nullability": {"distance": None},
    "hour|max": {"hour": 24},
    "weekday|min": {"weekday": 0},
    "plane_year|min": {"plane_year": 1903},
    "plane_was_built": {"plane_year": 2014},
    "seats|min": {"seats": 0},
    "temperature|max": {"temperature": 141.0},
    "temperature|nan": {"temperature": float("nan")},
    "humidity|max": {"humidity": 100.5},
    "wind_direction|min": {"wind_direction": -1.0},
    "gust_exceeds_wind": {"wind_speed": 30.0, "wind_gust": 20.0},
    "pressure|min": {"pressure": 0.0},
    "late|nullability": {"late": None},
    "goes_somewhere": {"origin": "JFK", "destination": "JFK"},
}


def plant(rows: pl.DataFrame, place: int, values: dict[str, Any]) -> pl.DataFrame:
    """`rows` with `values` in row `place`."""
    here = pl.int_range(pl.len()) == place
    faults = [
        pl.when(here).then(pl.lit(value, dtype=rows.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    ]
    return rows.with_columns(faults)


@pytest.mark.parametrize("rule", FAULTS)
def test_a_rule_quarantines_exactly_the_faulty_row(flights: pl.DataFrame, divide: Divide, rule: str) -> None:
    """One planted fault: one bad row, which names the rule; the other rows are good."""
    good, bad = divide(plant(flights, 7, FAULTS[rule]))
    assert (good.height, bad.height) == (flights.height - 1, 1)
    assert rule in bad[contract.BROKEN][0]


def test_a_table_joined_one_row_off_is_noticed(flights: pl.DataFrame, divide: Divide) -> None:
    """The minute no longer repeats the schedule."""
    shifted = flights.with_columns(pl.col("minute").shift(1).fill_null(0))
    _, bad = divide(shifted)
    expected = (shifted["minute"] != shifted["scheduled"].dt.minute()).sum()
    assert bad.height == expected > 1000


def test_a_row_that_breaks_two_rules_names_both(flights: pl.DataFrame, divide: Divide) -> None:
    """The quarantine says everything that is wrong at once."""
    _, bad = divide(plant(flights, 0, {"distance": -1, "weekday": 9}))
    assert bad[contract.BROKEN].to_list() == [["distance|min", "weekday|max"]]
