"""Requests that an endpoint has answered, read back from what SageMaker's data capture wrote.

A line is {"captureData": {"endpointInput": {…}, "endpointOutput": {…}}, "eventMetadata": {…}}, and each of
the two has `observedContentType`, `data` and its `encoding`, JSON, CSV or BASE64. The metadata has an
`eventId`, the server's `inferenceTime`, and the `inferenceId` that a caller may have given:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

UNREADABLE, REPEATED, UNANSWERED = "unreadable", "repeated", "unanswered"
TYPES = {"CSV": "text/csv", "JSON": "application/json"}  # where no content type was observed
NO_LINE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)  # of anything else
LONGEST = 128 * 1024 * 1024  # bytes of a line: request and answer of 25 MB each are 67 MB in base64


@dataclass(frozen=True)
class Event:
    """One captured request. `at` is the server's time, in seconds since 1970; None where it has none.

    `answered` tells whether an answer was captured; one without `predictions` was an error.
    """

    event: str
    inference: str | None
    at: float | None
    body: bytes
    content_type: str
    answered: bool
    predictions: list[float] | None


@dataclass(frozen=True)
class Request:
    """A body that was sent, and the predictions that answered it; None where those were not captured."""

    body: bytes
    content_type: str
    predictions: list[float] | None


@dataclass
class Captured:
    """The captured requests of some files; `skipped` counts by reason what was left out so far."""

    skipped: Counter[str] = field(default_factory=Counter)
    _seen: set[bytes] = field(default_factory=set)

    def read(self, folder: Path) -> Iterator[Request]:
        """Every request in the files below `folder`, the last file by name first, which is the newest.

        What is cut off, was delivered twice, or was not answered with predictions is left out.
        """
        for found in self.events(folder, newest_first=True):
            if found.answered and found.predictions is None:
                self.skipped[UNANSWERED] += 1
            else:
                yield Request(found.body, found.content_type, found.predictions)

    def events(self, folder: Path, *, newest_first: bool = False) -> Iterator[Event]:
        """Every request in the files below `folder`, once, however it was answered."""
        for line in lines(folder, newest_first=newest_first):
            try:
                found = event(line)
            except NO_LINE:
                self.skipped[UNREADABLE] += 1
                continue
            if (key := short(found.event)) in self._seen:
                self.skipped[REPEATED] += 1
                continue
            self._seen.add(key)
            yield found


def lines(folder: Path, *, newest_first: bool = False) -> Iterator[bytes]:
    """Every line of the files below `folder`, by the files' names; an empty one for what is too long."""
    for path in sorted((one for one in folder.rglob("*.jsonl") if one.is_file()), reverse=newest_first):
        with path.open("rb") as file:
            while line := file.readline(LONGEST):
                whole = len(line) < LONGEST or line.endswith(b"\n")
                while not whole and (more := file.readline(LONGEST)) and not more.endswith(b"\n"):
                    pass
                if line.strip():
                    yield line if whole else b""


def event(line: bytes) -> Event:
    """What a line tells of its request. Raises one of NO_LINE on what is no such line."""
    record = json.loads(line)
    sent, answer = (record["captureData"].get(f"endpoint{one}") for one in ("Input", "Output"))
    known, inference = record["eventMetadata"], record["eventMetadata"].get("inferenceId")
    return Event(
        str(known["eventId"]),
        None if inference is None else str(inference),
        seconds(known.get("inferenceTime")),
        _decoded(sent),
        (sent.get("observedContentType") or TYPES[sent["encoding"]]).strip(),
        answer is not None,
        None if answer is None else predictions(_decoded(answer)),
    )


def short(name: str) -> bytes:
    """An id in 16 bytes, however long it is."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def seconds(stamp: Any) -> float | None:
    """A time such as 2026-11-20T08:15:00Z in seconds since 1970; None of what is none."""
    try:
        moment = datetime.fromisoformat(stamp)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _decoded(part: dict[str, Any]) -> bytes:
    data: str = part["data"]
    return base64.b64decode(data, validate=True) if part["encoding"] == "BASE64" else data.encode()


def predictions(body: bytes) -> list[float] | None:
    """The numbers of {"predictions": [number, …]}; None when `body` is anything else."""
    try:
        found = json.loads(body)["predictions"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(found, list) or not all(type(one) in (int, float) for one in found):
        return None
    return found
