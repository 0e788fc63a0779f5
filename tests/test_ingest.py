"""What arrives in the bucket is trained on, from the partition to the version, under the roles of the workflows."""

import hashlib
import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from account import HERE
from opening import opened
from pipeline import names
from production import Production

pytestmark = pytest.mark.slow
RETRAIN = ("ci-retrain", "")  # the role, and that its job has no GitHub environment
ARRIVED = "data/incoming/2013-07.parquet"


@pytest.fixture(scope="module")
def place(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A project that follows the newest data, with its stacks, and with what git pins as the newest."""
    promises: dict[str, dict[str, Any]] = {"data": {"follow": "newest"}}
    with opened(project, tmp_path_factory.mktemp("ingest"), speed=60, promises=promises) as made:
        made.account.apply("foundation", "account", made.workspace.folder)
        made.account.apply("infra/platform", "platform", made.workspace.folder)
        made.account.apply("infra/service", "production", made.workspace.folder)
        as_retrain(made, "data", "check", "--job")
        yield made


def as_retrain(place: Production, *words: str, code: int = 0) -> dict[str, Any]:
    """Run a verb as the workflow does."""
    running = place.start("pipeline", *words, **place.session(*RETRAIN))
    ended = running.end(300)
    assert ended.code == code, f"{words}: {ended.code}\n{ended.document}\n{ended.errors}"
    return ended.document


def put(place: Production, key: str, body: bytes) -> None:
    """Let something arrive."""
    bucket = names.bucket(place.project, HERE)
    place.account.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def parquet(rows: pl.DataFrame) -> bytes:
    """A file of rows."""
    file = io.BytesIO()
    rows.write_parquet(file)
    return file.getvalue()


def label(request: str, late: bool) -> str:
    """What another system says later."""
    truth = {"data": str(int(late)), "encoding": "CSV"}
    return json.dumps({"groundTruthData": truth, "eventMetadata": {"eventId": request}, "eventVersion": "0"})


@pytest.fixture(scope="module")
def july(place: Production) -> pl.DataFrame:
    """A month of rows with the ids of their requests."""
    rows = pl.read_parquet(place.workspace.folder / "data/flights/2013-07.parquet")
    return rows.with_columns(request=pl.format("request-{}", pl.int_range(pl.len())))


@pytest.fixture(scope="module")
def taken(place: Production, july: pl.DataFrame) -> dict[str, Any]:
    """What the workflow was told when rows and labels had arrived, each by its own way."""
    put(place, "incoming/2013-07.parquet", parquet(july.drop("late")))
    assert as_retrain(place, "data", "ingest")["held"] == [ARRIVED]
    lines = [label(*row) for row in july.select("request", "late").iter_rows()]
    put(place, "labels/production/2013/08/01/00/1.jsonl", "\n".join(lines).encode())
    return as_retrain(place, "data", "ingest")


def test_rows_and_their_late_labels_are_taken_in(taken: dict[str, Any], july: pl.DataFrame) -> None:
    """By a job under its own role; the runner saw neither."""
    [one] = taken["taken"]
    assert (taken["moved"], one["path"], one["rows"], one["bad"]) == (True, ARRIVED, july.height, 0)


def test_the_same_again_changes_nothing(place: Production, taken: dict[str, Any]) -> None:
    """Nor does it start a job."""
    sagemaker = place.account.client("sagemaker")
    jobs = partial(sagemaker.list_processing_jobs, NameContains="-ingest-", MaxResults=100)
    before = len(jobs()["ProcessingJobSummaries"])
    again = as_retrain(place, "data", "ingest")
    assert (again["moved"], again["manifest"]) == (False, taken["manifest"])
    assert len(jobs()["ProcessingJobSummaries"]) == before


def test_what_arrived_is_trained_on(place: Production, taken: dict[str, Any]) -> None:
    """Through the gate to a version, whose card and lineage name it."""
    assert as_retrain(place, "changed")["changed"] is True
    assert as_retrain(place, "train")["manifest"] == taken["manifest"]
    as_retrain(place, "gate")
    number = as_retrain(place, "register")["version"]
    files = place.run("pipeline", "lineage", str(number))["data"]["files"]
    [entry] = [one for one in files if one["path"] == ARRIVED]
    [run] = place.run("pipeline", "lineage", "--data", entry["sha256"])["runs"]
    assert [one["version"] for one in run["versions"]] == [number]
    assert taken["manifest"] in place.run("pipeline", "card", str(number))["card"]
    assert as_retrain(place, "changed")["changed"] is False


def test_who_may_read_it_sees_the_difference(place: Production, taken: dict[str, Any]) -> None:
    """Against what git pins."""
    found = place.run("pipeline", "data", "diff", "HEAD", taken["manifest"])
    assert found["files"] == {"added": [ARRIVED], "removed": [], "changed": []}


def test_git_pins_what_the_bucket_alone_has(place: Production, taken: dict[str, Any]) -> None:
    """The checks of a pull request with it try what git has; a merge checks all of it where it is."""
    workspace = place.workspace
    assert place.run("pipeline", "data", "pin")["manifest"] == taken["manifest"]
    workspace.commit("Pin July")
    assert len(place.run("pipeline", "data", "check")["files"]) == 6
    assert as_retrain(place, "data", "check", "--job")["newest"] is True
    assert as_retrain(place, "data", "ingest")["moved"] is False
    manifest = (workspace.folder / "data/manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == taken["manifest"]


def test_the_same_rows_under_another_name_are_refused(
    place: Production, taken: dict[str, Any], july: pl.DataFrame
) -> None:
    """And nothing moves."""
    del taken
    put(place, "incoming/again.parquet", parquet(july.head(3000)))
    refused = as_retrain(place, "data", "ingest", code=1)
    [one] = refused["files"]
    assert "overlap" in {rule["rule"] for rule in one["budgets"] if not rule["passed"]}
