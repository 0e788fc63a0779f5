"""Which models saw a data file: runs and versions whose manifest pins it."""

import re
from pathlib import Path
from typing import Any

from pipeline import aws, digest, manifest, record, registry, settings
from pipeline.command import Document
from pipeline.errors import UserError

SHORTEST = 8  # digits of a digest


def sha_of(given: str) -> str:
    """The digest of the file `given`, or `given` itself if it begins one. Raises UserError on others."""
    if Path(given).is_file():
        return digest.of_file(Path(given))
    if re.fullmatch(rf"[0-9a-f]{{{SHORTEST},64}}", given):
        return given
    raise UserError(
        f"{given} is no file and no digest: write a file's path, or {SHORTEST} or more digits of its SHA-256"
    )


def use(pinned: manifest.Manifest, sha: str) -> list[Document]:
    """What each file whose digest begins with `sha` was for: training, evaluation, or both. Pure."""
    start = pinned.evaluate_from
    found = []
    for entry in pinned.files:
        if entry["sha256"].startswith(sha):
            trained, evaluated = entry["from"] < start, entry["to"] >= start
            word = "both" if trained and evaluated else "training" if trained else "evaluation"
            found.append({"path": entry["path"], "sha256": entry["sha256"], "use": word})
    return found


def pinned(sha: str) -> manifest.Manifest | None:
    """The manifest of that name in the bucket, as it was written then; None when it is not there any more."""
    where = {"Bucket": settings.storage().bucket, "Key": f"data/manifests/{sha}/manifest.json"}
    found = aws.find(aws.client("s3").get_object, **where)
    return manifest.Manifest(found["Body"].read()) if found else None


def by(sha: str) -> list[Document]:
    """Every run that was given a file whose digest begins with `sha`, with its versions; newest first."""
    versions: dict[str, list[registry.Version]] = {}
    for version in registry.versions(settings.registry().model_package_group):
        versions.setdefault(version.properties.get("train_job", ""), []).append(version)
    manifests: dict[str, manifest.Manifest | None] = {}
    found = []
    for job in sorted({*record.jobs(), *versions}):
        run, made = record.read(job) or {}, versions.get(job, [])
        name = run.get("manifest") or next((one.properties.get("manifest", "") for one in made), "")
        if name not in manifests:
            manifests[name] = pinned(name)
        held = manifests[name]
        if held and (files := use(held, sha)):
            found.append(
                {
                    "candidate": job,
                    "experiment": run.get("experiment", False),
                    "started": run.get("started") or "",
                    "manifest": name,
                    "files": files,
                    "versions": [{"version": one.number, "stage": one.stage} for one in made],
                }
            )
    return sorted(found, key=lambda one: str(one["started"]), reverse=True)


def table(runs: list[Document]) -> Any:
    """The runs as a person reads them."""
    from rich.table import Table
    from rich.text import Text

    shown = Table("started (UTC)", "run", "saw it for", "versions", title="Runs that were given this file")
    for column in shown.columns:
        column.overflow = "fold"  # a name that is cut off cannot be copied
    for run in runs:
        files = "\n".join(f"{one['use']}: {one['path']}" for one in run["files"])
        made = ", ".join(f"{one['version']} ({one['stage']})" for one in run["versions"])
        started = run["started"][:16].replace("T", " ") or "-"
        none = "none, an experiment" if run["experiment"] else "none"
        shown.add_row(*(Text(cell) for cell in (started, run["candidate"], files, made or none)))
    return shown
