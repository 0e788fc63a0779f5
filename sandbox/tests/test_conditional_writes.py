"""S3's conditional writes in the sandbox: of two writers that read the same object, one is refused."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

WRITERS, TURNS = 4, 5


def add(client: Any, bucket: str, key: str, name: str) -> None:
    """Add a name to a list, as often as it takes."""
    while True:
        try:
            found = client.get_object(Bucket=bucket, Key=key)
            names, condition = json.load(found["Body"]), {"IfMatch": found["ETag"]}
        except client.exceptions.NoSuchKey:
            names, condition = [], {"IfNoneMatch": "*"}
        try:
            client.put_object(Bucket=bucket, Key=key, Body=json.dumps([*names, name]).encode(), **condition)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
        else:
            return


def test_nothing_is_lost_between_writers_at_once(client: Callable[..., Any], bucket: str) -> None:
    """Each adds its own, with a client of its own; all of it is there in the end."""
    clients = [client("s3") for _ in range(WRITERS)]

    def write(number: int) -> None:
        for turn in range(TURNS):
            add(clients[number], bucket, "conditional/list", f"{number}.{turn}")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    names = json.load(clients[0].get_object(Bucket=bucket, Key="conditional/list")["Body"])
    assert sorted(names) == sorted(f"{number}.{turn}" for number in range(WRITERS) for turn in range(TURNS))


def test_a_write_on_an_object_that_has_changed_is_refused(client: Callable[..., Any], bucket: str) -> None:
    """And so is one that expects none."""
    s3, place = client("s3"), {"Bucket": bucket, "Key": "conditional/one"}
    first = s3.put_object(**place, Body=b"1")["ETag"]
    s3.put_object(**place, Body=b"2", IfMatch=first)
    for condition in ({"IfMatch": first}, {"IfNoneMatch": "*"}):
        with pytest.raises(ClientError, match="PreconditionFailed"):
            s3.put_object(**place, Body=b"3", **condition)
    assert s3.get_object(**place)["Body"].read() == b"2"
