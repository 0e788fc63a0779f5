"""serving/captured.py: what data capture wrote, line by line."""

import json
from pathlib import Path
from typing import Any

import pytest

from serving.captured import Captured, event, predictions, seconds

SENT = {"observedContentType": "text/csv", "mode": "INPUT", "data": "1,JFK", "encoding": "CSV"}
ANSWER = {"mode": "OUTPUT", "data": '{"predictions": [0.25, 1]}', "encoding": "JSON"}


def line(event: str = "e", **parts: Any) -> bytes:
    """A line with these halves."""
    data = {"endpointInput": SENT, "endpointOutput": ANSWER, **parts}
    kept = {name: part for name, part in data.items() if part}
    return json.dumps({"captureData": kept, "eventMetadata": {"eventId": event}}).encode()


def test_a_line_is_a_request_and_its_answer() -> None:
    """Body, type, predictions."""
    found = event(line("e-1"))
    assert (found.event, found.body, found.content_type) == ("e-1", b"1,JFK", "text/csv")
    assert found.predictions == [0.25, 1]


def test_base64_is_the_body_that_was_sent() -> None:
    """Which AWS writes where it was told no content type of text."""
    sent = {"observedContentType": "text/csv", "data": "MSxKRks=", "encoding": "BASE64"}
    assert event(line(endpointInput=sent)).body == b"1,JFK"


def test_an_unobserved_type_is_that_of_the_encoding() -> None:
    """Better than none, which no server takes."""
    sent = {"data": "{}", "encoding": "JSON"}
    assert event(line(endpointInput=sent)).content_type == "application/json"


def test_where_answers_are_not_captured_there_are_no_predictions() -> None:
    """The request can still be sent."""
    assert event(line(endpointOutput=None)).predictions is None


@pytest.mark.parametrize("data", ['{"error": "no"}', "0.5", '{"predictions": ["0.5"]}', "not JSON", ""])
def test_an_answer_without_predictions_is_none(tmp_path: Path, data: str) -> None:
    """What was refused then proves nothing now."""
    (tmp_path / "1.jsonl").write_bytes(line(endpointOutput=ANSWER | {"data": data}))
    captured = Captured()
    assert list(captured.read(tmp_path)) == []
    assert dict(captured.skipped) == {"unanswered": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        b"[1, 2]",
        b"null",
        b'{"captureData": {}}',
        b"\xff",
        line()[:60],
        line(endpointInput=None),
        line(endpointInput={"data": "%", "encoding": "BASE64"}),
        line(endpointInput={"data": "x", "encoding": "OTHER"}),
        line(endpointInput=SENT | {"observedContentType": 1.5}),
        b"[" * 100_000,
    ],
)
def test_what_is_no_such_line_is_counted(tmp_path: Path, wrong: bytes) -> None:
    """And the ones around it are read."""
    (tmp_path / "1.jsonl").write_bytes(b"\n".join([line("a"), wrong, line("b")]))
    captured = Captured()
    assert len(list(captured.read(tmp_path))) == 2
    assert dict(captured.skipped) == {"unreadable": 1}


def test_one_event_is_read_once_wherever_it_is(tmp_path: Path) -> None:
    """AWS may deliver it twice."""
    for name in ("1", "2"):
        (tmp_path / f"{name}.jsonl").write_bytes(line("same"))
    captured = Captured()
    assert len(list(captured.read(tmp_path))) == 1
    assert dict(captured.skipped) == {"repeated": 1}


def test_a_folder_that_is_missing_holds_nothing(tmp_path: Path) -> None:
    """Before the first release there is no traffic."""
    assert list(Captured().read(tmp_path / "requests")) == []


def test_true_is_no_prediction() -> None:
    """Although Python counts with it."""
    assert predictions(b'{"predictions": [true]}') is None


def test_an_event_tells_whose_it_is_and_when(tmp_path: Path) -> None:
    """By the server's clock, in seconds since 1970."""
    record = json.loads(line("e-1"))
    record["eventMetadata"] |= {"inferenceId": "flight 7", "inferenceTime": "2026-11-20T08:15:00Z"}
    found = event(json.dumps(record).encode())
    assert (found.event, found.inference, found.at) == ("e-1", "flight 7", 1795162500)
    assert (found.answered, found.predictions) == (True, [0.25, 1])


@pytest.mark.parametrize("stamp", [None, 7, "yesterday", "2026-13-01T00:00:00Z", "", [], "9" * 5000])
def test_a_time_that_is_none_is_none(stamp: Any) -> None:
    """Whoever reads it has to say what becomes of the request."""
    assert seconds(stamp) is None


def test_a_time_without_a_zone_is_utc() -> None:
    """As all of AWS's are."""
    assert seconds("1970-01-01T00:01:00") == 60


def test_an_event_that_was_refused_is_an_event_without_predictions(tmp_path: Path) -> None:
    """Its columns may still be looked at."""
    (tmp_path / "1.jsonl").write_bytes(line(endpointOutput=ANSWER | {"data": '{"error": "no"}'}))
    [found] = Captured().events(tmp_path)
    assert (found.answered, found.predictions, found.body) == (True, None, b"1,JFK")


def test_a_line_that_is_too_long_is_one_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instead of all the memory there is."""
    monkeypatch.setattr("serving.captured.LONGEST", 400)
    (tmp_path / "1.jsonl").write_bytes(b"x" * 2000 + b"\n" + line("a"))
    captured = Captured()
    assert [one.event for one in captured.events(tmp_path)] == ["a"]
    assert dict(captured.skipped) == {"unreadable": 1}


def test_a_folder_of_the_name_of_a_file_is_none(tmp_path: Path) -> None:
    """S3 has keys, and any of them may be a folder here."""
    (tmp_path / "1.jsonl").mkdir()
    assert list(Captured().events(tmp_path)) == []
