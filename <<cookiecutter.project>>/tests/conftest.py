"""What the rooms of model/ and serving/ share: a small pinned data set, and a model trained on it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from model import validate

pytest_plugins = [
    "tests.pipeline.known_github",
    "tests.pipeline.known_pulumi",
    "tests.pipeline.known_bootstrap",
]
# These tests run in a workflow as well, which is to hear of their outcome and of nothing that they try.
for variable in [one for one in os.environ if one.startswith("GITHUB_")]:
    os.environ.pop(variable)
PROJECT = Path(__file__).resolve().parents[1]
DAYS = 10  # of evaluation rows


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's own folder."""
    return PROJECT


@pytest.fixture(scope="session")
def flights() -> pl.DataFrame:
    """Every second flight of January and February, in order of time."""
    files = [PROJECT / f"data/flights/2013-{month}.parquet" for month in ("01", "02")]
    return pl.concat(pl.read_parquet(file) for file in files).gather_every(2)


@pytest.fixture
def divide(tmp_path: Path) -> Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]:
    """A function that holds a frame against the contract, and returns its good rows and its bad ones."""

    def call(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        source, good, bad = (tmp_path / f"{name}.parquet" for name in ("source", "good", "bad"))
        frame.write_parquet(source)
        validate.split(source, good, bad)
        return pl.read_parquet(good), pl.read_parquet(bad)

    return call


def _stage(channel: Path, frames: Sequence[pl.DataFrame]) -> str:
    """Lay `frames` out in `channel` as a job finds them; returns the manifest's sha256."""
    (channel / "objects").mkdir(parents=True)
    files = []
    for number, frame in enumerate(frames):
        draft = channel / "objects/draft"
        frame.write_parquet(draft)
        sha256 = hashlib.sha256(draft.read_bytes()).hexdigest()
        draft.rename(channel / f"objects/{sha256}.parquet")
        files.append({"path": f"data/flights/{number}.parquet", "sha256": sha256, "rows": frame.height})
    split = max(frame["scheduled"].max() for frame in frames) - timedelta(days=DAYS)
    document = {"files": files, "split": {"evaluate_from": split.isoformat()}}
    content = json.dumps(document).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    (channel / "manifests" / sha256).mkdir(parents=True)
    (channel / "manifests" / sha256 / "manifest.json").write_bytes(content)
    return sha256


@pytest.fixture(scope="session")
def stage() -> Callable[[Path, Sequence[pl.DataFrame]], str]:
    """A function that lays frames out in a channel."""
    return _stage


@pytest.fixture(scope="session")
def repin() -> Callable[[Path, str, str], None]:
    """A function that edits the manifest of a channel, and gives it the name that it then has."""

    def call(channel: Path, old: str, new: str) -> None:
        [path] = channel.glob("manifests/*/manifest.json")
        content = path.read_text().replace(old, new).encode()
        path.write_bytes(content)
        path.parent.rename(channel / f"manifests/{hashlib.sha256(content).hexdigest()}")

    return call


@pytest.fixture(scope="session")
def run() -> Callable[[str, Path], subprocess.CompletedProcess[str]]:
    """A function that runs a module of the project as a container would, in a process of its own."""

    def call(module: str, root: Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "ML_ROOT": str(root), "PYTHONPATH": str(PROJECT)}
        command = [sys.executable, "-m", module]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    return call


@pytest.fixture(scope="session")
def training_root(tmp_path_factory: pytest.TempPathFactory, flights: pl.DataFrame) -> Path:
    """$ML_ROOT of a training job that has not run yet; copy it before running one."""
    root = tmp_path_factory.mktemp("training")
    _stage(root / "input/data/data", [flights.head(1500), flights.slice(1500)])
    (root / "input/config").mkdir(parents=True)
    plain = tomllib.loads((PROJECT / "model/hyperparameters.toml").read_text())
    strings = {name: str(value) for name, value in plain.items()}
    (root / "input/config/hyperparameters.json").write_text(json.dumps(strings))
    return root


@pytest.fixture(scope="session")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
    training_root: Path,
    run: Callable[[str, Path], subprocess.CompletedProcess[str]],
) -> Path:
    """$ML_ROOT of a training job that has run."""
    root = tmp_path_factory.mktemp("trained") / "ml"
    shutil.copytree(training_root, root)
    done = run("model.train", root)
    assert done.returncode == 0, done.stderr
    return root
