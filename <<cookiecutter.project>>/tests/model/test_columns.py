"""model/columns.py: what is missing, wrong or known too late is named."""

import polars as pl
import pytest

from model import columns, features
from model.contract import MOMENTS, ContractError, Row

SCHEMA = dict(pl.Schema(Row))


def test_a_missing_column_is_named() -> None:
    """The error says which column, and of which type it should be."""
    given = {name: kind for name, kind in SCHEMA.items() if name != "distance"}
    with pytest.raises(ContractError, match="has no column distance: add it, as Int16"):
        columns.require_columns(given)


@pytest.mark.parametrize("other", ["wind_gusts", "WIND_GUST"])
def test_a_renamed_column_is_guessed(other: str) -> None:
    """The error says which of the others it may be."""
    given = {{"wind_gust": other}.get(name, name): kind for name, kind in SCHEMA.items()}
    sentence = f"has no column wind_gust: rename {other}, or add it, as Float64"
    with pytest.raises(ContractError, match=sentence):
        columns.require_columns(given)


def test_another_type_is_named() -> None:
    """The error says what the column is and what it should be."""
    with pytest.raises(ContractError, match="has the column hour as Int64: write it as Int8"):
        columns.require_columns(SCHEMA | {"hour": pl.Int64()})


def test_a_column_may_be_in_addition() -> None:
    """It is dropped."""
    columns.require_columns(SCHEMA | {"tailwind": pl.Float64()})


def test_a_column_that_may_be_missing_has_a_budget() -> None:
    """And no other: elsewhere a missing value is a bad row."""
    budgets = columns.null_budgets()
    assert (budgets["wind_gust"], "carrier" in budgets, "late" in budgets) == (0.95, False, False)


def test_the_features_are_known_in_time() -> None:
    """Every input of the model is there when a prediction is asked for."""
    columns.require_in_time(features.COLUMNS)


def test_a_column_that_is_known_later_is_no_feature() -> None:
    """The error says which column, when it is known, and what to do."""
    sentence = (
        "column air_time is known at landing, but the prediction is made at scheduled departure: take it out"
    )
    with pytest.raises(ContractError, match=sentence):
        columns.require_in_time([*features.COLUMNS, "air_time"])


def test_a_feature_that_the_contract_does_not_know_is_named() -> None:
    """Nobody has said when its value is known."""
    with pytest.raises(ContractError, match="column tailwind has no moment"):
        columns.require_in_time(["tailwind"])


def test_every_column_says_when_it_is_known() -> None:
    """A column without a moment could slip into the features."""
    assert {columns.known(name) for name in Row.column_names()} <= set(MOMENTS)
