"""sandbox.rehearsal.damage: exactly the damage that was asked for."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from sandbox.rehearsal import damage
from sandbox.rehearsal.scenario import Traffic


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Twenty rows, every one another."""
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"distance": [float(n) for n in range(20)], "late": [n % 3 for n in range(20)]}).write_parquet(path)
    return path


@pytest.mark.parametrize("rows", [1, 3, 7, 13, 20])
def test_exactly_so_many_rows_are_planted(file: Path, rows: int) -> None:
    """Also when the number does not divide the file's."""
    damage.plant(file, "distance", -1, rows)
    assert pl.read_parquet(file)["distance"].to_list().count(-1) == rows


def test_planted_rows_are_spread(file: Path) -> None:
    """Not the first so many."""
    damage.plant(file, "distance", -1, 4)
    assert (pl.read_parquet(file)["distance"] == -1).arg_true().to_list() == [0, 5, 10, 15]


def test_planting_leaves_the_rest(file: Path) -> None:
    """Other columns, types and the file's height."""
    before = pl.read_parquet(file)
    damage.plant(file, "distance", -1, 4)
    after = pl.read_parquet(file)
    assert after.schema == before.schema
    assert after["late"].to_list() == before["late"].to_list()


def test_a_value_of_another_type_is_refused(file: Path) -> None:
    """Rather than made null."""
    with pytest.raises(pl.exceptions.PolarsError):
        damage.plant(file, "distance", "far", 4)


def test_permuting_keeps_the_values(file: Path) -> None:
    """All of them, and as often."""
    before = pl.read_parquet(file)["late"]
    damage.permute(file, "late", 1)
    assert sorted(pl.read_parquet(file)["late"]) == sorted(before)


def test_permuting_changes_the_order(file: Path) -> None:
    """Of that column and of no other."""
    before = pl.read_parquet(file)
    damage.permute(file, "late", 1)
    after = pl.read_parquet(file)
    assert after["late"].to_list() != before["late"].to_list()
    assert after["distance"].to_list() == before["distance"].to_list()


def test_a_seed_permutes_always_alike(file: Path) -> None:
    """Two rehearsals do the same damage."""
    before = file.read_bytes()
    damage.permute(file, "late", 1)
    once = pl.read_parquet(file)["late"].to_list()
    file.write_bytes(before)
    damage.permute(file, "late", 1)
    assert pl.read_parquet(file)["late"].to_list() == once


def test_height_is_the_number_of_rows(file: Path) -> None:
    """Without reading them."""
    assert damage.height(file) == 20


PLAN = Traffic(files=["7.parquet"], columns=["distance"], label="late", together=1)


def test_a_question_has_only_what_a_caller_sends(file: Path) -> None:
    """The label is kept beside it."""
    asked = damage.questions(file.parent, PLAN, [file.name])
    rows = [row for one in asked for row in one.rows]
    assert sorted(row["distance"] for row in rows) == list(range(20))
    assert {key for row in rows for key in row} == {"distance"}
    assert all(one.truth == [one.rows[0]["distance"] % 3] for one in asked)


def test_questions_have_a_fixed_random_order(file: Path) -> None:
    """Not the file's, and the same each time."""
    once, twice = (damage.questions(file.parent, PLAN, [file.name]) for _ in range(2))
    assert once == twice
    assert once != sorted(once, key=lambda one: one.rows[0]["distance"])


def test_rows_are_at_most_so_many(file: Path) -> None:
    """Of all files together, and some in each request."""
    asked = damage.questions(file.parent, replace(PLAN, together=3), [file.name, file.name], most=7)
    assert [(len(one.rows), len(one.truth)) for one in asked] == [(3, 3), (3, 3), (1, 1)]


def test_a_question_is_told_otherwise(file: Path) -> None:
    """Of every row, and what is true of it stays."""
    asked = damage.questions(file.parent, PLAN, [file.name])
    told = damage.told(asked, "distance", -1)
    assert {row["distance"] for one in told for row in one.rows} == {-1}
    assert [one.truth for one in told] == [one.truth for one in asked]


def test_a_partition_has_no_label_where_production_was_asked(file: Path) -> None:
    """The request's name instead, in the order in which its rows were sent; the rest is as it was."""
    plan = replace(PLAN, together=3)
    asked = damage.questions(file.parent, plan, [file.name])
    rows = pl.read_parquet(BytesIO(damage.partition(file, plan, {0: "r-0", 6: "r-6"})))
    for place, name in ((0, "r-0"), (6, "r-6")):
        sent = rows.filter(pl.col("request") == name)
        assert sent["distance"].to_list() == [row["distance"] for row in asked[place].rows]
        assert sent["late"].null_count() == sent.height
    rest = rows.filter(pl.col("request").is_null())
    assert (rest.height, rest["late"].null_count()) == (15, 0)
    assert rows.drop("request", "late").sort("distance").equals(pl.read_parquet(file).drop("late").sort("distance"))


def test_a_partition_without_a_request_is_the_file(file: Path) -> None:
    """With every label."""
    rows = pl.read_parquet(BytesIO(damage.partition(file, PLAN, {})))
    assert rows.drop("request").sort("distance").equals(pl.read_parquet(file).sort("distance"))
