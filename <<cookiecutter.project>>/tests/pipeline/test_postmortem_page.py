"""The page of a postmortem: the record's part filled, the people's part empty."""

from dataclasses import replace

import pytest

from pipeline import names
from pipeline.postmortem.incident import Incident, of_release, of_span
from pipeline.postmortem.page import page
from tests.pipeline.explain_sample import JUDGE, at

PROJECT = names.Project(
    name="flights", description="", github_owner="somebody", region="eu-west-1", owner_email="a@example.com"
)
OWNERS = {"release-reject": "model"}


def of(incident: Incident, *left_out: str) -> str:
    """The page of an incident."""
    return page(incident, PROJECT, OWNERS, at(86400), left_out)


@pytest.mark.parametrize(
    "line",
    [
        "# Postmortem: release of version 3 into production, rolled back",
        "| from | 2013-07-01 10:00:00 UTC |",
        "| 2013-07-01 10:09:05 | the alarm release-reject goes off: Verdict was 1 |",
        "| seconds to verdict | 520 |",
        "| … to the old configuration | 640 |",
        "| failed requests served | 51 |",
        "| failed (5xx) | 48 of 2,400 | 3 of 2,400 | 1.19e+03 |",
        "- `pipeline lineage 3`: what version 3 was made of",
        "## What helped",
        "## What did not help",
        "## What will be done",
        "| what | who | until |",
    ],
)
def test_a_page_has_the_line(line: str) -> None:
    """Facts from the record, headings for people."""
    assert line in of(of_release(JUDGE, [])).splitlines()


def test_an_alarm_has_its_owner_and_its_page() -> None:
    """Whoever reads it finds what was to be done."""
    [row] = [
        line for line in of(of_release(JUDGE, [])).splitlines() if line.startswith("| `release-reject` | ")
    ]
    assert "| model |" in row and "/flights/blob/main/docs/runbook/release-reject.md)" in row


def test_what_was_out_of_reach_is_said() -> None:
    """An empty timeline is not the same as one that nobody could read."""
    quiet = of_span("production", (at(0), at(60)), [], [], [])
    text = of(quiet, "registry is left out: sign in to 222222222222")
    assert "*registry is left out: sign in to 222222222222.*" in text and "Nothing is on record." in text


def test_no_alarm_no_table() -> None:
    """Nothing is said of alarms that were quiet."""
    assert "## Alarms that sounded" not in of(of_span("production", (at(0), at(60)), [], [], []))


def test_a_reason_that_somebody_wrote_becomes_no_markup() -> None:
    """A mention would call a person."""
    text = of(of_release(replace(JUDGE, reason="thanks @everyone | <b>"), []))
    assert "@everyone" not in text and "<b>" not in text
