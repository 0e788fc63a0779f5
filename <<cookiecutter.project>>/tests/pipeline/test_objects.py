"""A write is refused when somebody else has been faster, whether or not the object was there."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import objects

from .conftest import BUCKET

Cloud = Callable[[str], Any]
KEY = "some/object"


@pytest.mark.usefixtures("cloud")
def test_what_is_written_is_read() -> None:
    """And it is None before."""
    before, absent = objects.read(KEY)
    assert objects.write(KEY, b"one", absent)
    assert (before, objects.read(KEY)[0]) == (None, b"one")


@pytest.mark.parametrize("there", [False, True])
def test_what_another_wrote_meanwhile_stays(cloud: Cloud, there: bool) -> None:
    """The slower one is told."""
    if there:
        cloud("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"before")
    _, unchanged = objects.read(KEY)
    cloud("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"theirs")
    assert not objects.write(KEY, b"ours", unchanged)
    assert objects.read(KEY)[0] == b"theirs"


def test_another_refusal_is_not_taken_for_a_race(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that may not write learns so."""

    def denied(**_request: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    monkeypatch.setattr(cloud("s3"), "put_object", denied)
    with pytest.raises(ClientError, match="AccessDenied"):
        objects.write(KEY, b"ours", {"IfNoneMatch": "*"})
