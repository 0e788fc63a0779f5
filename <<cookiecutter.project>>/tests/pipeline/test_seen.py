"""Which models saw a data file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, manifest, record, seen
from pipeline.errors import UserError

from .conftest import BUCKET

START = "2013-06-01T00:00:00"
SPANS = {
    "a": ("2013-01-01T05:00:00", "2013-01-31T23:00:00"),
    "b": ("2013-05-20T00:00:00", "2013-06-10T00:00:00"),
    "c": ("2013-06-11T00:00:00", "2013-06-28T00:00:00"),
}


def pinned(*letters: str) -> manifest.Manifest:
    """A manifest that pins files whose digests are one letter each."""
    files = [
        {"path": f"data/{one}.parquet", "sha256": one * 64, "bytes": 10, "rows": 5, "from": low, "to": high}
        for one, (low, high) in SPANS.items()
        if one in letters
    ]
    document = {
        "time_column": "time",
        "schema": {"time": "Datetime"},
        "files": files,
        "split": {"evaluate_from": START},
    }
    return manifest.Manifest((json.dumps(document, indent=2) + "\n").encode())


def put(held: manifest.Manifest) -> str:
    """Put a manifest into the bucket; returns its name."""
    aws.client("s3").put_object(Bucket=BUCKET, Key=f"{held.prefix}/manifest.json", Body=held.content)
    return held.sha256


def test_a_file_that_lies_across_the_split_was_for_both() -> None:
    """Before it a file trains, after it one evaluates."""
    held = pinned("a", "b", "c")
    assert [seen.use(held, one * 64)[0]["use"] for one in "abc"] == ["training", "both", "evaluation"]


def test_the_first_row_that_evaluates_counts() -> None:
    """A file that ends where the evaluation begins has that row."""
    held = pinned("a").document
    held["split"]["evaluate_from"] = SPANS["a"][1]
    at_the_end = manifest.Manifest(json.dumps(held).encode())
    assert seen.use(at_the_end, "a" * 64)[0]["use"] == "both"


def test_the_beginning_of_a_digest_is_enough() -> None:
    """As long as the file has it."""
    assert [one["path"] for one in seen.use(pinned("a", "b"), "b" * 8)] == ["data/b.parquet"]
    assert seen.use(pinned("a"), "b" * 8) == []


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    """Whatever it is called here."""
    tmp_path.joinpath("x").write_bytes(b"")
    assert seen.sha_of(str(tmp_path / "x")).startswith("e3b0c44298fc1c14")


@pytest.mark.parametrize("given", ["data/none.parquet", "abc", "G" * 64, "a" * 65])
def test_neither_file_nor_digest_is_said_so(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to write instead."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="write a file's path, or 8 or more digits"):
        seen.sha_of(given)


@pytest.fixture
def runs(register: Callable[..., int]) -> list[dict[str, Any]]:
    """Two runs with file a, one of them an experiment, and one without; asked about a."""
    with_a, without = put(pinned("a", "b")), put(pinned("c"))
    for job, name, started in (("one", with_a, "1"), ("two", with_a, "2"), ("three", without, "3")):
        record.add(job, manifest=name, started=f"2013-07-0{started}T00:00:00+00:00", experiment=job == "two")
    return seen.by("a" * 64)


def test_every_run_that_was_given_the_file_is_found(runs: list[dict[str, Any]]) -> None:
    """Newest first, experiments too; a run without it is not."""
    assert [(run["candidate"], run["experiment"]) for run in runs] == [("two", True), ("one", False)]


def test_a_version_from_before_the_records_is_found(cloud: Callable[[str], Any]) -> None:
    """The registry knows its job and its manifest."""
    cloud("sagemaker").create_model_package(
        ModelPackageGroupName="flights",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": "repository@sha256:1", "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        CustomerMetadataProperties={"train_job": "old", "manifest": put(pinned("a"))},
    )
    [run] = seen.by("a" * 64)
    assert (run["candidate"], run["versions"]) == ("old", [{"version": 1, "stage": "None"}])


@pytest.mark.usefixtures("cloud")
def test_a_manifest_that_is_gone_hides_no_other_run() -> None:
    """A bucket may have been tidied."""
    record.add("gone", manifest="f" * 64)
    record.add("there", manifest=put(pinned("a")))
    assert [run["candidate"] for run in seen.by("a" * 64)] == ["there"]
