"""model/validate.py: exact, file to file, and as the processing container runs it."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from model import contract, validate
from model.contract import BROKEN, ContractError

Divide = Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]
Run = Callable[[str, Path], subprocess.CompletedProcess[str]]
Stage = Callable[[Path, Sequence[pl.DataFrame]], str]


def test_good_rows_come_back_unchanged(flights: pl.DataFrame, divide: Divide) -> None:
    """Neither sorted nor converted."""
    good, bad = divide(flights)
    assert bad.is_empty()
    assert good.equals(flights)


def test_copies_far_apart_are_found(flights: pl.DataFrame, divide: Divide) -> None:
    """Both rows of a key are bad, wherever they are; the others stay in their order."""
    good, bad = divide(pl.concat([flights, flights.gather_every(100)]))
    assert bad[BROKEN].to_list() == [["primary_key"]] * (2 * len(range(0, flights.height, 100)))
    assert good.equals(flights.filter(pl.int_range(pl.len()) % 100 != 0))


def test_a_copy_of_a_bad_row_breaks_both_rules(flights: pl.DataFrame, divide: Divide) -> None:
    """The copy may be good: its key is taken all the same."""
    wrong = flights.head(1).with_columns(distance=pl.lit(0, pl.Int16))
    _, bad = divide(pl.concat([wrong, flights]))
    assert sorted(bad[BROKEN].to_list()) == [["primary_key"], ["primary_key", "distance|min"]]


def test_a_key_with_nulls_is_a_key(flights: pl.DataFrame, divide: Divide) -> None:
    """Two rows without a carrier are copies of each other as well."""
    nameless = flights.head(1).with_columns(carrier=pl.lit(None, pl.String))
    _, bad = divide(pl.concat([nameless, nameless, flights]))
    assert bad[BROKEN].to_list() == [["primary_key", "carrier|nullability"]] * 2


def test_equal_hashes_alone_make_no_copies(
    flights: pl.DataFrame, divide: Divide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where rows share a hash the keys themselves decide."""
    monkeypatch.setattr(pl.Expr, "hash", lambda key: pl.lit(0, pl.UInt64) + key.is_null().cast(pl.UInt64))
    good, bad = divide(pl.concat([flights, flights.head(1)]))
    assert (good.height, bad.height) == (flights.height - 1, 2)


def test_columns_that_the_contract_does_not_name_are_dropped(flights: pl.DataFrame, divide: Divide) -> None:
    """Good rows of all files have the same columns in the same order."""
    good, _ = divide(flights.select(pl.lit(1).alias("more"), *reversed(flights.columns)))
    assert good.equals(flights)


def test_the_facts_of_a_file(tmp_path: Path, flights: pl.DataFrame) -> None:
    """Counts and shares are of all rows, label and window of the good ones."""
    spoilt = flights.with_columns(late=pl.when(pl.int_range(pl.len()) >= 30).then("late"))
    spoilt.write_parquet(tmp_path / "rows")
    found = validate.validate(tmp_path / "rows", tmp_path / "aside/bad")
    good = flights.slice(30)
    assert (found["rows"], found["bad"], found["rules"]) == (flights.height, 30, {"late|nullability": 30})
    assert found["label"] == {
        "name": "late",
        "share": pytest.approx(good.height / flights.height),
        "rate": pytest.approx(good["late"].mean()),
    }
    assert found["window"]["from"] == good["scheduled"].min().isoformat()
    assert found["nulls"]["seats"] == {"share": flights["seats"].null_count() / flights.height, "budget": 0.3}
    assert pl.read_parquet(tmp_path / "aside/bad").height == 30


@pytest.mark.parametrize("name", ["[ab]*", "a?", "*"])
def test_a_name_is_no_pattern(tmp_path: Path, flights: pl.DataFrame, name: str) -> None:
    """Of files that a shell's pattern would match, only the one that is called so is read."""
    flights.head(100).write_parquet(tmp_path / name)
    flights.write_parquet(tmp_path / "ab")
    found = validate.validate(tmp_path / name, tmp_path / "bad")
    assert (found["rows"], found["bad"]) == (100, 0)
    assert validate.label_rate(tmp_path / name) == flights.head(100)["late"].mean()


