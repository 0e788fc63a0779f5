"""pipeline/data/push.py: copied once, by content."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import manifest
from pipeline.data.add import add
from pipeline.data.push import push
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
def test_a_file_that_was_changed_is_not_pushed(project: Path, frame: pl.DataFrame) -> None:
    """A job would train on something else than its manifest says."""
    path = write(frame, project / "data/months/1.parquet")
    add([path])
    write(frame.head(10), path)
    with pytest.raises(UserError, match="differs from what is pinned"):
        push()
