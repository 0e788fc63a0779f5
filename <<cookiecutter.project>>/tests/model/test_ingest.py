"""model/ingest.py: partitions and late labels in; the same bytes, facts and bad rows out, whoever runs it."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from model import ingest
from model.contract import BROKEN

Run = Callable[[str, Path], subprocess.CompletedProcess[str]]


class Folder:
    """What a job is given, and what it leaves."""

    def __init__(self, root: Path) -> None:
        """An empty plan."""
        self.source, self.target = root / "processing/input", root / "processing/output"
        self.plan: dict[str, list[dict[str, Any]]] = {"partitions": [], "pinned": []}

    def send(self, name: str, rows: pl.DataFrame | bytes, *, final: bool = False) -> None:
        """Add a partition, or bytes that call themselves one."""
        path = self.source / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rows) if isinstance(rows, bytes) else rows.write_parquet(path)
        self.plan["partitions"].append({"name": name, "final": final})

    def pin(self, rows: pl.DataFrame) -> None:
        """Add a file of older rows."""
        path = self.source / "pinned/objects/file"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        path.rename(path.with_name(f"{sha256}.parquet"))
        self.plan["pinned"].append({"path": "data/old.parquet", "sha256": sha256})

    def answer(self, request: str, data: str) -> None:
        """Add a label."""
        path = self.source / "labels/production/1.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = {
            "groundTruthData": {"data": data, "encoding": "CSV"},
            "eventMetadata": {"eventId": request},
            "eventVersion": "0",
        }
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def write(self) -> None:
        """Put the plan beside its inputs."""
        (self.source / "plan").mkdir(parents=True, exist_ok=True)
        (self.source / "plan/plan.json").write_text(json.dumps(self.plan))

    def read(self) -> dict[str, Any]:
        """The document of a job that runs here."""
        self.write()
        return ingest.document(self.source, self.target)

    def only(self) -> dict[str, Any]:
        """What it says of the one partition."""
        [facts] = self.read()["partitions"]
        return dict(facts)

    def good(self, facts: dict[str, Any]) -> pl.DataFrame:
        """The rows that it found good, from the file of that name."""
        path = self.target / f"good/{facts['good']['sha256']}.parquet"
        content = path.read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (path.stem, facts["good"]["bytes"])
        return pl.read_parquet(path)

    def bad(self, name: str = "1.parquet") -> list[list[str]]:
        """The rules that each row in quarantine breaks."""
        return pl.read_parquet(self.target / "quarantine" / name)[BROKEN].to_list()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A job that was given nothing yet."""
    return Folder(tmp_path)


@pytest.fixture
def rows(flights: pl.DataFrame) -> pl.DataFrame:
    """A hundred rows, each from a request of its own."""
    return flights.head(100).with_columns(request=pl.format("r{}", pl.int_range(pl.len())))


def test_rows_with_their_labels_are_the_good_ones(folder: Folder, flights: pl.DataFrame) -> None:
    """In their order and with the contract's columns."""
    folder.send("1.parquet", flights)
    facts = folder.only()
    assert folder.good(facts).equals(flights)
    assert (facts["rows"], facts["bad"], facts["waiting"], facts["fault"]) == (flights.height, 0, 0, None)
    window = {"from": flights["scheduled"].min().isoformat(), "to": flights["scheduled"].max().isoformat()}
    assert facts["window"] == window == {end: facts["good"][end] for end in window}
    assert facts["label"]["rate"] == pytest.approx(flights["late"].mean())


@pytest.mark.parametrize("column", ["absent", "null", "untyped"])
def test_labels_that_came_late_are_joined(column: str, folder: Folder, rows: pl.DataFrame) -> None:
    """By the request's id, whether the column is there and empty or not at all."""
    kind = pl.Null if column == "untyped" else pl.Boolean
    empty = rows.drop("late") if column == "absent" else rows.with_columns(late=pl.lit(None, kind))
    folder.send("1.parquet", empty)
    for request, late in reversed(rows.select("request", "late").rows()):
        folder.answer(request, str(int(late)))
    facts = folder.only()
    assert folder.good(facts).equals(rows.drop("request"))
    assert facts["label"]["share"] == 1


