"""`pipeline data check --job`: the contract on what is pinned, by a processing job that reads it there.

The job finds facts; whether they are within their budgets is decided here. Runs without polars.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import digest, image, jobs, manifest, names, newest, policy, processing, settings
from pipeline.command import Answer, Document
from pipeline.data import push
from pipeline.data.check import Checked, judge, require_as_pinned, told
from pipeline.report.markdown import code, plain

ENTRYPOINT = ("python", "-m", "model.validate")


def validate() -> Answer:
    """Push what is pinned, start a job or attach to one, and judge what it found.

    When every file keeps its budgets, the manifest is the newest that passed, unless a newer one has.
    """
    root, bounds = names.root(), policy.load().data
    push.push()
    pinned = manifest.read(root)
    name = _start(pinned)
    jobs.wait(jobs.VALIDATION, name)
    checked = judge(found(name, pinned), pinned, bounds, datetime.now(UTC))
    require_as_pinned(checked, pinned.files)
    ok = not any(one.broken for one in checked)
    moved = ok and newest.move(pinned)
    documents = [one.document(root) for one in checked]
    said, lines = "Kept." if ok else "Refused.", told(checked, root)
    return Answer(
        {"ok": ok, "job": name, "manifest": pinned.sha256, "newest": moved, "files": documents},
        [*lines, f"{said} {name} says so of manifest {pinned.sha256[:12]}."],
        code=0 if ok else 1,
        summary=summary(name, checked, lines),
    )


def summary(name: str, checked: list[Checked], lines: list[str]) -> str:
    """One line where the contract is kept; else what breaks it, and what to do. Pure."""
    if not any(one.broken for one in checked):
        rows, bad = (sum(one.facts[key] for one in checked) for key in ("rows", "bad"))
        return f"**contract**: kept, says {code(name)}: {rows:,} rows, {bad:,} of them bad."
    found = "\n".join(f"- {plain(line)}" for line in lines)
    mend = "Mend the data at its source, pin it again with `pipeline data add`, and merge that."
    return f"## The data breaks its contract\n\n{found}\n\n{code(name)} says so. {mend}"


def request(
    name: str, image_uri: str, pinned: manifest.Manifest, job: settings.Job, storage: settings.Storage
) -> dict[str, Any]:
    """A CreateProcessingJob request: the pinned files in, their facts and their bad rows out."""
    inputs = {"data": (pinned.uri(storage.bucket), "ManifestFile")}
    return processing.request(name, image_uri, ENTRYPOINT, inputs, f"validations/{name}", job, storage)


def name_digest(manifest_sha: str, image_uri: str) -> str:
    """What a validation's name stands for."""
    return digest.of("validate", manifest_sha, image_uri)


def found(name: str, pinned: manifest.Manifest) -> list[Checked]:
    """The facts that a completed job left about each file, in the manifest's order."""
    bucket = settings.storage().bucket
    files: dict[str, Document] = {one["path"]: one for one in jobs.left(bucket, _key(name))["files"]}
    root = names.root()
    return [
        Checked(root / path, facts, _aside(bucket, name, path) if facts["bad"] else None)
        for path, facts in ((entry["path"], files[entry["path"]]) for entry in pinned.files)
    ]


def _start(pinned: manifest.Manifest) -> str:
    """The name of a job that runs or has run for this data and this code."""
    storage, train_image = settings.storage(), image.ensure("train").uri

    def asked(name: str) -> dict[str, Any]:
        return request(name, train_image, pinned, settings.job("validate"), storage)

    content = name_digest(pinned.sha256, train_image)
    return processing.start(jobs.VALIDATION, content, storage.bucket, _key, asked)


def _key(name: str) -> str:
    return f"validations/{name}/validation.json"


def _aside(bucket: str, name: str, path: str) -> str:
    """Where the job left the bad rows of a file."""
    return f"s3://{bucket}/{Path('validations', name, 'quarantine', path).as_posix()}"
