"""The manifest pins files, and its newest days are the evaluation rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    two = pin(ONE, entry("data/2.parquet", "b" * 64, to="2013-03-01T00:00:00+00:00"))
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


def test_another_size_than_the_files_is_named(tmp_path: Path) -> None:
    """Edited by hand: the bytes are those of the digest, and there are not so many."""
    (tmp_path / "data").mkdir()
    path = tmp_path / "data/1.parquet"
    path.write_bytes(b"1")
    edited = {**entry("data/1.parquet", digest.of_file(path)), "bytes": 2}
    with pytest.raises(UserError, match=r"data/1.parquet differs from what is pinned"):
        manifest.verify(tmp_path, pin(None, edited))


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


def test_rows_of_fewer_days_than_the_evaluation_are_not_pinned() -> None:
    """Nothing would be left to learn from."""
    with pytest.raises(UserError, match="all rows lie within 28 days"):
        pin(None, entry("data/1.parquet", to="2013-01-29T00:00:00+00:00"))


def test_the_same_bytes_are_not_pinned_twice() -> None:
    """A copy under another name would count its rows twice."""
    with pytest.raises(UserError, match=r"data/1.parquet and data/2.parquet have the same content: add one"):
        pin(ONE, entry("data/2.parquet"))


def changed(**values: Any) -> Callable[[dict[str, Any]], None]:
    """An edit of the first file's entry."""
    return lambda document: document["files"][0].update(values)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda document: document.pop("split"), "the manifest lacks the key split"),
        (lambda document: document.update(note="mine"), "the manifest has an unknown key note"),
        (lambda document: document.update(files={}), "files of the manifest is {}, and must be a list"),
        (
            lambda document: document.update(time_column=7),
            "time_column of the manifest is 7, and must be a text",
        ),
        (lambda document: document.update(time_column="when"), "time_column when is no column of schema"),
        (
            lambda document: document["schema"].update(time=1),
            "the type of column time is 1, and must be a text",
        ),
        (lambda document: document["files"].clear(), "it pins no file"),
        (lambda document: document["files"].append("x"), "entry 2 of files is no object"),
        (lambda document: document["files"][0].pop("rows"), "entry 1 of files lacks the key rows"),
        (
            lambda document: document["files"].append(document["files"][0]),
            "two entries are of data/1.parquet",
        ),
        (changed(rows=True), "rows of entry 1 of files is True, and must be a whole number"),
        (changed(rows=0), "data/1.parquet has 0 rows, and needs at least 1"),
        (changed(sha256="A" * 64), "data/1.parquet has the sha256 'AAAA"),
        (changed(path="/etc/passwd"), "/etc/passwd is no file below data/"),
        (changed(path="data/../model/train.py"), "data/../model/train.py is no file below data/"),
        (changed(path=""), " is no file below data/"),
        (changed(path="../1.parquet"), "../1.parquet is no file below data/"),
        (changed(path="."), ". is no file below data/"),
        (changed(path="data"), "data is no file below data/"),
        (changed(path="data/1\0"), r"'data/1\x00' is no path of printable characters"),
        (changed(path="data/\ud800"), r"'data/\ud800' is no path of printable characters"),
        (changed(path=f"data/{'a' * 251}"), "is no path of printable characters, at most 255 bytes"),
        (changed(to="2012-01-01T00:00:00+00:00"), "goes from 2013-01-01T00:00:00+00:00 to 2012-01-01"),
        (changed(to="2013-01-31T00:00:00"), "these are two ISO times with their offset"),
        (changed(to="soon"), "these are two ISO times with their offset"),
        (lambda document: document.update(split={}), "split lacks the key evaluate_from"),
        *(
            (
                lambda document, time=time: document["split"].update(evaluate_from=time),
                f"split.evaluate_from = {time} is no ISO time within the pinned rows, which go",
            )
            for time in ("2014-01-01T00:00:00+00:00", "2013-01-01T00:00:00+00:00", "2013-01-03", "June")
        ),
    ],
)
def test_an_edited_manifest_is_refused(edit: Callable[[dict[str, Any]], None], sentence: str) -> None:
    """One sentence: which manifest, what is wrong with it, and what to do."""
    document = ONE.document
    edit(document)
    with pytest.raises(UserError) as refused:
        manifest.parse(json.dumps(document).encode(), "data/manifest.json")
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("data/manifest.json: ")
    assert str(refused.value).endswith("with `pipeline data add`")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"7", b"[" * 100_000])
def test_what_is_no_manifest_at_all_is_refused(content: bytes) -> None:
    """Cut off, of another kind, or no text."""
    with pytest.raises(UserError, match=r"it is no JSON|the manifest is no object"):
        manifest.parse(content, "data/manifest.json")


def test_what_is_pinned_can_be_read() -> None:
    """A manifest that `pin` has written is never refused."""
    assert manifest.fault(ONE.content) is None


@pytest.mark.parametrize("path", ["data/a\\b.parquet", "data/a\nb.parquet", "data/\udcff.parquet"])
def test_a_path_that_would_not_be_read_is_not_pinned(path: str) -> None:
    """A file system takes such a name; the manifest would be refused from then on."""
    with pytest.raises(UserError, match=r" is no (file below data/|path of printable .* bytes): rename it"):
        pin(None, entry(path))


def test_a_file_that_s3_would_not_check_is_not_pinned() -> None:
    """One PUT takes 5 GB; in parts, S3 knows no digest of the whole."""
    with pytest.raises(UserError, match=r"data/1.parquet has more than 5 GB, .*: split it"):
        pin(None, {**entry("data/1.parquet"), "bytes": manifest.MOST_BYTES + 1})


ARRIVED = entry("data/incoming/2.parquet", "b" * 64, "2013-03-31T00:00:00+00:00")


def test_what_the_bucket_alone_has_is_not_looked_for_in_the_tree(tmp_path: Path) -> None:
    """Its name says that it was never there."""
    file = tmp_path / "data/1.parquet"
    file.parent.mkdir()
    file.write_bytes(b"rows")
    there = {**entry("data/1.parquet", digest.of_file(file)), "bytes": 4}
    manifest.verify(tmp_path, pin(None, there, ARRIVED))


def test_a_sample_is_what_git_has() -> None:
    """With newest days of its own, which are never trained on."""
    both = pin(None, entry("data/1.parquet"), ARRIVED)
    assert manifest.sample(both, 28) == pin(None, entry("data/1.parquet"))
    assert manifest.sample(pin(None, entry("data/1.parquet")), 99) == pin(None, entry("data/1.parquet"))


def test_without_a_file_in_git_there_is_no_sample() -> None:
    """The sentence says what to pin."""
    with pytest.raises(UserError, match="pin a small sample in git as well"):
        manifest.sample(pin(None, ARRIVED), 7)
