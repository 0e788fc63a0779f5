"""Tests of sandbox.capture."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from sandbox import capture
from sandbox.capture import Capture, Exchange

AT = datetime(2013, 7, 4, 9, 5, 6, 789000, UTC)
EXCHANGE = Exchange(
    variant="live",
    at=AT,
    sent=b'{"instances":[1]}',
    sent_type="application/json",
    answered=b"0.25\n",
    answered_type="text/csv; charset=utf-8",
)
CONFIG: dict[str, Any] = {
    "InitialSamplingPercentage": 50,
    "DestinationS3Uri": "s3://bucket/capture/config-1",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"], "CsvContentTypes": ["text/csv"]},
}


class Account:
    """Takes the place of the world and its S3 client."""

    def __init__(self) -> None:
        """No object yet."""
        self.objects: dict[str, str] = {}

    def client(self, _service: str) -> "Account":
        """S3."""
        return self

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803  boto3's names
        """Keep the object."""
        self.objects[f"{Bucket}/{Key}"] = Body.decode()


def test_the_documented_line() -> None:
    """A line has the members, modes and encodings of the developer guide's example."""
    record = json.loads(capture.line(CONFIG, EXCHANGE))
    record["eventMetadata"].pop("eventId")
    sent = {"observedContentType": "application/json", "mode": "INPUT", "data": '{"instances":[1]}'}
    answered = {"observedContentType": "text/csv; charset=utf-8", "mode": "OUTPUT", "data": "0.25\n"}
    assert record == {
        "captureData": {
            "endpointInput": sent | {"encoding": "JSON"},
            "endpointOutput": answered | {"encoding": "CSV"},
        },
        "eventMetadata": {"inferenceTime": "2013-07-04T09:05:06Z"},
        "eventVersion": "0",
    }


def test_only_what_is_asked_for() -> None:
    """With CaptureMode Output the request is not kept."""
    config = CONFIG | {"CaptureOptions": [{"CaptureMode": "Output"}]}
    assert list(json.loads(capture.line(config, EXCHANGE))["captureData"]) == ["endpointOutput"]


def test_base64_without_headers() -> None:
    """Without CaptureContentTypeHeader data is base64."""
    expected = (base64.b64encode(b"0.5").decode(), "BASE64")
    assert capture.encode(b"0.5", "text/csv", {}) == expected


def test_the_path_has_the_hour() -> None:
    """Files lie under endpoint, variant and UTC hour."""
    bucket, key = capture.path("s3://bucket/capture/", "flights", "live", AT)
    assert (bucket, key.rpartition("/")[0]) == ("bucket", "capture/flights/live/2013/07/04/09")


def test_one_file_per_variant_and_hour() -> None:
    """What is buffered becomes one object per variant and hour, one line per request, and is written once."""
    account = Account()
    buffer = Capture(account, "flights", CONFIG, lambda: 0.0)  # type: ignore[arg-type]
    for _ in range(3):
        buffer.record(EXCHANGE)
    buffer.flush()
    buffer.flush()
    assert [text.count("\n") for text in account.objects.values()] == [3]


def test_sampling() -> None:
    """At 50 % a draw of 0.49 is kept and one of 0.5 is not."""
    account = Account()
    for draw in (0.49, 0.5):
        buffer = Capture(account, "flights", CONFIG, lambda draw=draw: draw)  # type: ignore[arg-type, misc]
        buffer.record(EXCHANGE)
        buffer.flush()
    assert len(account.objects) == 1
