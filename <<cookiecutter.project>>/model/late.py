"""Labels that came late, joined to the rows of a partition by the id of the request that each row is from."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from model import columns, validate
from model.contract import LABEL, ContractError, Row
from model.labels import Labels
from model.validate import PLACE

REQUEST = "request"  # the column that holds the id
CONFLICTS, ROWS, VALUE = "label_conflicts", "label_rows", "label_value"  # what may be wrong with a label
KIND = pl.Schema(Row)[LABEL]


@dataclass(frozen=True)
class Joined:
    """`rows` is the partition with every label that is known; `wrong` has PLACE and the `rule` of each row
    whose labels cannot be right.
    """

    rows: Path
    wrong: pl.DataFrame


def scan(source: Path) -> pl.LazyFrame:
    """A partition with a label and a request in every row, null where it has none. Raises ContractError."""
    validate.require_parquet(source)
    rows = pl.scan_parquet(source, glob=False)
    given = rows.collect_schema()
    for name, kind in ((LABEL, KIND), (REQUEST, pl.String())):
        if given.get(name, pl.Null()) == pl.Null():
            rows = rows.with_columns(pl.lit(None, kind).alias(name))
    given = rows.collect_schema()
    columns.require_columns(given)
    if given[REQUEST] != pl.String():
        raise ContractError(f"has the column {REQUEST} as {given[REQUEST]}: write it as String")
    return rows.select(*Row.column_names(), *({REQUEST} - set(Row.column_names())))


def given(source: Path) -> set[str]:
    """The columns that a partition has."""
    return set(pl.read_parquet_schema(source))


def requests(source: Path) -> set[str]:
    """The ids of a partition's requests. Raises ContractError."""
    found = scan(source).select(pl.col(REQUEST).drop_nulls().unique()).collect(engine="streaming")
    return set(found[REQUEST])


def join(source: Path, labels: Labels, draft: Path) -> Joined:
    """Write the rows of `source` with their labels to `draft`, in their order. Raises ContractError.

    A request's rows stand in the order in which they were sent, and its labels are in that order too. A row
    that has a label keeps it; where another one came, both are in doubt.
    """
    rows = scan(source).with_row_index(PLACE)
    own = rows.select(PLACE, REQUEST, LABEL).drop_nulls(REQUEST).collect(engine="streaming")
    came = matched(own, labels)
    fitting = came.filter(pl.col("rule").is_null()).select(PLACE, "came")
    known = pl.coalesce(LABEL, "came").alias(LABEL)
    filled = rows.join(fitting.lazy(), on=PLACE, how="left", maintain_order="left").with_columns(known)
    filled.select(Row.column_names()).sink_parquet(draft)
    return Joined(draft, came.select(PLACE, "rule").drop_nulls())


def matched(own: pl.DataFrame, labels: Labels) -> pl.DataFrame:
    """PLACE, the label that `came`, and the `rule` that it breaks, of each row for which one came.

    `own` has PLACE, REQUEST and LABEL of the rows that are from a request.
    """
    ids = [*labels.of, *labels.conflicting]
    values = [*map(list, labels.of.values()), *([] for _ in labels.conflicting)]
    given = pl.DataFrame(
        {REQUEST: ids, "values": values, "doubtful": [one in labels.conflicting for one in ids]},
        schema={REQUEST: pl.String, "values": pl.List(pl.Float64), "doubtful": pl.Boolean},
    )
    row = pl.int_range(pl.len()).over(REQUEST)
    rows = pl.len().over(REQUEST)
    number = pl.col("values").list.get(pl.col("row"), null_on_oob=True)
    value = number.cast(KIND, strict=False)
    whole = pl.col("values").list.len() == pl.col("rows")
    rule = (
        pl.when(pl.col("doubtful") | (whole & (pl.col("came") != pl.col(LABEL))))
        .then(pl.lit(CONFLICTS))
        .when(pl.col(LABEL).is_not_null())
        .then(None)
        .when(~whole)
        .then(pl.lit(ROWS))
        .when(pl.col("came").is_null() | (pl.col("came").cast(pl.Float64) != number))
        .then(pl.lit(VALUE))
    )
    found = own.with_columns(row=row, rows=rows).join(given, on=REQUEST, how="inner", maintain_order="left")
    return found.with_columns(came=value).with_columns(rule=rule).select(PLACE, "came", "rule")
