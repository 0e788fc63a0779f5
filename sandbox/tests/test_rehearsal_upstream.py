"""sandbox.rehearsal.upstream: labels come late, in AWS's form, from a role that may do nothing else."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import REGION, Sandbox, until

from sandbox.rehearsal import upstream
from sandbox.rehearsal.traffic import Answer, Question, Request, Traffic

HERE, KEY = "123456789012", f"arn:aws:kms:{REGION}:123456789012:key/1"


@pytest.fixture(scope="module")
def put(sandbox: Sandbox) -> Iterator[upstream.Put]:
    """What the system delivers with; it goes with the tests."""
    iam, sts = sandbox.client("iam"), sandbox.client("sts")
    sandbox.client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    yield upstream.make(iam, sts, HERE, REGION, sandbox.url, "bucket", KEY)
    upstream.remove(iam)


def test_removed_it_is_gone(sandbox: Sandbox) -> None:
    """Nothing of it is left."""
    iam = sandbox.client("iam")
    upstream.make(iam, sandbox.client("sts"), HERE, REGION, sandbox.url, "bucket", KEY)
    upstream.remove(iam)
    assert upstream.NAME not in [role["RoleName"] for role in iam.list_roles()["Roles"]]


def test_it_delivers(put: upstream.Put, sandbox: Sandbox) -> None:
    """Partitions and labels."""
    put("incoming/7.parquet", b"rows")
    put("labels/production/1.jsonl", b"labels")
    found = sandbox.client("s3").list_objects_v2(Bucket="bucket")["Contents"]
    assert [one["Key"] for one in found] == ["incoming/7.parquet", "labels/production/1.jsonl"]


def test_it_delivers_nowhere_else(sandbox: Sandbox, put: upstream.Put) -> None:
    """Its policy has two folders, and the key that seals them."""
    [name] = sandbox.client("iam").list_role_policies(RoleName=upstream.NAME)["PolicyNames"]
    document = sandbox.client("iam").get_role_policy(RoleName=upstream.NAME, PolicyName=name)["PolicyDocument"]
    assert [(one["Action"], one["Resource"]) for one in document["Statement"]] == [
        ("s3:PutObject", ["arn:aws:s3:::bucket/incoming/*", "arn:aws:s3:::bucket/labels/*"]),
        ("kms:GenerateDataKey", KEY),
    ]


def test_a_label_has_awss_form() -> None:
    """One value for each row, under the request's name."""
    assert json.loads(upstream.line(Request(0.0, 200, "m", "r-1", Question([], [1.0, 0.0])))) == {
        "groundTruthData": {"data": "1,0", "encoding": "CSV"},
        "eventMetadata": {"eventId": "r-1"},
        "eventVersion": "0",
    }


def test_labels_lie_by_the_hour_in_which_they_came() -> None:
    """Below the environment's folder."""
    at = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
    assert upstream.key("production", at) == "labels/production/2026/03/04/05/06-07-000008.jsonl"


class Asked(Traffic):
    """Traffic of requests that were made up."""

    def __init__(self, *requests: Request) -> None:
        super().__init__(lambda *_: Answer(200, "m"), [Question([{}])], rate=1)
        self._requests = list(requests)


def labelled(late: float, *requests: Request) -> tuple[upstream.Labeller, list[tuple[str, bytes]]]:
    """A labeller of those requests, and what it writes."""
    written: list[tuple[str, bytes]] = []
    put: Any = lambda key, content: written.append((key, content))  # noqa: E731
    return upstream.Labeller(Asked(*requests), put, "production", late), written


def test_each_answered_request_is_labelled_once() -> None:
    """None that failed, and none of which nobody will know."""
    asked = [
        Request(1.0, 200, "m", "one", Question([], [1.0])),
        Request(2.0, 500, "m", "failed", Question([], [1.0])),
        Request(3.0, 200, "m", "unknown"),
        Request(4.0, 200, "m", "two", Question([], [0.0])),
    ]
    labeller, written = labelled(0.0, *asked)
    assert [labeller.write(until) for until in (2.5, 2.6, 9.0)] == [1, 0, 1]
    assert [json.loads(content)["eventMetadata"]["eventId"] for _, content in written] == ["one", "two"]


def test_labels_come_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that was asked just now has none."""
    monkeypatch.setattr(upstream, "EVERY", 0.01)
    old, new = (
        Request(time.time() - 60, 200, "m", "old", Question([], [1.0])),
        Request(time.time(), 200, "m", "new", Question([], [1.0])),
    )
    labeller, written = labelled(30.0, old, new)
    labeller.start()
    until(lambda: written)
    labeller.stop()
    assert [json.loads(content)["eventMetadata"]["eventId"] for _, content in written] == ["old"]


def test_nothing_is_written_after_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it never began."""
    monkeypatch.setattr(upstream, "EVERY", 0.01)
    labeller, written = labelled(0.0, Request(time.time() + 0.1, 200, "m", "r", Question([], [1.0])))
    labeller.stop()
    labeller.start()
    time.sleep(0.2)
    assert written == []
