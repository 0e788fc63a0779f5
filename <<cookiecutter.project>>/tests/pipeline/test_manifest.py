"""The manifest pins files, and its newest days are the evaluation rows."""

import json
from pathlib import Path

import pytest

from pipeline import digest, manifest
from pipeline.errors import UserError

SCHEMA = {"time": "Datetime"}


def entry(path: str, sha256: str = "a" * 64, to: str = "2013-01-31T00:00:00+00:00") -> dict[str, object]:
    """A file's entry."""
    return {
        "path": path,
        "sha256": sha256,
        "bytes": 1,
        "rows": 1,
        "from": "2013-01-01T00:00:00+00:00",
        "to": to,
    }


def pin(old: manifest.Manifest | None, *entries: dict[str, object]) -> manifest.Manifest:
    """Pin with 28 days of evaluation."""
    return manifest.pin(old, entries, time_column="time", schema=SCHEMA, evaluation_days=28)


ONE = pin(None, entry("data/1.parquet"))


def test_evaluation_starts_the_given_days_before_the_last_row() -> None:
    """The split moves with the newest file."""
    two = pin(ONE, entry("data/2.parquet", to="2013-03-01T00:00:00+00:00"))
    assert two.document["split"] == {"evaluate_from": "2013-02-01T00:00:00+00:00"}


def test_pinning_a_path_again_replaces_it() -> None:
    """A corrected file does not stand beside the one it corrects."""
    again = pin(ONE, entry("data/1.parquet", "b" * 64))
    assert [file["sha256"] for file in again.files] == ["b" * 64]


def test_pinning_the_same_again_changes_nothing() -> None:
    """The same files give the same name."""
    assert pin(ONE, entry("data/1.parquet")).sha256 == ONE.sha256


def test_the_name_changes_with_a_files_content() -> None:
    """The manifest's digest stands for the data."""
    assert pin(None, entry("data/1.parquet", "b" * 64)).sha256 != ONE.sha256


def test_jobs_are_given_pinned_files_only() -> None:
    """AWS's ManifestFile: a prefix, then keys below it, the manifest itself among them."""
    assert ONE.for_sagemaker("bucket") == [
        {"prefix": "s3://bucket/data/"},
        f"objects/{'a' * 64}.parquet",
        f"manifests/{ONE.sha256}/manifest.json",
    ]


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    """Bytes that differ from what is pinned never reach a job."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/1.parquet").write_bytes(b"other")
    with pytest.raises(UserError, match=r"data/1.parquet differs from what is pinned"):
        manifest.verify(tmp_path, ONE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A manifest whose files are gone is refused."""
    with pytest.raises(UserError, match=r"data/1.parquet is pinned but missing"):
        manifest.verify(tmp_path, ONE)


def test_pinned_bytes_verify(tmp_path: Path) -> None:
    """The bytes that were pinned pass."""
    (tmp_path / "data").mkdir()
    path = tmp_path / "data/1.parquet"
    path.write_bytes(b"1")
    manifest.verify(tmp_path, pin(None, entry("data/1.parquet", digest.of_file(path))))


def test_reading_what_was_written_keeps_the_name(tmp_path: Path) -> None:
    """The name is the digest of the file's bytes."""
    (tmp_path / "data").mkdir()
    (tmp_path / manifest.PATH).write_bytes(ONE.content)
    assert manifest.read(tmp_path).sha256 == ONE.sha256
    assert json.loads(ONE.content)["schema"] == SCHEMA


def test_no_manifest_is_a_sentence(tmp_path: Path) -> None:
    """The sentence says how to make one."""
    with pytest.raises(UserError, match="pin data with `pipeline data add"):
        manifest.read(tmp_path)
