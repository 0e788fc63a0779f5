"""The job that reads captured requests and labels, in the image that answered them; named by what it reads.

Two monitors at the same moment find the same objects and end with the same job.
"""

import json
from functools import partial
from typing import Any

from pipeline import aws, digest, jobs, processing, settings
from pipeline.command import Document
from pipeline.monitor import document
from pipeline.monitor.moment import written
from pipeline.monitor.window import Files, Window
from pipeline.registry import Version
from pipeline.sections import Monitor

ENTRYPOINT = ("python", "-m", "serving.monitor")
PERMUTATIONS = 999  # the smallest share of false alarms that they can tell is one in a thousand
SAMPLES = "samples"


def run(environment: str, version: Version, window: Window, rules: Monitor) -> tuple[str, Document]:
    """The job's name, and the document that it wrote. Raises InfrastructureError when it fails."""
    storage = settings.storage()
    name = start(environment, version, window, rules, storage)
    jobs.wait(jobs.MONITOR, name)
    return name, jobs.left(storage.bucket, document.key(environment, name))


def start(
    environment: str, version: Version, window: Window, rules: Monitor, storage: settings.Storage
) -> str:
    """The name of a job that runs or has run for this model, these objects and these numbers."""

    def asked(name: str) -> dict[str, Any]:
        for files in (window.captured, window.labels):
            if files.objects:
                body = json.dumps(files.manifest).encode()
                key = listed(environment, files)
                aws.client("s3").put_object(Bucket=storage.bucket, Key=key, Body=body)
        return request(name, environment, version, window, rules, settings.job("monitor"), storage)

    judged = window.span
    content = digest.of(
        "monitor",
        environment,
        [version.model_data, version.image, version.evaluation],
        [window.captured.digest, window.labels.digest],
        [judged.since, judged.block_seconds, rules.season_days, PERMUTATIONS],
    )
    key = partial(document.key, environment)
    return processing.start(jobs.MONITOR, content, storage.bucket, key, asked)


def request(
    name: str,
    environment: str,
    version: Version,
    window: Window,
    rules: Monitor,
    job: settings.Job,
    storage: settings.Storage,
) -> dict[str, Any]:
    """A CreateProcessingJob request: the model, requests and labels in, no network, one document out."""
    inputs = {"model": (version.model_data, "S3Prefix")}
    for folder, files in (("capture", window.captured), ("labels", window.labels)):
        if files.objects:
            inputs[folder] = (f"s3://{storage.bucket}/{listed(environment, files)}", "ManifestFile")
    if version.evaluation:
        inputs["evaluation"] = (version.evaluation, "S3Prefix")
    numbers = {
        "--since": written(window.span.since),
        "--now": written(window.span.now),
        "--block-seconds": window.span.block_seconds,
        "--season-days": rules.season_days,
        "--permutations": PERMUTATIONS,
    }
    entrypoint = [*ENTRYPOINT, *(str(word) for pair in numbers.items() for word in pair)]
    folder = document.folder(environment, name)
    return processing.request(name, version.image, entrypoint, inputs, folder, job, storage)


def listed(environment: str, files: Files) -> str:
    """Where the manifest of these objects is in the bucket."""
    return document.folder(environment, f"{SAMPLES}/{files.digest}.json")