def test_a_quarantine_is_left_alone_when_there_is_nothing_to_put_there(
    tmp_path: Path, flights: pl.DataFrame
) -> None:
    """What lies there may be of an earlier day."""
    flights.write_parquet(tmp_path / "rows")
    (tmp_path / "bad").write_text("of yesterday")
    assert validate.validate(tmp_path / "rows", tmp_path / "bad")["exact"]
    assert (tmp_path / "bad").read_text() == "of yesterday"


def test_a_file_without_rows_has_no_window(tmp_path: Path, flights: pl.DataFrame) -> None:
    """Nothing is divided by nothing."""
    flights.head(0).write_parquet(tmp_path / "rows")
    found = validate.validate(tmp_path / "rows", tmp_path / "bad")
    assert (found["rows"], found["window"], found["label"]["rate"]) == (0, None, None)


def _cut(path: Path, flights: pl.DataFrame) -> None:
    flights.write_parquet(path)
    path.write_bytes(path.read_bytes()[:-1000])


def _damage(path: Path, flights: pl.DataFrame) -> None:
    flights.write_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[:-40] + b"?" * 32 + content[-8:])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_cut, "is cut off, its end is missing"),
        (_damage, "cannot be read"),
        (lambda path, flights: flights.write_csv(path), "is not a parquet file"),
        (lambda path, _: path.touch(), "is empty"),
        (lambda path, _: path.mkdir(), "is a folder: name the parquet files in it"),
        (lambda path, _: None, "does not exist"),
    ],
)
def test_what_is_no_parquet_file_is_named(
    tmp_path: Path, flights: pl.DataFrame, make: Callable[[Path, pl.DataFrame], None], sentence: str
) -> None:
    """One sentence, and no quarantine."""
    make(tmp_path / "rows", flights)
    with pytest.raises(ContractError, match=sentence) as raised:
        validate.validate(tmp_path / "rows", tmp_path / "bad")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "bad").exists()


@pytest.fixture
def root(tmp_path: Path, flights: pl.DataFrame, stage: Stage) -> Path:
    """$ML_ROOT of a processing job whose second file has three bad rows."""
    bad = flights.slice(1500).with_columns(
        distance=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit(0, pl.Int16)).otherwise("distance")
    )
    stage(tmp_path / "ml/processing/input/data", [flights.head(1500), bad])
    return tmp_path / "ml"


def test_the_job_leaves_the_facts_of_each_file(root: Path, run: Run) -> None:
    """And the bad rows, under the name of their file."""
    done = run("model.validate", root)
    assert done.returncode == 0, done.stderr
    document = json.loads((root / "processing/output/validation.json").read_text())
    found = [(one["path"], one["bad"]) for one in document["files"]]
    assert found == [("data/flights/0.parquet", 0), ("data/flights/1.parquet", 3)]
    [aside] = (root / "processing/output/quarantine").rglob("*.parquet")
    assert aside.relative_to(root / "processing/output/quarantine") == Path("data/flights/1.parquet")
    assert pl.read_parquet(aside)[BROKEN].to_list() == [["distance|min"]] * 3
    assert document["manifest_sha256"] == next((root / "processing/input/data/manifests").iterdir()).name


def test_a_file_that_cannot_be_checked_fails_the_job_by_name(
    root: Path, flights: pl.DataFrame, stage: Stage, run: Run
) -> None:
    """SageMaker shows the sentence as ExitMessage."""
    shutil.rmtree(root / "processing/input/data")
    stage(root / "processing/input/data", [flights, flights.drop("distance")])
    assert run("model.validate", root).returncode == 1
    said = (root / "output/message").read_text()
    assert said == "ContractError: data/flights/1.parquet has no column distance: add it, as Int16"


def test_the_contract_alone_has_no_rule_of_many_rows() -> None:
    """Uniqueness is the one rule that streaming needs apart; the others come from the contract."""
    assert validate.ALONE.column_names() == [*validate.FOUND, *contract.Row.column_names()]
    assert validate.ALONE.primary_key() == []
