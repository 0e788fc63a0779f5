"""Whoever delivers to the project's bucket: partitions of new data, and labels once they are known.

Another system, so under a role of its own, which may write into these two folders and read nothing.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import boto3

from sandbox.rehearsal import outsider
from sandbox.rehearsal.traffic import Request, Traffic

NAME = "upstream"
PARTITIONS, LABELS = "incoming", "labels"  # folders of the bucket
EVERY = 1.0  # seconds between two objects of labels

Put = Callable[[str, bytes], None]


def make(iam: Any, sts: Any, account: str, region: str, url: str, bucket: str, key_arn: str) -> Put:
    """Make the role and take it; returns what puts an object under a key of the bucket."""
    write = [f"arn:aws:s3:::{bucket}/{folder}/*" for folder in (PARTITIONS, LABELS)]
    may = outsider.allow("s3:PutObject", write), outsider.allow("kms:GenerateDataKey", key_arn)
    given = outsider.take(iam, sts, account, NAME, *may)
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region)
    s3 = session.client("s3", endpoint_url=url)

    def put(key: str, content: bytes) -> None:
        s3.put_object(Bucket=bucket, Key=key, Body=content)

    return put


def remove(iam: Any) -> None:
    """Take the role away."""
    outsider.remove(iam, NAME)


def line(request: Request) -> str:
    """What was true of a request's rows, as AWS wants ground truth.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
    """
    data = ",".join(f"{value:g}" for value in request.question.truth)
    label = {"groundTruthData": {"data": data, "encoding": "CSV"}, "eventMetadata": {"eventId": request.name}}
    return json.dumps(label | {"eventVersion": "0"})


def key(environment: str, at: datetime) -> str:
    """Where labels lie that were collected `at`: "the date when the ground truth label is collected" (same page)."""
    return f"{LABELS}/{environment}/{at:%Y/%m/%d/%H}/{at:%M-%S}-{at.microsecond:06}.jsonl"


class Labeller:
    """Writes what was true of each answered request, `late` seconds after it was asked, from `start` to `stop`."""

    def __init__(self, client: Traffic, put: Put, environment: str, late: float) -> None:
        self._client, self._put, self._environment, self.late = client, put, environment, late
        self.until = 0.0  # wall-clock second; requests before it are labelled
        self._stopped, self._paused = Event(), Event()
        self._thread = Thread(target=self._run, name="labels", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Write nothing more; what is known by then and not written stays unknown."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def write(self, until: float) -> int:
        """Write the labels of requests before the wall-clock second `until` that have none yet; how many."""
        asked = [one for one in self._client.between(self.until, until) if one.question.truth and not one.failed]
        self.until = until
        if asked:
            self._put(key(self._environment, datetime.now(UTC)), _lines(asked))
        return len(asked)

    def pause(self) -> None:
        """Write nothing until `resume`."""
        self._paused.set()

    def resume(self) -> None:
        """Write again, first all that was left out."""
        self._paused.clear()

    def _run(self) -> None:
        while not self._stopped.wait(EVERY):
            if not self._paused.is_set():
                self.write(time.time() - self.late)


def _lines(requests: Sequence[Request]) -> bytes:
    return "".join(f"{line(one)}\n" for one in requests).encode()
