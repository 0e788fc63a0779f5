"""Sends captured requests through a candidate: `python -m serving.replay`, a processing job in its own image.

Reads $ML_ROOT/processing/input: model/model.tar.gz, requests/ with the newest traffic and evaluation/ with
the rows that the model was evaluated on, both as data capture writes them, either may be missing. The real
server answers over HTTP, one request at a time. Writes replay.json; whether that is good enough is decided
elsewhere.
"""

import argparse
import json
import os
import sys
import tarfile
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.captured import Captured, Request, predictions
from serving.process import LOST, Server

ARCHIVE = "model/model.tar.gz"
SOURCES = {"captured": "requests", "evaluation": "evaluation"}  # where each is below input/, in their order
SHOWN = 5  # different failures
SENTENCE = 300  # characters of a failure
MOST_LOST = 3  # requests without an answer; each may take `answer_seconds`, and one is too many already
LOG = 20  # lines of a server that does not come up


class ArchiveError(ValueError):
    """What should be served is no model."""


@dataclass
class Scores:
    """The predictions of one source, then and now, in the same order."""

    then: list[float] = field(default_factory=list)
    now: list[float] = field(default_factory=list)

    def document(self, source: str) -> dict[str, Any]:
        """Means and distance; `distinct` values there were then: of a few, a distance means nothing."""
        then, now = np.array(self.then), np.array(self.now)
        return {
            "of": source,
            "answers": len(then),
            "distinct": len(np.unique(then)),
            "then": float(then.mean()),
            "now": float(now.mean()),
            "difference": float(now.mean() - then.mean()),
            "shift": distance(then, now),
        }


@dataclass
class Outcome:
    """What became of the requests so far."""

    low: float
    high: float
    statuses: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    schema: int = 0
    lost: int = 0
    failures: dict[tuple[str, str], int] = field(default_factory=dict)
    scores: dict[str, Scores] = field(default_factory=dict)

    def answered(self, source: str, request: Request, status: int, body: bytes, seconds: float) -> None:
        """Take an answer into account."""
        self.sources[source] += 1
        self.statuses[str(status)] += 1
        self.seconds.append(seconds)
        if status != 200:
            self._fail(str(status), said(body))
        elif wrong := self._breach(request, now := predictions(body)):
            self.schema += 1
            self._fail("200", wrong)
        elif request.predictions is not None and now is not None:
            kept = self.scores.setdefault(source, Scores())
            kept.then.extend(request.predictions)
            kept.now.extend(now)

    def unanswered(self, source: str, error: Exception) -> None:
        """Take into account that there was no answer."""
        self.sources[source] += 1
        self.statuses["none"] += 1
        self.lost += 1
        self._fail("none", f"no answer: {error or type(error).__name__}")

    def _breach(self, request: Request, now: list[float] | None) -> str | None:
        """How an answer breaks the signature."""
        if not now:
            return 'the answer is no {"predictions": [number, …]}'
        if request.predictions is not None and len(now) != len(request.predictions):
            return f"{len(now)} predictions, not {len(request.predictions)}"
        if not all(self.low <= one <= self.high for one in now):  # False for NaN too
            return f"a prediction outside the signature's range, {self.low} to {self.high}"
        return None

    def _fail(self, status: str, sentence: str) -> None:
        key = status, sentence[:SENTENCE]
        if key in self.failures or len(self.failures) < SHOWN:
            self.failures[key] = self.failures.get(key, 0) + 1

    def document(self, skipped: Counter[str]) -> dict[str, Any]:
        """replay.json; latencies in milliseconds, `errors` are answers other than 200 and missing ones."""
        requests = self.statuses.total()
        return {
            "ready": True,
            "requests": requests,
            "sources": dict(self.sources),
            "skipped": dict(skipped),
            "statuses": dict(self.statuses),
            "errors": requests - self.statuses["200"],
            "schema": self.schema,
            "failures": [
                {"status": status, "sentence": sentence, "count": count}
                for (status, sentence), count in self.failures.items()
            ],
            "latency_ms": latencies(self.seconds),
            "scores": {source: scores.document(source) for source, scores in self.scores.items()},
        }


def distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How far apart two samples are: 0 the same distribution, 1 none of their values overlap.

    The two-sample Kolmogorov-Smirnov statistic, the largest difference of the two distribution functions:
    https://en.wikipedia.org/wiki/Kolmogorov%E2%80%93Smirnov_test#Two-sample_Kolmogorov%E2%80%93Smirnov_test
    """
    steps = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(each), steps, side="right") / len(each) for each in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def latencies(seconds: Sequence[float]) -> dict[str, float] | None:
    """Percentiles in milliseconds; None of nothing."""
    if not seconds:
        return None
    found = np.percentile(np.array(seconds) * 1000, [50, 95, 99, 100])
    return dict(zip(("p50", "p95", "p99", "max"), (round(float(one), 3) for one in found), strict=True))


def said(body: bytes) -> str:
    """The sentence of an answer that is an error."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return " ".join(body.decode("utf-8", "replace").split()) or "no sentence"


def plain(tar: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """The members, files and folders that stay inside. Raises tarfile.TarError when there is another.

    The standard library's own filter for this came with Python 3.11.4, and a project takes every 3.11.
    """
    members = tar.getmembers()
    for member in members:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
            raise tarfile.TarError(f"{member.name} is no plain file or folder inside the archive")
    return members


def unpack(archive: Path, folder: Path) -> tuple[float, float]:
    """Write a model's files into `folder`; the signature's range. Raises ArchiveError."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, plain(tar))  # noqa: S202 - every member was looked at
        output = json.loads((folder / "signature.json").read_text())["output"]
        return float(output["min"]), float(output["max"])
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ArchiveError(f"{archive.name} cannot be unpacked ({error}): train again") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{archive.name} holds a signature.json without a range: train again") from error


def replay(source: Path, most: int, startup_seconds: float, answer_seconds: float) -> dict[str, Any]:
    """The document: what the model in `source` answers to at most so many of the requests there."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        try:
            low, high = unpack(source / ARCHIVE, root / "model")
        except ArchiveError as error:
            return unready(str(error))
        with Server(root) as server:
            if why := server.wait(startup_seconds):
                print("\n".join(server.log.read_text(errors="replace").splitlines()[-LOG:]))
                return unready(why)
            captured, outcome = Captured(), Outcome(low, high)
            for name, folder in SOURCES.items():
                send(server, name, captured.read(source / folder), most, answer_seconds, outcome)
    return outcome.document(captured.skipped)


def send(
    server: Server, source: str, requests: Any, most: int, answer_seconds: float, outcome: Outcome
) -> None:
    """Send requests one after the other until there are `most`, or the server does not answer any more."""
    for request in requests:
        if outcome.statuses.total() >= most or outcome.lost >= MOST_LOST or not server.alive:
            return
        began = time.perf_counter()
        try:
            status, body = server.call(
                "POST", "/invocations", answer_seconds, request.body, request.content_type
            )
        except LOST as error:
            outcome.unanswered(source, error)
        else:
            outcome.answered(source, request, status, body, time.perf_counter() - began)


def unready(why: str) -> dict[str, Any]:
    """The document of a model that cannot be asked anything."""
    return {"ready": False, "why": why, "requests": 0}


def main(arguments: Sequence[str]) -> int:
    """Replay and write the document."""
    options = argparse.ArgumentParser(prog="python -m serving.replay", description=__doc__)
    options.add_argument("--requests", type=int, default=2000, help="at most so many")
    options.add_argument("--startup-seconds", type=float, default=480, help="for the server to answer /ping")
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
    options.add_argument("--answer-seconds", type=float, default=60, help="for an answer, SageMaker's bound")
    asked = options.parse_args(arguments)
    root = Path(os.environ.get("ML_ROOT", "/opt/ml")) / "processing"
    document = replay(root / "input", asked.requests, asked.startup_seconds, asked.answer_seconds)
    (root / "output").mkdir(parents=True, exist_ok=True)
    (root / "output/replay.json").write_text(json.dumps(document) + "\n")
    print(document.get("why") or f"{document['requests']} requests, {document['errors']} errors")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