def test_a_request_of_several_rows_has_a_label_for_each(folder: Folder, rows: pl.DataFrame) -> None:
    """In the order of the rows; other requests' rows may stand between."""
    two = rows.head(4).with_columns(request=pl.Series(["a", "b", "a", "b"]))
    folder.send("1.parquet", two.drop("late"))
    folder.answer("a", "1,0")
    folder.answer("b", "0,1")
    assert folder.good(folder.only())["late"].to_list() == [True, False, False, True]


def test_rows_without_a_label_wait(folder: Folder, rows: pl.DataFrame) -> None:
    """They are neither good nor bad, and in no file."""
    folder.send("1.parquet", rows.drop("late"))
    folder.answer("r7", "1")
    facts = folder.only()
    assert (facts["waiting"], facts["given_up"], facts["bad"], facts["good"]["rows"]) == (99, 0, 0, 1)
    assert facts["label"]["share"] == pytest.approx(0.01)
    assert not (folder.target / "quarantine").exists()


def test_rows_whose_label_never_came_are_put_aside(folder: Folder, rows: pl.DataFrame) -> None:
    """Once nothing is waited for, and no row is lost; they break no rule that a sender could keep."""
    folder.send("1.parquet", rows.drop("late"), final=True)
    folder.answer("r7", "1")
    facts = folder.only()
    assert (facts["waiting"], facts["given_up"], facts["bad"], facts["good"]["rows"]) == (0, 99, 0, 1)
    assert folder.bad() == [["label_missing"]] * 99


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        (["1", "0"], "label_conflicts"),
        (["1,0"], "label_rows"),
        (["0.5"], "label_value"),
        (["2"], "label_value"),
    ],
)
def test_a_label_that_cannot_be_right_puts_its_row_aside(
    answers: list[str], rule: str, folder: Folder, rows: pl.DataFrame
) -> None:
    """And no other, at once: waiting mends nothing."""
    folder.send(
        "1.parquet", rows.with_columns(late=pl.col("late").replace_strict({True: None}, default=False))
    )
    waiting = rows.filter("late")["request"]
    for one in answers:
        folder.answer(waiting[0], one)
    facts = folder.only()
    assert (facts["rules"], facts["bad"], facts["waiting"]) == ({rule: 1}, 1, len(waiting) - 1)
    assert folder.bad() == [[rule]]


def test_a_label_against_the_partitions_own_puts_the_row_aside(folder: Folder, rows: pl.DataFrame) -> None:
    """Nobody can tell which of the two is true; one that says the same is no conflict."""
    folder.send("1.parquet", rows)
    first, second = rows["late"].head(2)
    folder.answer("r0", str(int(not first)))
    folder.answer("r1", str(int(second)))
    facts = folder.only()
    assert (facts["rules"], facts["good"]["rows"]) == ({"label_conflicts": 1}, 99)


def test_a_row_that_breaks_the_contract_is_bad_with_a_label_or_without(
    folder: Folder, rows: pl.DataFrame
) -> None:
    """It waits for nothing."""
    spoilt = rows.with_columns(distance=pl.when(pl.int_range(pl.len()) >= 3).then("distance"))
    folder.send("1.parquet", spoilt.drop("late"), final=True)
    facts = folder.only()
    assert (facts["bad"], facts["rules"], facts["given_up"]) == (3, {"distance|nullability": 3}, 97)
    assert folder.bad() == [["distance|nullability"]] * 3 + [["label_missing"]] * 97


