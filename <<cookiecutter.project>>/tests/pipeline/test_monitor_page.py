"""pipeline/monitor/page.py: one file that says what is broken, and shows it."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from pipeline.monitor.document import NOTHING
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding
from pipeline.monitor.page import page
from pipeline.monitor.view import System

from .monitor_sample import column, document, view

CALM = {"callers": KEPT, "inputs": KEPT, "log_loss": KEPT, "calibration": KEPT}


class Reader(HTMLParser):
    """The words of a page by the tag that they stand in, and every address."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[tuple[str, str]] = []
        self.addresses: list[tuple[str, str]] = []
        self.tags = set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and where it leads."""
        self.open.append(tag)
        self.tags.add(tag)
        self.addresses += [(tag, value or "") for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        """Nothing is left open."""
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note the words."""
        if data.strip():
            self.words.append((self.open[-1] if self.open else "", data.strip()))


def read(**more: Any) -> Reader:
    """The page of a look."""
    reader = Reader()
    reader.feed(page(view(**more)))
    return reader


def cards(**more: Any) -> dict[str, str]:
    """What stands on each promise's card."""
    found = re.findall(
        r'<div class="card (\w+)"><span class="state">.*?</span><h3>(.*?)</h3>', page(view(**more))
    )
    return {name: held for held, name in found}


def test_the_page_needs_nothing_beside_it() -> None:
    """No script, no style or picture from elsewhere: it can be mailed, and opened years later."""
    reader = read(runbook="https://github.com/acme/flights/blob/main/docs/runbook")
    assert "script" not in reader.tags
    assert {tag for tag, _ in reader.addresses} == {"a"}
    assert "@import" not in page(view())
    assert "url(" not in page(view())


def test_every_promise_has_a_card_with_its_state() -> None:
    """In words and with a sign, as colours are not seen by everybody."""
    findings = [
        Finding("sight", BROKEN, "blind since noon"),
        *(Finding(promise, state, "said") for promise, state in (CALM | {"inputs": UNKNOWN}).items()),
    ]
    assert cards(findings=findings) == {
        "Sight": "broken",
        "Callers": "kept",
        "Inputs": "unknown",
        "Log loss": "kept",
        "Calibration": "kept",
    }
    words = [text for _, text in read(findings=findings).words]
    assert {"✗ broken", "✓ kept", "? can't tell"} <= set(words)


def test_broken_promises_come_first() -> None:
    """Then those of which nobody can tell."""
    states = dict.fromkeys(("sight", "callers", "inputs"), KEPT) | {
        "log_loss": UNKNOWN,
        "calibration": BROKEN,
    }
    findings = [Finding(promise, held, "said") for promise, held in states.items()]
    assert list(cards(findings=findings)) == ["Calibration", "Log loss", "Sight", "Callers", "Inputs"]


def test_a_promise_leads_to_its_page_of_the_runbook() -> None:
    """And nowhere where the address is not known."""
    at = "https://github.com/acme/flights/blob/main/docs/runbook"
    assert ("a", f"{at}/model-log-loss.md") in read(runbook=at).addresses
    assert read(runbook="").addresses == []


def test_a_broken_promise_says_what_broke_it_and_a_kept_one_the_whole() -> None:
    """Segments that are well are counted and not told."""
    findings = [
        *(Finding("log_loss", KEPT, f"log loss of {name} is fine", name) for name in ("a", "b")),
        Finding("log_loss", KEPT, "log loss is fine"),
        *(Finding("inputs", BROKEN, f"{name} has moved", name) for name in "abcdef"),
        Finding("inputs", UNKNOWN, "origin=XXX is new", "origin=XXX"),
    ]
    words = [text for tag, text in read(findings=findings).words if tag == "li"]
    assert "log loss is fine" in words
    assert "log loss of a is fine" not in words
    assert "and 3 more, of columns or segments" in words
    assert [one for one in words if "moved" in one] == ["a has moved", "b has moved", "c has moved"]


def test_what_callers_send_is_listed_the_worst_first() -> None:
    """With the sentence that the signature has for it."""
    columns = {
        "hour": column(nulls=0.2, nulls_before=0.01, nulls_budget=None),
        "seats": column(nulls=0.3, nulls_before=0.1, nulls_budget=0.2),
        "carrier": column(kind="category", unseen=0.05, values=["ZZ", "YY"]),
    }
    malformed = {"rows": 7, "why": {"hour is missing": 7}}
    found = document(columns=columns, malformed=malformed, unknown={"gate": 9}, rows=1400)
    words = [text for tag, text in read(document=found).words if tag == "td"]
    for row in (["hour is missing", "7"], ["gate", "9"], ["carrier", "5.00%", "ZZ, YY"]):
        at = words.index(row[0])
        assert words[at : at + len(row)] == row
    assert words.index("seats") < words.index("hour", words.index("hour is missing") + 1)


def test_an_empty_window_is_a_short_page() -> None:
    """No traffic, and no number of the service either."""
    empty = {**NOTHING, "why": ["no request was captured in the window"]}
    findings = [Finding("sight", BROKEN, "nobody has asked the model anything")]
    reader = read(document=empty, findings=findings, system=System(), version=None, job=None, config=None)
    words = [text for _, text in reader.words]
    assert "No request was captured in the window." in words
    assert words.count("There are no rows to show.") == 2
    assert "svg" not in reader.tags


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "\x00\ud800"])
def test_what_callers_send_stays_text(text: str) -> None:
    """Column names, values and segments are whatever somebody sent."""
    found = document(
        unknown={text: 1},
        malformed={"rows": 1, "why": {text: 1}},
        columns={"carrier": column(kind="category", unseen=0.1, values=[text])},
        segments={f"origin={text}": {"rows": 1, "new": True, "psi": {}, "p": {}}},
    )
    made = page(view(document=found, findings=[Finding("callers", BROKEN, text, text)]))
    assert "<script" not in made
    assert "<img" not in made
    assert made.encode()


def test_what_was_left_out_is_said_in_words() -> None:
    """And how much of it."""
    found = document()
    found["skipped"] = found["skipped"] | {"repeated": 3, "untimed": 2}
    words = " ".join(text for _, text in read(document=found).words)
    assert "requests captured twice: 3; requests whose time is missing or yet to come: 2" in words
