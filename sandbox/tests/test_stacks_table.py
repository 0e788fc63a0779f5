"""A project's own rows."""

from pathlib import Path

import pytest

from sandbox.stacks.kind import Call, Read
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.program import SettingsError
from sandbox.stacks.table import table

ROW = """
["aws:sqs/queue:Queue"]
service = "sqs"
create = [{ operation = "create_queue", rename = { name = "QueueName" } }]
id = "response.QueueUrl"
read = { operation = "get_queue_attributes", members = { QueueUrl = "id" } }
delete = [{ operation = "delete_queue", members = { QueueUrl = "id" } }]
"""


def test_a_row_joins_the_table(tmp_path: Path) -> None:
    """Beside those that there are."""
    (tmp_path / "kinds.toml").write_text(ROW)
    found = table(tmp_path / "program", tmp_path)
    queue = found["aws:sqs/queue:Queue"]
    assert queue.create == (Call(operation="create_queue", rename={"name": "QueueName"}),)
    assert queue.read == Read(operation="get_queue_attributes", members={"QueueUrl": "id"})
    assert set(found) == {*KINDS, "aws:sqs/queue:Queue"}


def test_without_a_file_there_is_the_table(tmp_path: Path) -> None:
    """Most projects need no more."""
    assert table(tmp_path) == KINDS


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (ROW.replace("service =", "servise ="), "aws:sqs/queue:Queue: servise is unknown, write one of service"),
        (ROW.replace('id = "response.QueueUrl"', ""), "aws:sqs/queue:Queue: id is missing"),
        (ROW.replace("rename", "renames"), "aws:sqs/queue:Queue, create: renames is unknown"),
        (ROW.replace('read = {', 'read = "x" #'), "aws:sqs/queue:Queue, read: write a table of operation, members"),
        ("[", "kinds.toml cannot be read"),
    ],
)  # fmt: skip
def test_a_row_that_says_nothing_sensible_is_refused(tmp_path: Path, row: str, why: str) -> None:
    """The sentence names the row, the place in it and what there is."""
    (tmp_path / "kinds.toml").write_text(row)
    with pytest.raises(SettingsError, match=why):
        table(tmp_path)
