"""What the contract says about its columns: which, of which type, known when, empty how often, seasonal."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import polars as pl

from model.contract import MOMENTS, PREDICTION, ContractError, Row


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


def types() -> dict[str, str]:
    """Each column's type, in words."""
    return {name: str(kind) for name, kind in pl.Schema(Row).items()}


def null_budgets() -> dict[str, float]:
    """The largest share of missing values of each column that may have any."""
    columns = Row.columns().items()
    return {name: (column.metadata or {}).get("nulls", 1.0) for name, column in columns if column.nullable}


def seasonal() -> list[str]:
    """The columns that follow the season."""
    return [name for name, column in Row.columns().items() if (column.metadata or {}).get("seasonal", False)]


def require_columns(given: Mapping[str, pl.DataType]) -> None:
    """Raise ContractError when a column is missing, naming the one that it may be, or of another type."""
    for name, wanted in pl.Schema(Row).items():
        if name not in given:
            others = {other.casefold(): other for other in given if other not in Row.columns()}
            near = get_close_matches(name, others, n=1)
            mend = f"rename {others[near[0]]}, or add it" if near else "add it"
            raise ContractError(f"has no column {name}: {mend}, as {wanted}")
        if given[name] != wanted:
            raise ContractError(f"has the column {name} as {given[name]}: write it as {wanted}")
