"""Which data is trained on, and the pointer to the newest that passed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, manifest, newest
from pipeline.errors import UserError

from .conftest import BUCKET, pinned

Cloud = Callable[[str], Any]
OLD, NEW = pinned(), pinned(to="2013-04-30T00:00:00+00:00")
NOON, LATER = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=UTC)


def there() -> str:
    """The manifest that the pointer names."""
    body = aws.client("s3").get_object(Bucket=BUCKET, Key=newest.KEY)["Body"].read()
    return str(json.loads(body)["manifest"])


def put(key: str, body: bytes) -> None:
    """Put an object into the bucket."""
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)


@pytest.fixture
def following(project: Path) -> Path:
    """A project that trains on the newest."""
    policy = project / "policy.toml"
    policy.write_text(policy.read_text().replace('follow = "pinned"', 'follow = "newest"'))
    return project


@pytest.mark.usefixtures("cloud")
def test_the_first_that_passes_is_the_newest() -> None:
    """There is nothing to compare with."""
    assert (newest.move(OLD, NOON), there()) == (True, OLD.sha256)


@pytest.mark.usefixtures("cloud")
def test_newer_rows_replace_older_ones() -> None:
    """The pointer moves on."""
    newest.move(OLD, NOON)
    assert (newest.move(NEW, LATER), there()) == (True, NEW.sha256)


@pytest.mark.usefixtures("cloud")
def test_older_rows_that_pass_later_replace_nothing() -> None:
    """A validation that took longer does not turn time back."""
    newest.move(NEW, NOON)
    assert (newest.move(OLD, LATER), there()) == (False, NEW.sha256)


@pytest.mark.usefixtures("cloud")
def test_corrected_rows_of_the_same_time_replace_the_former() -> None:
    """As new as those, and passed later."""
    corrected = pinned(sha256="b" * 64)
    newest.move(OLD, NOON)
    assert (newest.move(corrected, LATER), there()) == (True, corrected.sha256)


def test_of_two_that_end_together_the_newer_stays(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newer one is put between the other's look and its write: S3 refuses that write."""
    s3 = cloud("s3")
    real, tries = s3.put_object, []

    def overtaken(**request: Any) -> Any:
        if not tries:
            tries.append(request)
            monkeypatch.setattr(s3, "put_object", real)
            newest.move(NEW, NOON)
        return real(**request)

    newest.move(pinned(to="2013-02-28T00:00:00+00:00"), NOON)
    monkeypatch.setattr(s3, "put_object", overtaken)
    assert (newest.move(OLD, LATER), there(), len(tries)) == (False, NEW.sha256, 1)


def test_another_refusal_is_not_taken_for_a_race(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that may not write learns so."""

    def denied(**_request: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    monkeypatch.setattr(cloud("s3"), "put_object", denied)
    with pytest.raises(ClientError, match="AccessDenied"):
        newest.move(OLD, NOON)


def test_the_pinned_manifest_needs_no_account(project: Path) -> None:
    """What git has is read from git."""
    (project / "data").mkdir()
    (project / manifest.PATH).write_bytes(OLD.content)
    assert newest.trained_on(project) == OLD


@pytest.mark.usefixtures("cloud")
def test_the_newest_that_passed_is_followed(following: Path) -> None:
    """The pointer's manifest, from the bucket, whatever git pins."""
    put(f"{NEW.prefix}/manifest.json", NEW.content)
    newest.move(NEW, NOON)
    assert newest.trained_on(following) == NEW


@pytest.mark.usefixtures("cloud")
def test_nothing_has_passed_yet(following: Path) -> None:
    """The sentence says how something does, or which policy needs no pointer."""
    with pytest.raises(UserError, match=r'no data has passed the contract .* or write "pinned"'):
        newest.trained_on(following)


@pytest.mark.usefixtures("cloud")
def test_a_pointer_to_nothing_is_named(following: Path) -> None:
    """Its manifest is not in the bucket."""
    newest.move(NEW, NOON)
    with pytest.raises(UserError, match=f"the bucket has no manifest {NEW.sha256}"):
        newest.trained_on(following)


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"manifest": "a"}', b'{"manifest": "a", "to": "x", "at": "y"}']
)
def test_a_pointer_that_was_edited_is_refused(following: Path, body: bytes) -> None:
    """One sentence."""
    put(newest.KEY, body)
    with pytest.raises(UserError, match="is no pointer to a manifest"):
        newest.trained_on(following)
