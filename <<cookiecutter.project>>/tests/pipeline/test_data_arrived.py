"""pipeline/data/arrived.py: what a person and a workflow are told."""

import pytest

from pipeline.data import arrived
from pipeline.data.partitions import Known


def test_nothing_new_is_said_in_a_line() -> None:
    """With what is still to come."""
    known = {"data/incoming/1.parquet": Known(etag="1", waiting=3)}
    found = arrived.untouched("incoming/", 1, [], known, "sha")
    assert found.lines == [
        "Nothing new: 1 partitions in incoming/.",
        "3 rows wait for their label, and are not trained on before",
    ]
    assert found.outputs == {"moved": "false", "manifest": "sha", "waiting": "0"}
    assert found.summary.startswith("**ingest**: Nothing new")


@pytest.mark.parametrize(("files", "said"), [(2, "1, 2"), (7, "1, 2, 3, 4, 5, and 2 more")])
def test_only_a_few_files_are_named(files: int, said: str) -> None:
    """A folder may hold thousands that are none of ours."""
    names = [str(number + 1) for number in range(files)]
    assert arrived.left_alone("incoming/", names) == [
        f"No parquet partitions, left alone in incoming/: {said}"
    ]


def test_labels_without_a_fault_are_not_spoken_of() -> None:
    """Those of other requests are none."""
    assert arrived.doubts({"malformed_labels": 0, "conflicting": 0, "unmatched": 9}) == []
