"""Data capture: requests and answers of an endpoint, as JSON lines in S3.

Format and path are those of dg/model-monitor-data-capture-endpoint:
`DESTINATION/ENDPOINT/VARIANT/yyyy/mm/dd/hh/FILE.jsonl`. A shadow variant's are captured too
(dg/shadow-tests-create). Guesses: under its own name in the place of VARIANT; what the container answered with an
error is not captured, and a file is written once an AWS minute (delivery can take a couple of minutes there).
"""

import base64
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.world import Clients, World

FLUSH = 60.0  # AWS seconds between files


def encode(body: bytes, content_type: str, header: Mapping[str, Any]) -> tuple[str, str]:
    """(data, encoding) of a body under a CaptureContentTypeHeader.

    "If no headers are specified SageMaker will by default base64 encode" (API DataCaptureConfig).
    """
    kind = content_type.partition(";")[0].strip().lower()
    for encoding, member in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
        if kind in (known.lower() for known in header.get(member, ())):
            return body.decode("utf-8", "replace"), encoding
    return base64.b64encode(body).decode(), "BASE64"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as the container saw them; headers by lower-case name."""

    variant: str
    at: datetime
    sent: bytes
    sent_type: str
    answered: bytes
    answered_type: str
    inference_id: str | None = None
    custom_attributes: str | None = None


def line(config: Mapping[str, Any], exchange: Exchange) -> str:
    """The captured record, without the line's end."""
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    header = config.get("CaptureContentTypeHeader", {})
    data = {}
    for mode, member, body, kind in (
        ("Input", "endpointInput", exchange.sent, exchange.sent_type),
        ("Output", "endpointOutput", exchange.answered, exchange.answered_type),
    ):
        if mode in modes or "InputAndOutput" in modes:
            text, encoding = encode(body, kind, header)
            given = {"observedContentType": kind, "mode": mode.upper()}
            data[member] = given | {"data": text, "encoding": encoding}
    metadata: dict[str, Any] = {
        "eventId": str(uuid.uuid4()),
        "inferenceTime": f"{exchange.at:%Y-%m-%dT%H:%M:%SZ}",
    }
    if exchange.custom_attributes:
        metadata["customAttributes"] = [exchange.custom_attributes]
    if exchange.inference_id:
        metadata["inferenceId"] = exchange.inference_id
    return json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"})


def path(destination: str, endpoint: str, variant: str, at: datetime) -> tuple[str, str]:
    """(bucket, key) of a new file for what happened in the hour of `at`."""
    where = urlsplit(destination)
    prefix = f"{where.path.strip('/')}/" if where.path.strip("/") else ""
    name = f"{at:%M-%S}-{at.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
    return where.netloc, f"{prefix}{endpoint}/{variant}/{at:%Y/%m/%d/%H}/{name}"


@dataclass(eq=False)
class Capture:
    """Buffers what one fleet of `endpoint` serves and writes it to S3."""

    world: World
    endpoint: str
    config: Mapping[str, Any]
    draw: Callable[[], float]
    writer: Clients | None = None  # the endpoint's role, once SageMaker has taken it
    _lines: dict[tuple[str, str], list[tuple[datetime, str]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Write regularly from now on."""
        threading.Thread(target=self._run, daemon=True).start()

    def record(self, exchange: Exchange) -> None:
        """Keep `exchange`, when it is one of the InitialSamplingPercentage."""
        if self.draw() * 100 < self.config["InitialSamplingPercentage"]:
            record = (exchange.at, line(self.config, exchange))
            with self._lock:
                self._lines.setdefault((exchange.variant, f"{exchange.at:%Y%m%d%H}"), []).append(record)

    def flush(self) -> None:
        """Write what is buffered: a file per variant and hour."""
        with self._lock:
            lines, self._lines = self._lines, {}
        key = self.config.get("KmsKeyId")
        sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        for (variant, _), records in lines.items():
            bucket, name = path(self.config["DestinationS3Uri"], self.endpoint, variant, records[0][0])
            body = "".join(f"{text}\n" for _, text in records).encode()
            (self.writer or self.world).client("s3").put_object(Bucket=bucket, Key=name, Body=body, **sealed)

    def close(self) -> None:
        """Write what is left and stop."""
        self._closed.set()
        self._write()

    def _run(self) -> None:
        while not self.world.clock.wait(self._closed, FLUSH) and not self.world.stopping.is_set():
            self._write()

    def _write(self) -> None:
        try:
            self.flush()
        except Exception as error:  # a full or missing bucket never stops serving
            print(f"data capture of {self.endpoint} was lost: {error}", flush=True)


def now() -> datetime:
    """The wall clock in UTC, as capture stamps it."""
    return datetime.now(UTC)
