"""The wheel in the project's vendor/ is this repository's sandbox/, and nothing else."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from conftest import REPOSITORY, TEMPLATE, UV


def contents(wheel: Path) -> dict[str, bytes]:
    """What lies in a wheel, by path."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def vendored() -> Path:
    """The one wheel that a project carries."""
    [wheel] = (TEMPLATE / "vendor").glob("*.whl")
    return wheel


def test_wheel_is_built_from_sandbox(vendored: Path, tmp_path: Path) -> None:
    """Building sandbox/ again gives the same files; else run `make wheel`."""
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}
    command = [UV, "build", "--quiet", "--wheel", "--out-dir", tmp_path, REPOSITORY / "sandbox"]
    subprocess.run(command, check=True, env=environment)

    [built] = tmp_path.glob("*.whl")
    assert contents(built) == contents(vendored)


def test_wheel_is_in_the_lock(vendored: Path) -> None:
    """The lock file holds the wheel of that name."""
    assert f'path = "vendor/{vendored.name}"' in (TEMPLATE / "uv.lock").read_text()


def test_lock_follows_pyproject() -> None:
    """No lock file lags behind its pyproject.toml."""
    for folder in (REPOSITORY, TEMPLATE, TEMPLATE / "docs" / "sdk"):
        subprocess.run([UV, "lock", "--check", "--quiet"], check=True, cwd=folder)
