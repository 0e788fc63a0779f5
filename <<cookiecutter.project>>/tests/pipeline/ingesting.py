"""An account in which an ingest's job does its work at once, on this machine."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from model import ingest as program
from pipeline import aws, jobs, manifest
from pipeline.data import reading

from .conftest import BUCKET
from .rows import write


def put(key: str, body: bytes) -> None:
    """Put an object into the bucket."""
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)


def get(key: str) -> bytes:
    """What an object holds."""
    body: bytes = aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


def keys(prefix: str) -> list[str]:
    """The objects below a prefix."""
    listed = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return [one["Key"] for one in listed]


def send(frame: pl.DataFrame, name: str, folder: Path) -> None:
    """Let a partition arrive."""
    put(f"incoming/{name}", write(frame, folder / "sent.parquet").read_bytes())


def answer(request: str, *values: float, name: str = "labels/production/2026/01/01/00/1.jsonl") -> None:
    """Let a request's labels arrive, beside those that are in the file already."""
    line = {
        "groundTruthData": {"data": ",".join(f"{one:g}" for one in values), "encoding": "CSV"},
        "eventMetadata": {"eventId": request},
        "eventVersion": "0",
    }
    before = get(name) if keys(name) else b""
    put(name, before + json.dumps(line).encode() + b"\n")


def pointer() -> dict[str, Any]:
    """The pointer to the newest data."""
    found: dict[str, Any] = json.loads(get("data/newest.json"))
    return found


def newest() -> manifest.Manifest:
    """The manifest that is pointed at."""
    return manifest.Manifest(get(f"data/manifests/{pointer()['manifest']}/manifest.json"))


def rows(path: str) -> pl.DataFrame:
    """The rows that are trained on under a name."""
    [entry] = [one for one in newest().files if one["path"] == path]
    content = get(f"data/objects/{entry['sha256']}.parquet")
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    return pl.read_parquet(content)


def work(kind: jobs.Kind, name: str) -> None:
    """What the container of a job does: download, run, upload, as often as somebody waits for it."""
    assert kind is jobs.INGEST
    described = aws.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    root = Path.cwd().parent / "container"
    shutil.rmtree(root, ignore_errors=True)
    for one in described["ProcessingInputs"]:
        fetch(root / one["InputName"], one["S3Input"])
    made = program.document(root, root / "output")
    put(f"{reading.folder(name)}/ingest.json", json.dumps(made).encode())
    for path in (root / "output").rglob("*.parquet"):
        put(f"{reading.folder(name)}/{path.relative_to(root / 'output').as_posix()}", path.read_bytes())


def fetch(folder: Path, source: dict[str, Any]) -> None:
    """Put an input's objects below `folder`, as AWS does."""
    key = source["S3Uri"].removeprefix(f"s3://{BUCKET}/")
    if source["S3DataType"] == "S3Prefix":
        objects = {key.rpartition("/")[2]: key}
    else:
        head, *names = json.loads(get(key))
        top = head["prefix"].removeprefix(f"s3://{BUCKET}/")
        objects = {name: top + name for name in names}
    for name, one in objects.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(get(one))


def started() -> list[str]:
    """The jobs that were started."""
    found = aws.client("sagemaker").list_processing_jobs()["ProcessingJobSummaries"]
    return [one["ProcessingJobName"] for one in found]
