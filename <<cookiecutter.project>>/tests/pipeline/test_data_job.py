"""pipeline/data/job.py: the job finds facts, the runner decides, and data that passed becomes the newest."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import model.validate
from model import contract
from pipeline import aws, image, jobs, manifest
from pipeline.__main__ import run
from pipeline.data.add import add
from pipeline.data.check import Checked
from pipeline.data.job import name_digest, summary, validate
from pipeline.data.rules import Rule

from .conftest import BUCKET, TAGS, tags_of
from .rows import spoil, write

Cloud = Callable[[str], Any]


@pytest.fixture
def pinned(project: Path, frame: pl.DataFrame) -> Path:
    """A file that is pinned."""
    path = write(frame, project / "data/months/1.parquet")
    assert add([path]).code == 0
    return path


@pytest.fixture
def container(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, pl.DataFrame]:
    """The image is there, and a job's container does its work; its input may be other rows, by path."""
    from model import validate as reader

    rows: dict[str, pl.DataFrame] = {}
    monkeypatch.setattr(
        image, "ensure", lambda target: image.Image("1", f"repository/{target}@sha256:1", False)
    )

    def work(kind: jobs.Kind, name: str) -> None:
        folder = Path.cwd() / "container"
        files = []
        for entry in manifest.read(Path.cwd()).files:
            path = entry["path"]
            source = write(rows[path], folder / path) if path in rows else Path(path)
            files.append({"path": path, **reader.validate(source, folder / "bad")})
        body = json.dumps({"files": files}).encode()
        cloud("s3").put_object(Bucket=BUCKET, Key=f"validations/{name}/validation.json", Body=body)

    monkeypatch.setattr(jobs, "wait", work)
    return rows


def described() -> list[dict[str, Any]]:
    """Every processing job of the account."""
    found = aws.client("sagemaker").list_processing_jobs()["ProcessingJobSummaries"]
    return [
        aws.client("sagemaker").describe_processing_job(ProcessingJobName=one["ProcessingJobName"])
        for one in found
    ]


@pytest.mark.usefixtures("container", "pinned")
def test_data_that_passed_becomes_the_newest(cloud: Cloud, project: Path) -> None:
    """The pointer names the manifest that the job has read."""
    answer = validate()
    pointer = json.loads(cloud("s3").get_object(Bucket=BUCKET, Key="data/newest.json")["Body"].read())
    sha = manifest.read(project).sha256
    assert (answer.code, answer.document["newest"], pointer["manifest"]) == (0, True, sha)


def test_data_that_failed_does_not(
    cloud: Cloud, container: dict[str, Any], pinned: Path, frame: pl.DataFrame
) -> None:
    """Its verdict names the budget, and where the bad rows are."""
    container["data/months/1.parquet"] = spoil(frame, 21)
    answer = validate()
    [file] = answer.document["files"]
    broken = [rule["rule"] for rule in file["budgets"] if not rule["passed"]]
    assert (answer.code, broken) == (1, ["bad_share"])
    aside = f"s3://{BUCKET}/validations/{answer.document['job']}/quarantine/data/months/1.parquet"
    assert file["quarantine"] == aside
    assert aws.find(cloud("s3").head_object, Bucket=BUCKET, Key="data/newest.json") is None


@pytest.mark.usefixtures("container", "pinned")
def test_the_job_reads_what_is_pinned_in_the_image_that_trains() -> None:
    """And says whose it is."""
    name = validate().document["job"]
    [job] = described()
    assert job["ProcessingJobName"] == name
    assert job["AppSpecification"]["ContainerEntrypoint"] == ["python", "-m", "model.validate"]
    assert job["AppSpecification"]["ImageUri"] == "repository/train@sha256:1"
    assert [one["S3Input"]["S3DataType"] for one in job["ProcessingInputs"]] == ["ManifestFile"]
    assert tags_of(job["ProcessingJobArn"]) == {**TAGS, "environment": "platform"}


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (True, "**contract**: kept, says `job`: 7 rows, 2 of them bad."),
        (False, "## The data breaks its contract"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_workflow_is_told_whether_it_is_kept(passed: bool, said: str) -> None:
    """And where it is not, what to do."""
    budget = Rule("bad_share", passed, 0.3, 0.1, "too many")
    checked = Checked(Path("a"), {"rows": 7, "bad": 2}, None, (budget,))
    found = summary("job", [checked], ["STOP  bad_share: too many"])
    assert found.startswith(said)
    assert ("too many" in found, "`pipeline data add`" in found) == (not passed, not passed)


@pytest.mark.usefixtures("container", "pinned")
def test_the_same_data_is_validated_once() -> None:
    """The second call attaches to the first one's job."""
    assert validate().document["job"] == validate().document["job"]
    assert len(described()) == 1


@pytest.mark.usefixtures("container", "pinned")
def test_the_runner_needs_no_reader_of_rows(
    project: Path, frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job has read the labels of every batch, and a runner has no polars."""
    later = frame.with_columns(pl.col(contract.TIME).dt.offset_by("52w"))
    assert add([write(later, project / "data/months/2.parquet")]).code == 0
    monkeypatch.delattr(model, "validate")
    monkeypatch.setitem(sys.modules, "model.validate", None)
    assert validate().code == 0


def test_other_data_or_other_code_is_another_job() -> None:
    """The name stands for both."""
    assert (
        len({name_digest("data", "image"), name_digest("other", "image"), name_digest("data", "other")}) == 3
    )


@pytest.mark.usefixtures("project")
def test_the_job_takes_no_files(capsys: pytest.CaptureFixture[str]) -> None:
    """It reads what is in the bucket."""
    assert run(["data", "check", "--job", "data/1.parquet"]) == 2
    assert "pin the files with `pipeline data add`" in capsys.readouterr().err
