"""A job's summary: the verdict first, then whose failures, then how long it took."""

from dataclasses import replace

import pytest

from pipeline.explain.page import page
from pipeline.explain.screen import screen
from pipeline.ledger import Record
from tests.pipeline.explain_sample import ENDED, EVERY, JUDGE, OPEN


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_a_page_begins_with_the_verdict(record: Record) -> None:
    """And says what to do."""
    text = page(record, "flights-production")
    assert text.startswith(f"## {record.environment}: {(record.verdict or record.state).replace('_', ' ')}\n")
    assert "**Next:** " in text


def test_whose_failures_they_are_is_a_table() -> None:
    """Of both fleets, with the evidence of each signal and of all together."""
    text = page(JUDGE, "flights-production")
    assert "| failed (5xx) | 48 of 2,400 | 3 of 2,400 | 1.19e+03 |" in text
    assert "evidence 398 of 100 that take it back" in text


@pytest.mark.parametrize(
    "line",
    [
        "| candidate's share | planned 50.0%, observed 48.7% |",
        "| seconds to verdict | 520 |",
        "| … to the alarm | 545 |",
        "| … to the old configuration | 640 |",
        "| failed requests served | 51 |",
        "- replay: 2,000 captured requests were answered as before",
        "| 10:09:05 | `reject` | Verdict was 1 |",
        "- scores moved: the top decile has 14 % of the answers",
        "| asked for by | octocat, flights-ci-release-production |",
    ],
)
def test_the_page_tells(line: str) -> None:
    """What the record holds."""
    assert line in page(JUDGE, "flights-production").splitlines()


def test_what_nobody_counted_is_a_dash_and_no_zero() -> None:
    """A release that was never judged has served no known number of failures."""
    text = page(OPEN["locked"], "flights-production")
    assert "| failed requests served | - |" in text
    assert "Whose failures" not in text


def test_a_reason_is_text_and_no_markup() -> None:
    """It may come from a container's log."""
    text = page(replace(JUDGE, reason="<img src=x> @octocat [a](b)"), "flights-production")
    assert "<img" not in text and "@octocat" not in text and "[a](b)" not in text


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_a_screen_is_one_screen(record: Record) -> None:
    """At most twenty-five lines, one of them a table of at most ten."""
    lines = screen(record, "flights-production")
    assert len(lines) <= 15
    assert str(lines[-1]).startswith("next: ")


def test_the_screen_names_the_person_who_stopped_it() -> None:
    """As the page does."""
    assert any("(ann)" in str(line) for line in screen(ENDED["human"], "e"))


def test_who_let_it_is_told_with_the_form() -> None:
    """On the page and on the screen."""
    record = JUDGE.having(approvals=[{"form": "by-hand", "by": ["bob"]}])
    assert "| let into it | started by hand by bob |" in page(record, "e").splitlines()
    assert "started by hand by bob" in screen(record, "e")
    assert "| let into it | - |" in page(JUDGE, "e").splitlines()
