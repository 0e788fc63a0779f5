"""pipeline/data/ingest.py: what arrives is trained on exactly once, or refused whole; nothing is lost."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import model
from pipeline import bucket, image, jobs, manifest, newest
from pipeline.__main__ import run
from pipeline.command import Answer
from pipeline.data.ingest import ingest
from pipeline.errors import InfrastructureError, UserError

from . import ingesting
from .ingesting import answer, get, keys, pointer, put, rows, send, started
from .rows import write

Cloud = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("container")


@pytest.fixture
def container(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The image is there, and a job does its work while somebody waits for it."""
    monkeypatch.setattr(
        image, "ensure", lambda target: image.Image("1", f"repository/{target}@sha256:1", False)
    )
    monkeypatch.setattr(jobs, "wait", ingesting.work)


@pytest.fixture
def months(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Four batches of five hundred rows, each a month after the other."""
    half = frame.gather_every(2)
    return [half.with_columns(pl.col("scheduled").dt.offset_by(f"{5 * number}w")) for number in range(4)]


@pytest.fixture
def passed(cloud: Cloud, months: list[pl.DataFrame], project: Path) -> manifest.Manifest:
    """The first two batches are what has passed so far."""
    del cloud  # which has to be there before anything is put into it
    entries = []
    for number, one in enumerate(months[:2]):
        path = write(one, project / f"data/months/{number}.parquet")
        window = {"from": one["scheduled"].min().isoformat(), "to": one["scheduled"].max().isoformat()}
        content = path.read_bytes()
        entry = {"path": f"data/months/{number}.parquet", "bytes": len(content), "rows": one.height}
        entries.append({**entry, "sha256": bucket.digest.of_file(path), **window})
        bucket.upload(entries[-1], path)
    made = manifest.pin(
        None, entries, time_column="scheduled", schema={"scheduled": "Datetime"}, evaluation_days=28
    )
    bucket.write(made)
    newest.move(made, datetime(2026, 1, 1, tzinfo=UTC))
    return made


@pytest.fixture
def third(passed: manifest.Manifest, months: list[pl.DataFrame], tmp_path: Path) -> None:
    """A good batch has arrived."""
    send(months[2], "3.parquet", tmp_path)


def said(found: Answer) -> str:
    """What a person reads."""
    return "\n".join(found.lines)


@pytest.mark.usefixtures("third")
def test_what_arrives_becomes_the_newest(passed: manifest.Manifest, months: list[pl.DataFrame]) -> None:
    """Behind what was there, under its own name, with its own rows."""
    found = ingest()
    assert (found.code, found.outputs["moved"]) == (0, "true"), said(found)
    files = [one["path"] for one in ingesting.newest().files]
    assert files == ["data/incoming/3.parquet", "data/months/0.parquet", "data/months/1.parquet"]
    assert rows("data/incoming/3.parquet").equals(months[2])
    assert pointer()["to"] == months[2]["scheduled"].max().isoformat()


@pytest.mark.usefixtures("third")
def test_the_same_listing_changes_nothing() -> None:
    """No job is started, and not a byte of the pointer is other."""
    ingest()
    before, ran = get("data/newest.json"), started()
    found = ingest()
    assert (found.code, found.outputs["moved"], get("data/newest.json")) == (0, "false", before)
    assert (started(), said(found)) == (ran, "Nothing new: 1 partitions in incoming/.")


@pytest.mark.usefixtures("passed")
def test_an_empty_folder_is_no_fault() -> None:
    """A schedule finds nothing on most days."""
    found = ingest()
    assert (found.code, started(), said(found)) == (0, [], "Nothing new: no parquet file in incoming/.")


@pytest.mark.usefixtures("third")
def test_a_corrected_day_replaces_its_former_one(months: list[pl.DataFrame], tmp_path: Path) -> None:
    """Under the same name, also where its last rows are gone."""
    ingest()
    send(months[2].head(400), "3.parquet", tmp_path)
    found = ingest()
    assert (found.outputs["moved"], rows("data/incoming/3.parquet").height) == ("true", 400)
    assert len(ingesting.newest().files) == 3


@pytest.mark.usefixtures("third")
def test_the_same_rows_again_move_no_pointer(months: list[pl.DataFrame], tmp_path: Path) -> None:
    """Other bytes of the same rows are read, and are the same data."""
    ingest()
    before = pointer()
    write(months[2], tmp_path / "again.parquet")
    months[2].write_parquet(tmp_path / "again.parquet", compression="uncompressed")
    put("incoming/3.parquet", (tmp_path / "again.parquet").read_bytes())
    assert (ingest().outputs["moved"], len(started())) == ("false", 2)
    assert {**pointer(), "ingest": ""} == {**before, "ingest": ""}
    assert (ingest().outputs["moved"], len(started())) == ("false", 2)


@pytest.mark.usefixtures("third")
def test_of_two_that_end_together_one_pointer_stays(
    months: list[pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one begins again with what the first has made, and finds that nothing is left."""
    real, once = newest.write, []

    def overtaken(*given: Any) -> bool:
        if not once:
            once.append(given)
            assert ingest().outputs["moved"] == "true"
        return real(*given)

    monkeypatch.setattr(newest, "write", overtaken)
    found = ingest()
    assert (found.code, found.outputs["moved"]) == (0, "false")
    assert rows("data/incoming/3.parquet").equals(months[2])


@pytest.mark.usefixtures("third")
@pytest.mark.parametrize("where", ["take", "write"])
def test_one_that_was_killed_is_completed(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is not run again, and nothing is pointed at before everything is there."""
    before = get("data/newest.json")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bucket, where, killed)
        with pytest.raises(KeyboardInterrupt):
            ingest()
    assert get("data/newest.json") == before
    assert (ingest().outputs["moved"], len(started())) == ("true", 1)


@pytest.mark.usefixtures("passed")
@pytest.mark.parametrize(
    ("spoilt", "said_of_it"),
    [
        (lambda rows: rows.drop("seats"), "has no column seats: add it, as Int16"),
        (lambda rows: rows.cast({"seats": pl.Int64}), "has the column seats as Int64: write it as Int16"),
        (lambda rows: rows.head(0), "bad_share: it has no rows: export it again"),
        (lambda rows: rows.head(200), "row_count: it has 200 rows after 500 in the batch before"),
        (
            lambda rows: rows.with_columns(seats=pl.lit(None, pl.Int16)),
            "nulls_seats: 100.0% of seats are missing",
        ),
        (
            lambda rows: rows.with_columns(late=pl.lit(value=True)),
            "label_rate: the mean of late is 1.000 after",
        ),
        (lambda rows: rows.with_columns(distance=pl.lit(0, pl.Int16)), "100.00% of its 500 rows are bad"),
        (
            lambda rows: rows.with_columns(pl.col("scheduled").dt.offset_by("40y")),
            "and nothing after",
        ),
    ],
)
def test_a_broken_batch_moves_nothing(
    spoilt: Any, said_of_it: str, months: list[pl.DataFrame], tmp_path: Path
) -> None:
    """Its owner is told why, and a good one beside it is not taken either."""
    before, there = get("data/newest.json"), keys("data/")
    send(months[2], "3.parquet", tmp_path)
    send(spoilt(months[3]), "4.parquet", tmp_path)
    found = ingest()
    assert (found.code, found.outputs["moved"]) == (1, "false")
    assert said_of_it in said(found)
    assert "Refused: incoming/4.parquet. Nothing was taken, also of the others." in said(found)
    assert "under the same name in `incoming/`" in found.summary
    assert get("data/newest.json") == before
    assert [one for one in keys("data/") if not one.startswith("data/ingests/plans/")] == there
    send(months[3], "4.parquet", tmp_path)
    assert (ingest().code, len(ingesting.newest().files)) == (0, 4)


@pytest.mark.usefixtures("third")
@pytest.mark.parametrize("body", [b"", b"rows", b"PAR1 and then nothing more"])
def test_what_is_no_parquet_is_refused_by_name(body: bytes) -> None:
    """One sentence, and no traceback of a job."""
    put("incoming/4.parquet", body)
    found = ingest()
    assert found.code == 1
    assert found.lines[0].startswith("data/incoming/4.parquet is ")


@pytest.mark.usefixtures("third")
def test_other_files_are_left_alone_and_told() -> None:
    """A folder may hold marks of whoever writes it."""
    for name in ("_SUCCESS", "notes.csv", "folder/"):
        put(f"incoming/{name}", b"")
    assert ingest().outputs["moved"] == "true"
    assert "left alone in incoming/: _SUCCESS, notes.csv" in said(ingest())


@pytest.mark.usefixtures("third")
@pytest.mark.parametrize("rows_of_it", [slice(0, 500), slice(100, 500)])
def test_the_same_rows_under_two_names_are_refused(
    rows_of_it: slice, months: list[pl.DataFrame], tmp_path: Path
) -> None:
    """A model could be judged on what it has learned."""
    send(months[2][rows_of_it], "again.parquet", tmp_path)
    found = ingest()
    assert found.code == 1
    shared = rows_of_it.stop - rows_of_it.start
    assert f"overlap: {shared} of its rows are in data/incoming/3.parquet as well" in said(found)


@pytest.mark.usefixtures("passed")
def test_rows_that_are_trained_on_already_are_refused(months: list[pl.DataFrame], tmp_path: Path) -> None:
    """Also where they come with others."""
    send(pl.concat([months[1].tail(3), months[2].head(497)]), "3.parquet", tmp_path)
    assert "overlap: 3 of its rows are in data/months/1.parquet as well" in said(ingest())


def asked(rows_of_it: pl.DataFrame) -> pl.DataFrame:
    """The same rows with the ids of their requests, before their labels are known."""
    return rows_of_it.drop("late").with_columns(request=pl.format("r{}", pl.int_range(pl.len())))


def label(rows_of_it: pl.DataFrame, some: slice) -> None:
    """Let the labels of some rows arrive."""
    for number, late in list(enumerate(rows_of_it["late"]))[some]:
        answer(f"r{number}", late)


@pytest.mark.usefixtures("passed")
def test_a_batch_waits_until_enough_labels_have_come(months: list[pl.DataFrame], tmp_path: Path) -> None:
    """The others come later, and are taken once the time for labels is over."""
    send(asked(months[2]), "3.parquet", tmp_path)
    label(months[2], slice(0, 450))
    found = ingest()
    assert (found.code, found.outputs["moved"], found.outputs["waiting"]) == (0, "false", "1")
    assert "data/incoming/3.parquet: 500 rows, 90.0% of them with a label" in said(found)
    label(months[2], slice(450, 480))
    found = ingest()
    assert (found.outputs["moved"], rows("data/incoming/3.parquet").height) == ("true", 480)
    assert "20 rows wait for their label" in said(found)
    label(months[2], slice(480, 499))
    assert (ingest().outputs["moved"], len(started())) == ("false", 2)
    later = datetime.now(UTC) + timedelta(days=15)
    found = ingest(later)
    assert (found.outputs["moved"], rows("data/incoming/3.parquet").height) == ("true", 499)
    assert (ingest(later).outputs["moved"], len(started())) == ("false", 3)


@pytest.mark.usefixtures("passed")
def test_a_batch_whose_labels_never_come_is_refused(months: list[pl.DataFrame], tmp_path: Path) -> None:
    """When their time is over: before that it may still become a good one."""
    send(asked(months[2]), "3.parquet", tmp_path)
    label(months[2], slice(0, 200))
    assert ingest().code == 0
    found = ingest(datetime.now(UTC) + timedelta(days=15))
    assert (found.code, "label_share: 40.00% of its rows have a late" in said(found)) == (1, True)


@pytest.mark.usefixtures("passed")
def test_a_batch_that_waits_is_refused_for_anything_else(months: list[pl.DataFrame], tmp_path: Path) -> None:
    """A column that broke upstream is told on the first day, not when the labels are in."""
    send(asked(months[2]).with_columns(seats=pl.lit(None, pl.Int16)), "3.parquet", tmp_path)
    found = ingest()
    assert (found.code, "nulls_seats" in said(found), "label_share" in said(found)) == (1, True, False)


@pytest.mark.usefixtures("passed")
def test_doubtful_labels_are_told(months: list[pl.DataFrame], tmp_path: Path) -> None:
    """Those that are cut off, and those that contradict each other; those of no request here are no fault."""
    send(asked(months[2]), "3.parquet", tmp_path)
    label(months[2], slice(0, 500))
    answer("r0", not months[2]["late"][0])
    answer("nobody", 1)
    put("labels/production/2026/01/01/01/2.jsonl", b'{"groundTruthData": {"da')
    found = ingest()
    assert (found.outputs["moved"], rows("data/incoming/3.parquet").height) == ("true", 499)
    assert "1 lines in labels/ are no labels, or are cut off" in said(found)
    assert "1 requests have labels that contradict each other" in said(found)
    assert "(label_conflicts 1), in s3://" in said(found)


@pytest.mark.usefixtures("third")
def test_files_that_end_long_before_the_newest_row_go(project: Path) -> None:
    """By the policy's days; their objects stay, for who goes back to an older manifest."""
    policy = project / "policy.toml"
    policy.write_text(policy.read_text().replace("keep_days = 730", "keep_days = 50"))
    found = ingest()
    files = [one["path"] for one in ingesting.newest().files]
    assert files == ["data/incoming/3.parquet", "data/months/1.parquet"]
    assert "data/months/0.parquet ends more than data.keep_days before" in said(found)
    assert ingest().outputs["moved"] == "false"


@pytest.mark.usefixtures("third")
def test_what_another_validation_has_passed_is_built_upon(passed: manifest.Manifest) -> None:
    """A manifest that git pins takes the place of what arrived; then it is read again, and added."""
    ingest()
    newer = ingesting.newest()
    bucket.write(passed)
    put(
        "data/newest.json",
        json.dumps(
            {"manifest": passed.sha256, "to": "2013-01-01T00:00:00+00:00", "at": "2013-01-01T00:00:00+00:00"}
        ).encode(),
    )
    assert (ingest().outputs["moved"], len(started())) == ("true", 1)
    assert ingesting.newest() == newer


@pytest.mark.usefixtures("third")
def test_the_same_manifest_pinned_in_git_forgets_nothing() -> None:
    """A pull request may bring to git what was taken in; that it passes again starts no new reading."""
    ingest()
    assert newest.move(ingesting.newest())
    assert (ingest().outputs["moved"], len(started())) == ("false", 1)


def test_without_a_pointer_git_comes_first(project: Path, frame: pl.DataFrame, tmp_path: Path) -> None:
    """What git pins has to pass before anything is added to it; where nothing arrives that is no fault."""
    (project / "data").mkdir()
    (project / manifest.PATH).write_bytes(b"")
    assert ingest().code == 0
    send(frame, "1.parquet", tmp_path)
    with pytest.raises(UserError, match="`pipeline data check --job` first"):
        ingest()


@pytest.mark.usefixtures("cloud")
def test_a_project_without_data_in_git_begins_with_what_arrives(
    months: list[pl.DataFrame], tmp_path: Path
) -> None:
    """Two batches, so that there is something to learn from and something to judge on."""
    for number in (0, 1):
        send(months[number], f"{number}.parquet", tmp_path)
    found = ingest()
    assert (found.code, found.outputs["moved"], len(ingesting.newest().files)) == (0, "true", 2)


@pytest.mark.usefixtures("third")
def test_a_copy_with_other_bytes_is_pointed_at_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 says what it has copied; a job's output could have been changed since."""
    real = ingesting.work

    def changed(kind: jobs.Kind, name: str) -> None:
        real(kind, name)
        for key in keys(f"ingests/{name}/good/"):
            put(key, b"other bytes")

    monkeypatch.setattr(jobs, "wait", changed)
    before = get("data/newest.json")
    with pytest.raises(InfrastructureError, match="is not what its name says"):
        ingest()
    assert get("data/newest.json") == before


@pytest.mark.usefixtures("third")
def test_a_workflow_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether there is something new to train on."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert run(["data", "ingest", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["moved"] is True
    assert "moved<<" in (tmp_path / "output").read_text()


@pytest.mark.usefixtures("third")
def test_the_runner_needs_no_reader_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job has read them, and a runner has no polars."""
    real = ingesting.work

    def elsewhere(kind: jobs.Kind, name: str) -> None:
        real(kind, name)
        monkeypatch.delattr(model, "validate")
        monkeypatch.setitem(sys.modules, "model.validate", None)

    monkeypatch.setattr(jobs, "wait", elsewhere)
    assert ingest().outputs["moved"] == "true"
