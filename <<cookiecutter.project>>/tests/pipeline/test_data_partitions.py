"""pipeline/data/partitions.py: what a listing has of partitions, and which of them are read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.data import partitions
from pipeline.data.partitions import Known, Partition

from .conftest import pinned

NOW = datetime(2026, 1, 10, tzinfo=UTC)
WEEK = timedelta(days=7)


def found(key: str, days: float = 1) -> dict[str, Any]:
    """An object that came so many days ago."""
    return {"Key": key, "ETag": f'"{key}"', "LastModified": NOW - timedelta(days=days)}


def partition(key: str = "incoming/1.parquet", etag: str = "1", *, final: bool = False) -> Partition:
    """A partition that came a moment ago."""
    return Partition(key=key, etag=etag, at=NOW, final=final)


def test_partitions_come_in_the_order_of_their_keys() -> None:
    """Whatever order they were listed in; folders are none."""
    objects = [found("incoming/b/2.parquet"), found("incoming/b/"), found("incoming/1.parquet")]
    there, others = partitions.listed(objects, "incoming/", NOW, WEEK)
    assert ([one.path for one in there], others) == (
        ["data/incoming/1.parquet", "data/incoming/b/2.parquet"],
        [],
    )
    assert there[0].etag == "incoming/1.parquet"


def test_what_leads_elsewhere_is_no_partition() -> None:
    """A job would write outside of its folder."""
    objects = [found("incoming/../1.parquet"), found("incoming//1.parquet"), found("incoming/1.PARQUET")]
    there, others = partitions.listed(objects, "incoming/", NOW, WEEK)
    assert (there, others) == ([], ["../1.parquet", "/1.parquet", "1.PARQUET"])


def test_one_that_has_waited_long_enough_is_final() -> None:
    """By when it arrived, whatever its rows say."""
    objects = [found("incoming/1.parquet", 6.9), found("incoming/2.parquet", 7)]
    there, _ = partitions.listed(objects, "incoming/", NOW, WEEK)
    assert [one.final for one in there] == [False, True]


def test_what_is_known_is_read_again_for_a_reason() -> None:
    """Other bytes, or the end of its time where rows still wait."""
    known = {"data/incoming/1.parquet": Known(etag="1", waiting=3)}
    assert partitions.unread([partition()], known) == []
    for one in (partition(etag="2"), partition(final=True), partition("incoming/2.parquet")):
        assert partitions.unread([one], known) == [one]
    done = {"data/incoming/1.parquet": Known(etag="1", waiting=0)}
    assert partitions.unread([partition(final=True)], done) == []


def test_new_rows_are_compared_with_the_newest() -> None:
    """Not with what is too old to be repeated by accident, nor with what is replaced."""
    base = pinned("data/incoming/1.parquet")
    assert partitions.compared(base, [], 40) == base.files
    assert partitions.compared(base, [partition()], 40) == []
    assert partitions.compared(None, [], 40) == []


def test_files_are_kept_by_their_last_row() -> None:
    """Counted back from the newest row of all."""
    [old] = pinned("data/1.parquet", to="2013-01-31T00:00:00+00:00").files
    [new] = pinned("data/2.parquet", to="2013-03-02T00:00:00+00:00").files
    assert partitions.kept([old, new], 30) == [old, new]
    assert partitions.kept([old, new], 29) == [new]
