"""sandbox.access.record: every decision once, with the policies it rests on."""

import json
from pathlib import Path

import pytest

from sandbox.access.decision import Caller, Decision
from sandbox.access.lookups import Found
from sandbox.access.question import Question
from sandbox.access.record import Record

CALLER = Caller(arn="arn:aws:sts::1:assumed-role/toy/me", account="1", role="arn:aws:iam::1:role/toy")
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
FOUND = Found(identity=(("arn:aws:iam::1:role/toy/own", POLICY),))
ALLOWED = Decision(True, "")


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """An empty record."""
    return Record(tmp_path)


def lines(folder: Path, name: str = "decisions") -> list[dict[str, object]]:
    """What was written."""
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def test_what_is_the_same_is_written_once(record: Record, tmp_path: Path) -> None:
    """And can be read while the sandbox runs."""
    for _ in range(3):
        question = Question("s3:GetObject", "arn:aws:s3:::b/a", {"aws:SecureTransport": ("true",)})
        record.add(CALLER, question, ALLOWED, FOUND, operation="s3.GetObject", behalf="")
    (line,) = lines(tmp_path)
    assert (line["context"], line["role"]) == ({"aws:SecureTransport": ["true"]}, CALLER.role)


def test_what_differs_in_anything_is_written(record: Record, tmp_path: Path) -> None:
    """Resource, context, operation, answer, policies, and whom it was for."""
    question = Question("s3:GetObject", "arn:aws:s3:::b/a")
    other = Found(identity=(("arn:aws:iam::1:role/toy/other", POLICY),))
    for asked, decision, found, operation, behalf in (
        (question, ALLOWED, FOUND, "s3.GetObject", ""),
        (Question("s3:GetObject", "arn:aws:s3:::b/b"), ALLOWED, FOUND, "s3.GetObject", ""),
        (Question("s3:GetObject", "arn:aws:s3:::b/a", {"k": ("v",)}), ALLOWED, FOUND, "s3.GetObject", ""),
        (question, Decision(False, "because"), FOUND, "s3.GetObject", ""),
        (question, ALLOWED, other, "s3.GetObject", ""),
        (question, ALLOWED, FOUND, "s3.HeadObject", ""),
        (question, ALLOWED, FOUND, "s3.GetObject", "arn:aws:sagemaker:eu-west-1:1:training-job/a"),
    ):
        record.add(CALLER, asked, decision, found, operation=operation, behalf=behalf)
    assert len(lines(tmp_path)) == 7


def test_policies_are_written_by_name_under_their_hash(record: Record, tmp_path: Path) -> None:
    """Once for all decisions on them."""
    for resource in ("arn:aws:s3:::b/a", "arn:aws:s3:::b/b"):
        record.add(CALLER, Question("s3:GetObject", resource), ALLOWED, FOUND, operation="s3.GetObject", behalf="")
    (policies,) = lines(tmp_path, "policies")
    assert policies["identity"] == {"arn:aws:iam::1:role/toy/own": json.loads(POLICY)}
    assert {line["policies"] for line in lines(tmp_path)} == {policies["hash"]}


def test_a_closed_record_takes_no_more(record: Record, tmp_path: Path) -> None:
    """A thread that is late does not fail."""
    record.close()
    record.add(CALLER, Question("s3:GetObject", "*"), ALLOWED, FOUND, operation="s3.GetObject", behalf="")
    assert lines(tmp_path) == []
