"""sandbox.rehearsal.report: one page that needs nothing else, whatever happened."""

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
import rehearsal_sample

from sandbox.rehearsal import report, timeline
from sandbox.rehearsal.record import Record

VOID = {"meta", "br", "img", "hr", "input"}
EVIL = '<b onclick="x">&'
Document = dict[str, Any]


def failed() -> Document:
    """A rehearsal whose third step failed, with a release and traffic, and nothing counted twice."""
    record = rehearsal_sample.record()
    record["steps"] = record["steps"][:3]
    record["steps"][-1] |= {"ok": False, "observed": "", "reason": "production must be InService with c-2"}
    return record | {"ok": False, "requests": None, "left_after_teardown": None, "pending_deletion": []}


def empty() -> Document:
    """A rehearsal that was interrupted before its first step."""
    return Record(project="toy", speed=60, began=time.time(), planned=8).document()


def first_request_failed() -> Document:
    """A rehearsal whose traffic is one request."""
    lanes = {"": {"answered": [0], "failed": [1]}}
    return failed() | {"traffic": rehearsal_sample.traffic() | {"started": 37.0, "ended": 37.0, "models": lanes}}


KINDS = {kind.__name__: kind for kind in (rehearsal_sample.record, failed, empty, first_request_failed)}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def page(request: pytest.FixtureRequest) -> str:
    """The page of each kind of record."""
    make: Callable[[], Document] = request.param
    return report.page(make())


class Balance(HTMLParser):
    """Notes the tags that are not closed where they must be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open it."""
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closed at once."""
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it, if it is the innermost."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def parsed(page: str) -> Balance:
    """The page, read to its end."""
    parser = Balance()
    parser.feed(page)
    parser.close()
    return parser


def text(page: str) -> str:
    """What a reader sees, roughly."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_the_page_needs_nothing_else(page: str) -> None:
    """No address, script, style sheet, font or picture of another place."""
    assert re.findall(r"https?:(?!//www\.w3\.org/2000/svg)|<script|<link|<img|@import|url\((?!#)", page) == []


def test_every_tag_is_closed(page: str) -> None:
    """In its place."""
    parser = parsed(page)
    assert (parser.wrong, parser.open) == ([], [])


def test_every_marker_is_there(page: str) -> None:
    """Arrows refer to what the page defines."""
    assert set(re.findall(r"url\(#(\w+)\)", page)) <= set(re.findall(r'id="(\w+)"', page))


def test_no_number_is_missing(page: str) -> None:
    """Neither None nor nan is drawn or said."""
    assert re.findall(r"\b(?:None|nan|inf)\b", text(page) + "".join(re.findall(r'\bd="[^"]*"', page))) == []


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("candidates", "title"),
        ("candidates", "outcome"),
        ("releases", "title"),
        ("releases", "reason"),
        ("releases", "cause"),
        ("releases", "config_asked"),
        ("steps", "title"),
        ("steps", "observed"),
    ],
)
def test_words_are_escaped(place: str, key: str) -> None:
    """Whoever wrote them."""
    record = rehearsal_sample.record()
    for entry in record[place]:
        entry[key] = EVIL
    shown = report.page(record)
    assert EVIL not in shown
    assert "&lt;b onclick=&quot;x&quot;&gt;&amp;" in shown


def test_the_reason_of_a_failed_step_is_escaped() -> None:
    """It may be a verb's own output."""
    record = failed()
    record["steps"][-1]["reason"] = EVIL
    assert EVIL not in report.page(record)


def test_the_projects_name_and_a_leftovers_are_escaped() -> None:
    """They come from outside, too."""
    shown = report.page(rehearsal_sample.record() | {"project": EVIL, "left_after_teardown": [EVIL]})
    assert EVIL not in shown


def test_a_good_rehearsal_names_every_candidate_and_step() -> None:
    """And each release's verdict."""
    record = rehearsal_sample.record()
    shown = text(report.page(record))
    for name in ("candidates", "steps"):
        assert [entry["title"] for entry in record[name] if entry["title"] not in shown] == []
    assert "rolled back" in shown


def test_a_failed_rehearsal_says_where_and_why() -> None:
    """In its headline."""
    shown = report.page(failed())
    assert "<h1>Stopped at “The first model goes live”</h1>" in shown
    assert "production must be InService with c-2" in shown


def test_an_interrupted_rehearsal_says_so() -> None:
    """It never claims an outcome."""
    assert "<h1>Interrupted</h1>" in report.page(empty())


def figures(record: Document) -> dict[str, str]:
    """The numbers at the top of the page, by their label."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", report.page(record))
    return {label: re.sub(r"<[^>]+>", "", number) for label, number in pairs}


def test_failures_are_put_down_to_the_model_that_caused_them() -> None:
    """The one that was rolled back, or any other."""
    record = rehearsal_sample.record()
    lanes = record["traffic"]["models"]
    lanes[rehearsal_sample.MODELS[1]]["failed"][3] = 2
    shown = figures(record)
    assert shown["failed, by the model rolled back"] == str(sum(lanes[rehearsal_sample.MODELS[3]]["failed"]))
    assert shown["failed, by any other"] == "2"


def test_failures_are_counted_when_the_teardown_never_came() -> None:
    """The two counts have not been compared, but the traffic was there."""
    shown = figures(first_request_failed())
    assert (shown["requests to production"], shown["failed, by any other"]) == ("1", "1")
    assert shown["failed, by the model rolled back"] == "0"


def test_a_verdict_that_is_no_promotion_is_not_drawn_as_good() -> None:
    """Whatever its name."""
    record = rehearsal_sample.record()
    for entry in record["releases"]:
        entry["verdict"] = "failed"
    assert 'class="verdict good"' not in report.page(record)


def test_what_is_left_is_listed() -> None:
    """And what is deleted in its own time, apart."""
    shown = text(report.page(rehearsal_sample.record() | {"left_after_teardown": ["port 4566"]}))
    assert re.search(r"port 4566 left behind kms key 1b2c in 123456789012 pending deletion", shown)


def test_two_counts_that_differ_are_said_to() -> None:
    """In the table of requests."""
    record = rehearsal_sample.record()
    record["requests"]["by_model"][0]["served"] = {"200": 1}
    assert 'class="bad">different' in report.page(record)
    assert 'class="bad">different' not in report.page(rehearsal_sample.record())


def test_an_incident_is_told_with_its_page() -> None:
    """What was caused, what told of it, and after how many minutes it would have been on AWS."""
    page = report.page(rehearsal_sample.record())
    assert "whoever writes labels/ &lt;stops&gt;" in page
    assert '<td class="number" data-of="minutes of AWS&#x27;s">12</td>' in page
    assert "docs/runbook/model-sight.md" in page


def test_labels_that_are_near_stand_in_rows_of_their_own() -> None:
    """One far from them takes the lowest again; near the end a label stands left of its line."""
    marks = [timeline.Mark(at, "A step's title", "step") for at in (10.0, 12.0, 40.0, 99.0)]
    text = timeline.chart({"bucket_seconds": 1, "started": 0, "models": {}}, timeline.Window(0, 100), {}, marks)
    assert re.findall(r"--row:(\d)", text) == ["0", "1", "0", "0"]
    assert re.findall(r'class="mark step( left)?"', text) == ["", "", "", " left"]
