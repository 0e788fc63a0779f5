"""model/labels.py: what came late is read by the request's id, and what is no label is counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from model import labels

NOTHING = {"malformed_labels": 0, "conflicting": 0, "unmatched": 0}


def line(request: Any = "a", data: Any = "1", encoding: str = "CSV") -> str:
    """One label as AWS's ground truth."""
    return json.dumps(
        {
            "groundTruthData": {"data": data, "encoding": encoding},
            "eventMetadata": {"eventId": request},
            "eventVersion": "0",
        }
    )


def write(folder: Path, *lines: str, name: str = "2026/01/01/00/labels.jsonl") -> Path:
    """A file of labels below `folder`, which is returned."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return folder


def counted(**more: int) -> dict[str, int]:
    """The counts of what was skipped."""
    return NOTHING | more


def test_a_request_has_one_value_for_each_of_its_rows(tmp_path: Path) -> None:
    """In the order of the rows."""
    found = labels.read(write(tmp_path, line("a", "1"), line("b", "0, 1,0.5")))
    assert found.of == {"a": (1.0,), "b": (0.0, 1.0, 0.5)}
    assert counted(**found.skipped) == NOTHING


def test_a_label_that_came_twice_counts_once(tmp_path: Path) -> None:
    """Whatever delivers labels may deliver them again."""
    write(tmp_path, line("a", "1"), name="1.jsonl")
    found = labels.read(write(tmp_path, line("a", "1.0"), name="2.jsonl"))
    assert (found.of, found.conflicting) == ({"a": (1.0,)}, set())


def test_of_labels_that_conflict_none_counts(tmp_path: Path) -> None:
    """Nobody can tell which is true, so neither the first nor the last wins."""
    found = labels.read(write(tmp_path, line("a", "1"), line("b"), line("a", "0"), line("a", "1")))
    assert (found.of, found.conflicting) == ({"b": (1.0,)}, {"a"})
    assert counted(**found.skipped) == counted(conflicting=1)


def test_only_what_is_wanted_is_kept(tmp_path: Path) -> None:
    """The labels of a year do not have to fit into memory; the others are counted by request."""
    found = labels.read(write(tmp_path, line("a"), line("b"), line("b"), line("c")), wanted={"a"})
    assert (found.of, counted(**found.skipped)) == ({"a": (1.0,)}, counted(unmatched=2))


@pytest.mark.parametrize(
    "bad",
    [
        line()[:-20],
        "[]",
        "null",
        "{}",
        line("a", ""),
        line("a", "late"),
        line("a", "nan"),
        line("a", "1,,0"),
        line("a", 1),
        line("", "1"),
        line(7, "1"),
        line("a", "1", "JSON"),
        "[" * 100_000,
    ],
)
def test_what_is_no_label_is_counted_and_left_out(bad: str, tmp_path: Path) -> None:
    """A file that was cut off spoils one line, and no other."""
    found = labels.read(write(tmp_path, line("b", "0"), bad))
    assert (found.of, counted(**found.skipped)) == ({"b": (0.0,)}, counted(malformed_labels=1))


def test_bytes_that_are_no_text_are_counted(tmp_path: Path) -> None:
    """As whatever else is no label."""
    (tmp_path / "1.jsonl").write_bytes(b"\xff\xfe\n" + line("b").encode())
    assert labels.read(tmp_path).skipped["malformed_labels"] == 1


def test_without_files_there_are_no_labels(tmp_path: Path) -> None:
    """A job that was given none has no such folder."""
    assert labels.read(tmp_path / "absent").of == {}