def test_labels_of_other_requests_are_counted(folder: Folder, rows: pl.DataFrame) -> None:
    """They may be of a partition that is to come, or of a request that was never made."""
    folder.send("1.parquet", rows)
    folder.answer("nobody", "1")
    folder.answer("r1", "late")
    found = {"requests": 0, "malformed_labels": 1, "conflicting": 0, "unmatched": 1}
    assert folder.read()["labels"] == found


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" * 9, "is not a parquet file"),
        (b"PAR1" * 9, "cannot be read"),
        (pl.DataFrame({"x": [1]}), "has no column scheduled"),
    ],
)
def test_what_cannot_be_read_does_not_hide_the_others(
    wrong: Any, fault: str, folder: Folder, flights: pl.DataFrame
) -> None:
    """Its sentence stands beside their facts."""
    folder.send("1.parquet", wrong)
    folder.send("2.parquet", flights)
    one, other = folder.read()["partitions"]
    assert one["fault"].startswith(fault)
    assert (one["rows"], one["good"], other["good"]["rows"]) == (0, None, flights.height)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda rows: rows.drop("seats"), "has no column seats: add it, as Int16"),
        (lambda rows: rows.cast({"late": pl.Int64}), "has the column late as Int64: write it as Boolean"),
        (lambda rows: rows.cast({"hour": pl.Int64}), "has the column hour as Int64: write it as Int8"),
        (
            lambda rows: rows.with_columns(request=pl.lit(1)),
            "has the column request as Int32: write it as String",
        ),
    ],
)
def test_other_columns_are_named(change: Any, fault: str, folder: Folder, rows: pl.DataFrame) -> None:
    """With what to write instead."""
    folder.send("1.parquet", change(rows))
    assert folder.only()["fault"] == fault


def test_a_damaged_page_is_the_partitions_fault(folder: Folder, rows: pl.DataFrame) -> None:
    """Its ends are whole, and its columns can be named."""
    folder.send("1.parquet", rows)
    path = folder.source / "source/1.parquet"
    content = bytearray(path.read_bytes())
    content[20:400] = bytes(380)
    path.write_bytes(content)
    assert folder.only()["fault"].startswith("cannot be read: ")


def test_more_columns_are_left_out_and_told(folder: Folder, rows: pl.DataFrame) -> None:
    """The good file has the contract's alone."""
    folder.send("1.parquet", rows.with_columns(gate=pl.lit("A1")))
    facts = folder.only()
    assert (facts["extra"], folder.good(facts).columns) == (["gate"], rows.columns[:-1])


def test_a_partition_without_rows_has_no_file(folder: Folder, rows: pl.DataFrame) -> None:
    """Nor a window."""
    folder.send("1.parquet", rows.head(0))
    facts = folder.only()
    assert (facts["fault"], facts["rows"], facts["window"], facts["good"]) == (None, 0, None, None)


def test_rows_that_are_there_already_are_counted(folder: Folder, flights: pl.DataFrame) -> None:
    """Among those that arrive, and in what is trained on."""
    folder.send("1.parquet", flights.slice(0, 500))
    folder.send("2.parquet", flights.slice(490, 500))
    folder.pin(flights.slice(980, 500))
    found = folder.read()
    assert [one["overlaps"] for one in found["partitions"]] == [
        {"2.parquet": 10},
        {"1.parquet": 10, "data/old.parquet": 10},
    ]


def test_the_label_of_older_rows_is_told(folder: Folder, flights: pl.DataFrame) -> None:
    """The step from one batch to the next is judged where no rows are read."""
    folder.send("1.parquet", flights.head(100))
    folder.pin(flights.slice(200))
    rate = flights.slice(200)["late"].mean()
    assert folder.read()["pinned"] == {"data/old.parquet": {"rate": pytest.approx(rate)}}


def test_equal_inputs_give_equal_bytes(
    folder: Folder, rows: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    """Whatever the machine: one runs with one thread, and the files of labels are the same."""
    folder.send("a/1.parquet", rows.drop("late"), final=True)
    for number in range(60):
        folder.answer(f"r{number}", "1")
    folder.write()
    outputs = []
    for threads in ("1", str(2 * (os.cpu_count() or 1))):
        monkeypatch.setenv("POLARS_MAX_THREADS", threads)
        done = run("model.ingest", tmp_path)
        assert done.returncode == 0, done.stderr
        files = sorted(path for path in folder.target.rglob("*") if path.is_file())
        outputs.append({path.relative_to(folder.target): path.read_bytes() for path in files})
    assert outputs[0] == outputs[1]
    names = [str(path) for path in outputs[0]]
    assert [name.partition("/")[0] for name in names] == ["good", "ingest.json", "quarantine"]


def test_a_job_that_fails_says_why(run: Run, tmp_path: Path) -> None:
    """Where SageMaker looks for its last words."""
    assert run("model.ingest", tmp_path).returncode == 1
    assert "plan.json" in (tmp_path / "output/message").read_text()
