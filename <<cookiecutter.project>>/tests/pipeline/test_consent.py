"""An approval on its way from the verb that asks for it into the ledger."""

import json
from pathlib import Path

import pytest

from pipeline import consent
from pipeline.errors import UserError

GIVEN = {"environment": "production", "form": "reviewers", "by": ["ann", "bob"], "run": None}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """As it is."""
    path = tmp_path / "approval.json"
    path.write_text(json.dumps(GIVEN))
    assert consent.read(path, "production") == GIVEN


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        "{}",
        json.dumps(GIVEN | {"environment": "staging"}),
        json.dumps(GIVEN | {"by": []}),
        json.dumps(GIVEN | {"form": "somehow"}),
    ],
)
def test_what_is_no_approval_of_the_environment_is_refused(tmp_path: Path, text: str) -> None:
    """The sentence says how to get one."""
    path = tmp_path / "approval.json"
    path.write_text(text)
    with pytest.raises(UserError, match="pipeline approval production --granted --out"):
        consent.read(path, "production")


def test_an_approval_is_added_once() -> None:
    """A release that is taken up again by the same run has one."""
    assert consent.added([GIVEN], GIVEN) == [GIVEN]
    assert consent.added([], None) == []
    assert consent.added([GIVEN], GIVEN | {"by": ["eve"]}) == [GIVEN, GIVEN | {"by": ["eve"]}]


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ([GIVEN], "approved by ann and bob"),
        ([GIVEN | {"form": "by-hand", "by": ["bob"]}], "started by hand by bob"),
        ([GIVEN | {"form": "verb", "by": ["eve"]}], "released by eve without a workflow"),
        ([GIVEN | {"form": "none", "by": []}], ""),
        ([GIVEN, GIVEN, GIVEN | {"by": ["eve"]}], "approved by ann and bob, approved by eve"),
        ([], ""),
    ],
)
def test_who_and_in_which_form_is_told_in_words(held: list[dict[str, object]], told: str) -> None:
    """For every form that there is."""
    assert consent.words(held) == told
