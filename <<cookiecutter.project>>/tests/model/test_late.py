"""model/late.py: a label finds its row by the request's id, or says why it cannot be right."""

from pathlib import Path

import polars as pl
import pytest

from model import late
from model.contract import ContractError
from model.labels import Labels


def matched(own: list[tuple[str, bool | None]], labels: Labels) -> list[tuple[bool | None, str | None]]:
    """The label that came and the broken rule, of rows with a request and a label of their own."""
    rows = pl.DataFrame(own, schema={late.REQUEST: pl.String, "late": pl.Boolean}, orient="row")
    found = late.matched(rows.with_row_index(late.PLACE), labels)
    return [(came, rule) for _, came, rule in found.iter_rows()]


def test_a_row_that_nobody_has_labelled_breaks_no_rule() -> None:
    """Other rows' labels are none of its own."""
    assert matched([("a", None), ("b", None)], Labels(of={"b": (1.0,)})) == [(True, None)]


def test_rows_of_one_request_take_its_labels_in_turn() -> None:
    """Whatever stands between them."""
    labels = Labels(of={"a": (1.0, 0.0), "b": (0.0,)})
    rows = [("a", None), ("b", None), ("a", None)]
    assert matched(rows, labels) == [(True, None), (False, None), (False, None)]


@pytest.mark.parametrize(
    ("own", "labels", "rule"),
    [
        (None, Labels(conflicting={"a"}), late.CONFLICTS),
        (True, Labels(conflicting={"a"}), late.CONFLICTS),
        (True, Labels(of={"a": (0.0,)}), late.CONFLICTS),
        (True, Labels(of={"a": (1.0,)}), None),
        (None, Labels(of={"a": (1.0, 0.0)}), late.ROWS),
        (True, Labels(of={"a": (1.0, 0.0)}), None),
        (None, Labels(of={"a": (0.5,)}), late.VALUE),
        (None, Labels(of={"a": (-1.0,)}), late.VALUE),
    ],
)
def test_what_may_be_wrong_with_a_label(own: bool | None, labels: Labels, rule: str | None) -> None:
    """A row with a label of its own is in doubt only where another value came for it."""
    assert matched([("a", own)], labels)[0][1] == rule


def test_the_rows_keep_their_order_and_the_contracts_columns(tmp_path: Path, flights: pl.DataFrame) -> None:
    """The request is not learned from."""
    source = tmp_path / "source.parquet"
    flights.with_columns(request=pl.lit("a")).write_parquet(source)
    joined = late.join(source, Labels(), tmp_path / "draft")
    assert pl.read_parquet(joined.rows).equals(flights)
    assert joined.wrong.is_empty()


def test_only_rows_from_a_request_are_asked_for(tmp_path: Path, flights: pl.DataFrame) -> None:
    """Others have their label already, or get none."""
    source = tmp_path / "source.parquet"
    flights.head(3).with_columns(request=pl.Series(["a", None, "a"])).write_parquet(source)
    assert late.requests(source) == {"a"}
    flights.write_parquet(source)
    assert late.requests(source) == set()


def test_a_label_of_another_type_is_named(tmp_path: Path, flights: pl.DataFrame) -> None:
    """It is not cast: nobody knows what a 2 would mean."""
    flights.cast({"late": pl.Int8}).write_parquet(tmp_path / "source.parquet")
    with pytest.raises(ContractError, match="has the column late as Int8: write it as Boolean"):
        late.scan(tmp_path / "source.parquet")
