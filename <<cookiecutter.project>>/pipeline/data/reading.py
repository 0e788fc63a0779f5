"""What the job that takes partitions in is to read, and its document. Named by content, as every job is."""

import json
from dataclasses import dataclass
from typing import Any

from pipeline import aws, bucket, digest, image, jobs, processing, settings
from pipeline.command import Document
from pipeline.data.partitions import Partition

ENTRYPOINT = ("python", "-m", "model.ingest")
LABELS = "labels/"
PLANS = "data/ingests/plans"
INPUTS = ("source", "labels", "pinned")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Partitions of the folder `source`, labels by key with their ETags, and the manifest's entries of files
    that hold older rows.
    """

    source: str
    partitions: list[Partition]
    labels: dict[str, str]
    pinned: list[dict[str, Any]]

    @property
    def plan(self) -> Document:
        """What the job is told of its inputs."""
        return {
            "partitions": [{"name": self.name(one), "final": one.final} for one in self.partitions],
            "pinned": [{"path": one["path"], "sha256": one["sha256"]} for one in self.pinned],
        }

    @property
    def digest(self) -> str:
        """What these inputs are called."""
        return digest.of("plan", self.plan, {one.key: one.etag for one in self.partitions}, self.labels)

    def name(self, partition: Partition) -> str:
        """What the job calls a partition: its key below the source."""
        return partition.key.removeprefix(self.source)

    def listings(self, store: str) -> dict[str, list[Any]]:
        """The objects of each of INPUTS that has any, as AWS's ManifestFile (API shape S3DataSource)."""
        keys = {
            "source": (self.source, [one.key for one in self.partitions]),
            "labels": (LABELS, sorted(self.labels)),
            "pinned": ("data/", sorted({bucket.key(one["sha256"]) for one in self.pinned})),
        }
        return {
            name: [{"prefix": f"s3://{store}/{top}"}, *(key.removeprefix(top) for key in those)]
            for name, (top, those) in keys.items()
            if those
        }


def read(reading: Reading) -> tuple[str, Document]:
    """The name of a job that has read just this, and its document. Raises InfrastructureError."""
    name = _start(reading)
    jobs.wait(jobs.INGEST, name)
    return name, jobs.left(settings.storage().bucket, _key(name))


def folder(name: str) -> str:
    """Where a job leaves its document, good rows and bad ones in the bucket."""
    return f"ingests/{name}"


def _key(name: str) -> str:
    return f"{folder(name)}/ingest.json"


def request(
    name: str, image_uri: str, reading: Reading, job: settings.Job, storage: settings.Storage
) -> dict[str, Any]:
    """A CreateProcessingJob request: partitions, labels and files of older rows in, good and bad rows out."""
    plans = f"s3://{storage.bucket}/{PLANS}/{reading.digest}"
    listed = reading.listings(storage.bucket)
    inputs = {"plan": (f"{plans}/plan.json", "S3Prefix")}
    inputs |= {one: (f"{plans}/{one}.json", "ManifestFile") for one in INPUTS if one in listed}
    return processing.request(name, image_uri, ENTRYPOINT, inputs, folder(name), job, storage)


def name_digest(reading: Reading, image_uri: str) -> str:
    """What an ingest's name stands for."""
    return digest.of("ingest", reading.digest, image_uri)


def _start(reading: Reading) -> str:
    """The name of a job that runs or has run on these inputs with this code."""
    storage, train_image = settings.storage(), image.ensure("train").uri

    def asked(name: str) -> dict[str, Any]:
        for part, content in {"plan": reading.plan, **reading.listings(storage.bucket)}.items():
            aws.client("s3").put_object(
                Bucket=storage.bucket,
                Key=f"{PLANS}/{reading.digest}/{part}.json",
                Body=json.dumps(content).encode(),
            )
        return request(name, train_image, reading, settings.job("ingest"), storage)

    return processing.start(jobs.INGEST, name_digest(reading, train_image), storage.bucket, _key, asked)
