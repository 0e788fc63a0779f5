"""pipeline/data/push.py: copied once, by content."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import manifest
from pipeline.data.add import add
from pipeline.data.push import command, push
from pipeline.errors import UserError

from .conftest import BUCKET
from .rows import write


def test_pushing_copies_once(cloud: Callable[[str], Any], project: Path, frame: pl.DataFrame) -> None:
    """Objects are named by content, so a second push finds them."""
    sha = add([write(frame, project / "data/months/1.parquet")]).document["manifest"]
    assert push() == {"manifest": sha, "uploaded": 1, "present": 0}
    assert push() == {"manifest": sha, "uploaded": 0, "present": 1}
    key = f"data/manifests/{sha}/manifest.json"
    body = cloud("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert body == manifest.read(project).content


@pytest.mark.usefixtures("cloud")
def test_a_workflow_is_told_which_data(project: Path, frame: pl.DataFrame) -> None:
    """By the manifest, and how much of it was copied."""
    sha = add([write(frame, project / "data/months/1.parquet")]).document["manifest"]
    answer = command.main([], standalone_mode=False)
    assert answer.summary == f"**data**: manifest `{sha[:12]}`; 1 files copied, 0 were there."


@pytest.mark.usefixtures("cloud")
def test_a_file_that_was_changed_is_not_pushed(project: Path, frame: pl.DataFrame) -> None:
    """A job would train on something else than its manifest says."""
    path = write(frame, project / "data/months/1.parquet")
    add([path])
    write(frame.head(10), path)
    with pytest.raises(UserError, match="differs from what is pinned"):
        push()


def arrived(project: Path) -> dict[str, Any]:
    """The entry of a file that the bucket alone has, which is pinned beside the others."""
    entry = {"path": "data/incoming/2.parquet", "sha256": "b" * 64, "bytes": 1, "rows": 1}
    entry |= {"from": "2013-03-01T00:00:00+00:00", "to": "2013-03-31T00:00:00+00:00"}
    old = manifest.read(project)
    columns = {key: old.document[key] for key in ("time_column", "schema")}
    (project / manifest.PATH).write_bytes(manifest.pin(old, [entry], **columns, evaluation_days=28).content)
    return entry


def test_what_the_bucket_alone_has_is_left_there(
    cloud: Callable[[str], Any], project: Path, frame: pl.DataFrame
) -> None:
    """It was taken in there, and its manifest came to git."""
    add([write(frame, project / "data/months/1.parquet")])
    cloud("s3").put_object(Bucket=BUCKET, Key=f"data/objects/{arrived(project)['sha256']}.parquet")
    document = push()
    assert (document["uploaded"], document["present"]) == (1, 1)


@pytest.mark.usefixtures("cloud")
def test_what_the_bucket_has_no_more_is_named(project: Path, frame: pl.DataFrame) -> None:
    """Before anything is copied; the sentence says where it is sent again."""
    add([write(frame, project / "data/months/1.parquet")])
    arrived(project)
    with pytest.raises(UserError, match=r"send it again to incoming/2\.parquet"):
        push()
