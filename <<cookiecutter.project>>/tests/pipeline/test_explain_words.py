"""One sentence for each way in which a release may end, and what to do then."""

from dataclasses import replace

import pytest

from pipeline.explain import words
from pipeline.ledger import Record
from tests.pipeline.explain_sample import ENDED, EVERY, JUDGE, OPEN


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("promoted", "Version 3 is live: the endpoint serves"),
        ("promoted unproven", "is live, but unproven"),
        ("judge", "was taken back by the judge: 51 of"),
        ("heartbeat", "as nobody judged it any more"),
        ("backstop", "by an alarm on its own errors or latency"),
        ("contract", "failed the contract test"),
        ("human", "by a person (ann)"),
        ("provision", "as it did not come into service"),
        ("superseded", "was not released as another release took its place"),
        ("failed", "was not released"),
        ("stuck", "is stuck between two configurations"),
    ],
)
def test_a_verdict_has_its_sentence(name: str, said: str) -> None:
    """Without a word of jargon."""
    assert said in words.verdict(ENDED[name])


@pytest.mark.parametrize("state", OPEN)
def test_an_open_release_says_where_it_is(state: str) -> None:
    """It has no verdict, and none is claimed."""
    assert words.verdict(OPEN[state]) == f"Version 3 is on its way into production: {state}"
    assert "reconcile production" in words.advice(OPEN[state], "e")


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_advice_leaves_no_gap(record: Record) -> None:
    """Every name in it is filled in."""
    said = words.advice(record, "flights-production")
    assert said and "{" not in said


def test_stuck_is_told_whatever_caused_it() -> None:
    """A container's log would be the wrong place to look."""
    assert "runbook" in words.advice(ENDED["stuck"], "e")


def test_a_verdict_that_a_later_program_adds_is_told_by_its_name() -> None:
    """Rather than nothing."""
    record = replace(JUDGE, verdict="paused", cause="moon")
    assert words.verdict(record).startswith("Version 3 paused (moon)")
    assert "run `pipeline" in words.advice(record, "e") or "`pipeline" in words.advice(record, "e")
