"""An experiment on this machine: the jobs' own programs, in processes here, without credentials.

Its folder is laid out as a job finds it (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html),
and keeps the run's record.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import digest, image, manifest, names, policy, train, tree
from pipeline.command import Document
from pipeline.errors import UserError
from pipeline.progress import say

FOLDER = "build/experiments"
RECORD = "run.json"
HERE = "local"  # what the record calls this machine's instance type


def local(root: Path, state: tree.Tree) -> tuple[Document, bool]:
    """Train and evaluate on the pinned data; the run's record, and whether it was there.

    Raises UserError when the data is not what is pinned, or when one of the programs fails.
    """
    days = policy.load(root).data.evaluation_days
    pinned, parameters = manifest.sample(manifest.read(root), days), train.hyperparameters(root)
    manifest.verify(root, pinned)
    content = digest.of(HERE, image.tag(root, "train"), pinned.sha256, parameters)
    folder = root / FOLDER / content[:12]
    if (folder / RECORD).is_file():
        return _read(folder / RECORD), True
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted one left
    stage(root, folder, pinned, parameters, os.symlink)
    started, clock = datetime.now(UTC), time.monotonic()
    _run(root, folder, "model.train", "output/failure")
    seconds = round(time.monotonic() - clock, 1)
    _pack(folder)
    _run(root, folder, "model.evaluate", "output/message")
    document = {
        "candidate": names.job(names.project(root), "experiment", content),
        "experiment": True,
        "commit": state.commit,
        "branch": state.branch,
        "dirty": state.dirty,
        "lock_sha256": digest.of_file(root / "uv.lock"),
        "image": None,
        "manifest": pinned.sha256,
        "hyperparameters": parameters,
        "instance_type": HERE,
        "instance_count": 1,
        "started": started.isoformat(timespec="seconds"),
        "seconds": seconds,
        "cost_usd": 0.0,
        "model_data": (folder / "model").relative_to(root).as_posix(),
        **_outcome(root, folder),
    }
    (folder / RECORD).write_text(json.dumps(document, indent=2) + "\n")
    return document, False


def records(root: Path) -> list[Document]:
    """The records of all experiments on this machine."""
    return [_read(path) for path in sorted((root / FOLDER).glob(f"*/{RECORD}"))]


def stage(
    root: Path,
    folder: Path,
    pinned: manifest.Manifest,
    parameters: dict[str, str],
    put: Callable[[Path, Path], object],
) -> None:
    """Lay out what a training job reads; `put(source, target)` links to a pinned file, or copies it."""
    channel = folder / "input/data/data"
    for part in (channel / "objects", channel / "manifests" / pinned.sha256, folder / "input/config"):
        part.mkdir(parents=True)
    for entry in pinned.files:
        target = channel / "objects" / f"{entry['sha256']}.parquet"
        if not target.exists():  # two paths may hold the same bytes
            put(root / entry["path"], target)
    (channel / "manifests" / pinned.sha256 / "manifest.json").write_bytes(pinned.content)
    (folder / "input/config/hyperparameters.json").write_text(json.dumps(parameters))


def _run(root: Path, folder: Path, module: str, reason: str) -> None:
    """Run one of the programs, which prints to stderr. Raises UserError with the reason that it left."""
    say(f"experiment: python -m {module} in {folder.relative_to(root)}")
    environment = {**os.environ, "ML_ROOT": str(folder), "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", module]
    done = subprocess.run(command, cwd=root, env=environment, stdout=sys.stderr, check=False)  # noqa: S603
    if done.returncode:
        left = folder / reason
        why = " ".join(left.read_text().split()) if left.is_file() else "its own words are above"
        raise UserError(f"python -m {module} failed: {why}")


def _pack(folder: Path) -> None:
    """Hand the model and the data over to the evaluation, as a processing job finds them."""
    source = folder / "processing/input"
    (source / "model").mkdir(parents=True)
    with tarfile.open(source / "model/model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model", arcname=".")
    (source / "data").symlink_to(folder / "input/data/data")


def _outcome(root: Path, folder: Path) -> Document:
    """What the model says of itself, and what the evaluation says of it."""
    signature = _read(folder / "model/signature.json")
    path = folder / "processing/output/evaluation.json"
    evaluation, place = _read(path), path.relative_to(root).as_posix()
    return {
        "libraries": signature["training"]["libraries"],
        "model_sha256": digest.of_file(folder / "model/model.onnx"),
        "evaluation": {key: evaluation[key] for key in ("metrics", "window", "rows")} | {"uri": place},
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text())
