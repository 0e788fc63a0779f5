"""Which captured objects and labels are judged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline import aws, listing
from pipeline.monitor import window

from .conftest import BUCKET
from .monitor_sample import NOON, RULES

CAPTURED, LABELS = "capture/p/e/live/", "labels/p/"


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put objects there, each as if S3 had got it at that moment; a key has the hour of that moment."""
    objects: list[dict[str, Any]] = []

    def put(*moments: datetime, prefix: str = CAPTURED, size: int = 10, name: str = "") -> None:
        for number, at in enumerate(moments):
            key = name or f"{at:%Y/%m/%d/%H}/{at:%M-%S}-{number:05}.jsonl"
            objects.append({"Key": f"{prefix}{key}", "LastModified": at, "Size": size, "ETag": f'"{number}"'})

    def newest(_: str, prefix: str) -> Any:
        below = [one for one in objects if one["Key"].startswith(prefix)]
        return iter(sorted(below, key=lambda one: str(one["Key"]), reverse=True))

    monkeypatch.setattr(listing, "newest", newest)
    return put


def find() -> window.Window:
    """The window that ends at noon."""
    return window.find(f"s3://{BUCKET}/{CAPTURED}", f"s3://{BUCKET}/{LABELS}", RULES, NOON.timestamp())


def test_a_window_is_whole_blocks_and_the_one_that_is_under_way() -> None:
    """Fourteen days of UTC, the last of which has lasted half a day."""
    span = window.span(RULES, NOON.timestamp())
    assert datetime.fromtimestamp(span.since, UTC) == datetime(2026, 3, 2, tzinfo=UTC)
    assert (span.now, span.block_seconds) == (NOON.timestamp(), 86_400)


def test_where_awss_time_runs_faster_a_block_is_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """In seconds of ours, which stamps are of."""
    monkeypatch.setattr(aws, "SPEED", 60.0)
    span = window.span(replace(RULES, block_minutes=10, window_blocks=7), NOON.timestamp() + 3)
    assert (span.block_seconds, NOON.timestamp() - span.since) == (10, 60)


def test_what_was_written_before_the_window_is_left_out(stored: Callable[..., None]) -> None:
    """A file that was begun before and written within is in; one written after now comes next time."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    late = NOON + timedelta(minutes=1)
    stored(begin - timedelta(seconds=1), begin, NOON, late)
    stored(begin + timedelta(seconds=9), name="2026/03/01/23/59-58-1.jsonl")
    found = find().captured
    assert [key for key, _ in found.objects] == [
        "2026/03/01/23/59-58-1.jsonl",
        "2026/03/02/00/00-00-00001.jsonl",
        "2026/03/15/12/00-00-00002.jsonl",
    ]
    assert found.manifest[0] == {"prefix": f"s3://{BUCKET}/{CAPTURED}"}
    assert (found.found, found.kept) == (3, 1.0)


def test_labels_are_taken_from_the_windows_start_on(stored: Callable[..., None]) -> None:
    """They are late, and none is before its request."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    stored(begin - timedelta(days=1), begin + timedelta(days=5), prefix=LABELS)
    assert len(find().labels.objects) == 1


def test_the_last_request_is_known_however_long_ago_it_was(stored: Callable[..., None]) -> None:
    """A month without traffic: nothing is in the window, and since when is told."""
    long_ago = NOON - timedelta(days=40)
    stored(long_ago, long_ago - timedelta(days=1))
    found = find().captured
    assert (found.objects, found.newest) == ((), long_ago.timestamp())
    assert find().labels.newest is None


def test_what_is_filed_otherwise_is_not_looked_at(stored: Callable[..., None]) -> None:
    """Somebody's note, a date that does not exist."""
    stored(NOON, name="README.md")
    stored(NOON, name="2026/13/01/00/a.jsonl")
    assert find().captured.objects == ()


def test_of_much_traffic_every_block_gives_an_even_part(
    stored: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is said; the newest alone would be one block, of which nothing can be told."""
    monkeypatch.setattr(window, "MOST", RULES.window_blocks * 3)
    days = [NOON - timedelta(days=day) for day in range(10)]
    stored(*(day + timedelta(minutes=-minute) for day in days for minute in range(9)))
    stored(NOON, prefix=LABELS)
    found = find()
    assert len(found.captured.objects) == 30
    assert {key[:10] for key, _ in found.captured.objects} == {f"{day:%Y/%m/%d}" for day in days}
    assert found.cut == ("a sample is judged: 30 of 90 objects of captured traffic, evenly from every block")
    assert found.captured.kept == pytest.approx(1 / 3)


def test_large_objects_are_bounded_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the job's disk is."""
    monkeypatch.setattr(window, "MOST_BYTES", 100)
    objects = [{"Size": 10}] * 10
    assert len(window.thinned(objects, 2)) == 5
    assert len(window.thinned(objects, 1)) == 10


def test_the_same_objects_are_called_the_same(stored: Callable[..., None]) -> None:
    """Until one comes, or another content stands in its place."""
    stored(NOON, prefix=LABELS)
    before = find().labels.digest
    assert find().labels.digest == before
    assert replace(find().labels, objects=((find().labels.objects[0][0], '"other"'),)).digest != before
    stored(NOON - timedelta(hours=1), prefix=LABELS)
    assert find().labels.digest != before
    assert find().cut is None
