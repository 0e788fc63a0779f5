"""Which captured requests are judged, and which labels may be theirs.

Time is cut into blocks of `block_minutes` of AWS's time, counted from 1970; the window is the newest
`window_blocks` of them, the one that is under way among them. A label comes after its request, so any that
came since the window began may be for one of its requests.

Both are filed by year, month, day and hour of UTC: captured requests by when they were answered
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html), labels by when
they were collected (https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html).
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline import aws, digest, listing
from pipeline.sections import Monitor

NOWHERE = "capture/none"  # where a configuration that captures nothing would capture
MOST = 20_000  # captured objects, and as many of labels: a month of two instances that write one a minute
MOST_BYTES = 4 << 30  # of either: the job's disk and an hour of its time hold them


@dataclass(frozen=True)
class Span:
    """A window's time: POSIX stamps, and the seconds of ours that a block lasts."""

    since: float
    now: float
    block_seconds: float


@dataclass(frozen=True)
class Files:
    """Objects below a prefix (S3 URI, with `/`): each its key below it, and what S3 says of its content.

    `found` is how many there were before some were left out; `newest` when the last was written.
    """

    prefix: str
    objects: tuple[tuple[str, str], ...] = ()
    found: int = 0
    newest: float | None = None

    @property
    def kept(self) -> float:
        """The share of the objects that were not left out."""
        return len(self.objects) / self.found if self.found else 1.0

    @property
    def manifest(self) -> list[Any]:
        """As AWS's ManifestFile (API shape S3DataSource)."""
        return [{"prefix": self.prefix}, *(key for key, _ in self.objects)]

    @property
    def digest(self) -> str:
        """What the list is called."""
        return digest.of(self.prefix, self.objects)


@dataclass(frozen=True)
class Window:
    """What is judged."""

    span: Span
    captured: Files
    labels: Files

    @property
    def cut(self) -> str | None:
        """That it is a sample, in a sentence; None when it is everything."""
        told = [
            f"{len(files.objects):,} of {files.found:,} objects of {what}"
            for what, files in (("captured traffic", self.captured), ("labels", self.labels))
            if len(files.objects) < files.found
        ]
        return f"a sample is judged: {' and '.join(told)}, evenly from every block" if told else None


def span(rules: Monitor, now: float) -> Span:
    """The window that ends at the POSIX stamp `now`, with the block that is under way. Pure."""
    seconds = aws.real(rules.block_minutes * 60)
    last = math.floor(now / seconds)
    return Span((last + 1 - rules.window_blocks) * seconds, now, seconds)


def find(captured: str, labels: str, rules: Monitor, now: float) -> Window:
    """The window in the bucket; both prefixes are S3 URIs that end with `/`."""
    judged = span(rules, now)
    return Window(judged, _files(captured, judged, rules), _files(labels, judged, rules))


def _files(prefix: str, judged: Span, rules: Monitor) -> Files:
    bucket, start = listing.place(prefix)
    found = list(_since(bucket, start, judged.since))
    last = max((one["LastModified"].timestamp() for one in found), default=None)
    of_window = [one for one in found if judged.since <= one["LastModified"].timestamp() <= judged.now]
    blocks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in of_window:
        blocks[math.floor(one["LastModified"].timestamp() / judged.block_seconds)].append(one)
    kept = [one for block in sorted(blocks) for one in thinned(blocks[block], rules.window_blocks)]
    objects = sorted((str(one["Key"]).removeprefix(start), str(one["ETag"])) for one in kept)
    return Files(prefix, tuple(objects), len(of_window), last)


def _since(bucket: str, start: str, since: float) -> Iterator[dict[str, Any]]:
    """The objects of the hour that the stamp lies in, or of later ones; and the newest in any case.

    What was last written before the window began holds nothing of it, but what was begun before it may.
    """
    first = datetime.fromtimestamp(since, UTC) - timedelta(hours=1)
    for number, one in enumerate(listing.newest(bucket, start)):
        hour = hour_of(str(one["Key"]).removeprefix(start))
        if hour is None:
            continue
        if hour < first:
            if not number:
                yield one
            return
        yield one


def hour_of(key: str) -> datetime | None:
    """The hour that a key is filed under; None for one that is filed otherwise. Pure."""
    try:
        return datetime.strptime(key.rpartition("/")[0], "%Y/%m/%d/%H").replace(tzinfo=UTC)
    except ValueError:
        return None


def thinned(objects: Sequence[dict[str, Any]], blocks: int) -> Sequence[dict[str, Any]]:
    """Every n-th object of a block, so that `blocks` such blocks are within the bounds. Pure."""
    size = sum(int(one["Size"]) for one in objects)
    step = max(len(objects) * blocks / MOST, size * blocks / MOST_BYTES)
    return objects[:: max(1, math.ceil(step))]
