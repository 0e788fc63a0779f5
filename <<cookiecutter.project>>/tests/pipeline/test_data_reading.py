"""pipeline/data/reading.py: what a job is asked to read, and when it is another job."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipeline import settings
from pipeline.data.partitions import Partition
from pipeline.data.reading import Reading, name_digest, request

from .conftest import BUCKET, JOB

PARTITION = Partition(
    key="incoming/weeks/1.parquet", etag="1", at=datetime(2026, 1, 1, tzinfo=UTC), final=False
)
READING = Reading(
    source="incoming/",
    partitions=[PARTITION],
    labels={"labels/production/1.jsonl": "2"},
    pinned=[{"path": "data/1.parquet", "sha256": "a" * 64}],
)


def asked(reading: Reading) -> dict[str, Any]:
    """The request of a job."""
    given = {**JOB, "subnets": (), "security_groups": ()}
    return request("name", "image", reading, settings.Job(**given), settings.Storage(bucket=BUCKET))


def test_the_job_is_given_just_these_objects() -> None:
    """By key, so that what arrives meanwhile is for the next one."""
    assert READING.listings("b") == {
        "source": [{"prefix": "s3://b/incoming/"}, "weeks/1.parquet"],
        "labels": [{"prefix": "s3://b/labels/"}, "production/1.jsonl"],
        "pinned": [{"prefix": "s3://b/data/"}, f"objects/{'a' * 64}.parquet"],
    }
    assert READING.plan["partitions"] == [{"name": "weeks/1.parquet", "final": False}]


def test_it_runs_the_program_without_a_network() -> None:
    """And writes to a folder of its own."""
    job = asked(READING)
    assert job["AppSpecification"]["ContainerEntrypoint"] == ["python", "-m", "model.ingest"]
    assert job["NetworkConfig"]["EnableNetworkIsolation"] is True
    [output] = job["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == f"s3://{BUCKET}/ingests/name"
    kinds = {one["InputName"]: one["S3Input"]["S3DataType"] for one in job["ProcessingInputs"]}
    listed = dict.fromkeys(("source", "labels", "pinned"), "ManifestFile")
    assert kinds == {"plan": "S3Prefix", **listed}


def test_what_there_is_none_of_is_no_input() -> None:
    """AWS takes no empty list."""
    alone = replace(READING, labels={}, pinned=[])
    assert [one["InputName"] for one in asked(alone)["ProcessingInputs"]] == ["plan", "source"]


def test_other_bytes_labels_time_or_code_are_another_job() -> None:
    """And the same are the same one, whenever it is asked for."""
    later = replace(PARTITION, at=datetime(2026, 1, 2, tzinfo=UTC))
    names = [
        name_digest(one, image)
        for one, image in (
            (READING, "image"),
            (READING, "other"),
            (replace(READING, partitions=[replace(PARTITION, etag="2")]), "image"),
            (replace(READING, partitions=[replace(PARTITION, final=True)]), "image"),
            (replace(READING, labels={"labels/production/1.jsonl": "3"}), "image"),
            (replace(READING, pinned=[]), "image"),
        )
    ]
    assert len(set(names)) == len(names)
    assert name_digest(replace(READING, partitions=[later]), "image") == names[0]
