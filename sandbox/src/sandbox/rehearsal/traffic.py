"""A plain client of the production endpoint: an open loop of real rows, every answer counted.

Open loop: a request is sent when its time has come, not when the last answer arrived, so that a slow
or failing endpoint meets the same load as a healthy one. Nothing is retried: what the serving
processes counted must agree with this count exactly.
"""

import itertools
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import urllib3

Row = dict[str, Any]
Sign = Callable[[str, str], Mapping[str, str]]  # the headers of a signed POST of a body to an address

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
NAME = "X-Amzn-SageMaker-Inference-Id"  # of a request, as its caller calls it; captured beside the answer


@dataclass(frozen=True)
class Question:
    """What one request asks: rows, and of each what will turn out to be true; nothing where nobody will know."""

    rows: Sequence[Row]
    truth: Sequence[float] = ()


NOTHING = Question(())


@dataclass(frozen=True)
class Answer:
    """Who answered and how: `status` as the container gave it, 0 and no model when nobody answered."""

    status: int
    model: str


@dataclass(frozen=True)
class Request:
    """One request: wall-clock second of sending, its answer, its name, and what was asked."""

    at: float
    status: int
    model: str
    name: str = ""
    question: Question = NOTHING

    @property
    def failed(self) -> bool:
        """Anything but 200, as a caller sees it."""
        return self.status != 200


Send = Callable[[Sequence[Row], str], Answer]  # rows, and the request's name


def sender(url: str, endpoint: str, sign: Sign, workers: int) -> Send:
    """A function that sends rows through InvokeEndpoint, signed, under a name and without retries.

    Without boto3's client, whose parsing and checking costs a multiple of the answer. AWS: a container's 4xx or
    5xx arrives with status 424, OriginalStatusCode and OriginalMessage (API runtime InvokeEndpoint).
    """
    pool = urllib3.connection_from_url(url, maxsize=workers, retries=False, timeout=30)
    path = f"/endpoints/{endpoint}/invocations"

    def send(rows: Sequence[Row], name: str) -> Answer:
        body = json.dumps({"instances": list(rows)})
        try:
            headers = {**sign(url + path, body), NAME: name}
            answer = pool.request("POST", path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError:
            return Answer(0, "")
        if answer.status == 200:
            return Answer(200, answer.headers.get(ATTRIBUTES, "").removeprefix("model="))
        return _refused(answer.data)

    return send


def _refused(body: bytes) -> Answer:
    """The container's own status and model out of a ModelError; status 0 when it was not the container."""
    try:
        error = json.loads(body)
        return Answer(int(error["OriginalStatusCode"]), json.loads(error["OriginalMessage"])["model"])
    except (KeyError, ValueError, TypeError):
        return Answer(0, "")


class Traffic:
    """Asks `questions` over and over at `rate` per second from `start` to `stop`, and remembers every request."""

    def __init__(self, send: Send, questions: Sequence[Question], *, rate: float, workers: int = 16):
        self._send, self._questions, self.rate = send, itertools.cycle(questions), rate
        self._newcomers: Sequence[Question] = ()
        self._newcomer_share = 0.0
        self._random = random.Random(2013)  # noqa: S311 - which row is sent next is not a secret
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="traffic")
        self._requests: list[Request] = []
        self._stopped = threading.Event()
        self._pacer = threading.Thread(target=self._pace, name="traffic", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._pacer.start()

    def stop(self) -> None:
        """Send nothing more, and wait for the answers that are under way."""
        self._stopped.set()
        if self._pacer.is_alive():
            self._pacer.join()
        self._pool.shutdown(wait=True)

    def ask(self, questions: Sequence[Question]) -> None:
        """From now on, ask these over and over."""
        self._questions = itertools.cycle(questions)

    def meet(self, newcomers: Sequence[Question], share: float) -> None:
        """From now on, `share` of the requests are `newcomers`: rows that production had not seen before."""
        self._newcomers, self._newcomer_share = newcomers, share

    def request(self, question: Question) -> Request:
        """Ask one question now and count it."""
        at, name = time.time(), str(uuid.uuid4())
        answer = self._send(question.rows, name)
        request = Request(at, answer.status, answer.model, name, question)
        self._requests.append(request)
        return request

    def between(self, start: float, end: float) -> list[Request]:
        """The requests sent from wall-clock second `start` until `end`, in the order of sending."""
        return sorted((r for r in self._requests.copy() if start <= r.at < end), key=lambda r: r.at)

    def counts(self) -> dict[str, Counter[int]]:
        """Answers by model and status; requests that nobody answered are counted under the model ""."""
        counted: dict[str, Counter[int]] = {}
        for request in self._requests.copy():
            counted.setdefault(request.model, Counter())[request.status] += 1
        return counted

    def _next(self) -> Question:
        if self._newcomers and self._random.random() < self._newcomer_share:
            return self._random.choice(self._newcomers)
        return next(self._questions)

    def _pace(self) -> None:
        began = time.monotonic()
        for number in itertools.count():
            if self._stopped.wait(max(0.0, began + number / self.rate - time.monotonic())):
                return
            self._pool.submit(self.request, self._next())


def series(requests: Sequence[Request], start: float, end: float, width: float) -> dict[str, dict[str, list[int]]]:
    """Requests per bucket of `width` seconds: {model: {"answered": [...], "failed": [...]}}."""
    buckets = max(1, int((end - start) / width) + 1)
    models: dict[str, dict[str, list[int]]] = {}
    for request in requests:
        lanes = models.setdefault(request.model, {"answered": [0] * buckets, "failed": [0] * buckets})
        lane = lanes["failed" if request.failed else "answered"]
        lane[min(buckets - 1, max(0, int((request.at - start) / width)))] += 1
    return models
