"""model/contract.py: each rule catches its fault, and only the faulty rows."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from model import contract, features

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


SCHEMA = dict(pl.Schema(contract.Row))


def test_a_missing_column_is_named() -> None:
    """The error says which column, and of which type it should be."""
    given = {name: kind for name, kind in SCHEMA.items() if name != "distance"}
    with pytest.raises(contract.ContractError, match="has no column distance: add it, as Int16"):
        contract.require_columns(given)


def test_a_renamed_column_is_guessed() -> None:
    """The error says which of the others it may be."""
    given = {{"wind_gust": "wind_gusts"}.get(name, name): kind for name, kind in SCHEMA.items()}
    sentence = "has no column wind_gust: rename wind_gusts, or add it, as Float64"
    with pytest.raises(contract.ContractError, match=sentence):
        contract.require_columns(given)


def test_another_type_is_named() -> None:
    """The error says what the column is and what it should be."""
    with pytest.raises(contract.ContractError, match="has the column hour as Int64: write it as Int8"):
        contract.require_columns(SCHEMA | {"hour": pl.Int64()})


def test_a_column_may_be_in_addition() -> None:
    """It is dropped."""
    contract.require_columns(SCHEMA | {"tailwind": pl.Float64()})


def test_a_column_that_may_be_missing_has_a_budget() -> None:
    """And no other: elsewhere a missing value is a bad row."""
    budgets = contract.null_budgets()
    assert (budgets["wind_gust"], "carrier" in budgets, "late" in budgets) == (0.95, False, False)


def test_the_features_are_known_in_time() -> None:
    """Every input of the model is there when a prediction is asked for."""
    contract.require_in_time(features.COLUMNS)


def test_a_column_that_is_known_later_is_no_feature() -> None:
    """The error says which column, when it is known, and what to do."""
    sentence = (
        "column air_time is known at landing, but the prediction is made at scheduled departure: take it out"
    )
    with pytest.raises(contract.ContractError, match=sentence):
        contract.require_in_time([*features.COLUMNS, "air_time"])


def test_a_feature_that_the_contract_does_not_know_is_named() -> None:
    """Nobody has said when its value is known."""
    with pytest.raises(contract.ContractError, match="column tailwind has no moment"):
        contract.require_in_time(["tailwind"])


def test_every_column_says_when_it_is_known() -> None:
    """A column without a moment could slip into the features."""
    assert {contract.known(name) for name in contract.Row.column_names()} <= set(contract.MOMENTS)
