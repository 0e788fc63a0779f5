"""sandbox.rehearsal.decisions: who asked for what, out of the sandbox's record."""

import json
from pathlib import Path

import pytest

from sandbox.rehearsal.decisions import Asked, denied, name_of, read

BEFORE = "toy-eu-west-1-"
ROLE = "arn:aws:sts::1:assumed-role/toy-eu-west-1-train/job"


def line(principal: str = ROLE, account: str = "1", allowed: bool = True) -> str:
    """One decision."""
    about = {"principal": principal, "account": account, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}
    return json.dumps(about | {"allowed": allowed, "why": "because"}) + "\n"


def record(folder: Path, *lines: str) -> list[Asked]:
    """Who asked, by a record of these lines."""
    (folder / "decisions.jsonl").write_text("".join(lines))
    return read(folder / "decisions.jsonl", BEFORE)


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        (ROLE, "train"),
        ("arn:aws:iam::1:role/some/path/toy-eu-west-1-ci-retrain", "ci-retrain"),
        ("arn:aws:sts::1:assumed-role/caller/rehearsal", "caller"),
        ("arn:aws:iam::1:root", "administrator"),
        ("cloudwatch.amazonaws.com", "cloudwatch.amazonaws.com"),
        ("arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com", "token.actions.githubusercontent.com"),
    ],
)
def test_a_principal_has_a_short_name(principal: str, name: str) -> None:
    """Without what all names of the project begin with."""
    assert name_of(principal, BEFORE) == name


def test_questions_are_counted_by_principal_and_account(tmp_path: Path) -> None:
    """The same role of another account is another one."""
    found = record(tmp_path, line(), line(account="2"), line())
    assert [(one.role, one.account, one.decided) for one in found] == [("train", "1", 2), ("train", "2", 1)]


def test_what_is_denied_is_named_once(tmp_path: Path) -> None:
    """However often it was asked."""
    found = record(tmp_path, line(), line(allowed=False), line(allowed=False))
    assert denied(found) == ["train may not s3:GetObject on arn:aws:s3:::b/k"]


def test_a_line_under_way_is_left_for_the_next_look(tmp_path: Path) -> None:
    """The sandbox writes while the rehearsal reads."""
    assert [one.decided for one in record(tmp_path, line(), line()[:30])] == [1]


def test_without_a_record_nobody_asked(tmp_path: Path) -> None:
    """As before the first call."""
    assert read(tmp_path / "decisions.jsonl", BEFORE) == []
