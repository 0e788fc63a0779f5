"""What the tests share: this repository, and projects baked from it."""

import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cookiecutter import main
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["besieged", "engine", "engine_stacks"]
REPOSITORY = Path(__file__).parent.parent
TEMPLATE = REPOSITORY / "<<cookiecutter.project>>"
LONGEST = (
    "tests/test_project",
    "tests/workflows/",
    "tests/faults/",
    "tests/test_engine",
    "tests/test_sabotage",
    "tests/test_rehearsal",
)
# files that share what takes minutes to make
TOGETHER = ("tests/faults/", "tests/workflows/", "tests/test_engine", "tests/test_rehearsal")
UV = shutil.which("uv") or str(REPOSITORY / ".tools" / "uv" / "bin" / "uv")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that nothing long is left when the rest has ended."""
    items.sort(key=lambda item: next((n for n, one in enumerate(LONGEST) if item.nodeid.startswith(one)), len(LONGEST)))


class Together(LoadFileScheduling):  # type: ignore[misc]
    """One process has a file's tests, and those of files that share an account. Pytest 9.2 broke xdist's own groups."""

    def _split_scope(self, nodeid: str) -> str:
        return next((one for one in TOGETHER if nodeid.startswith(one)), super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """How tests are dealt out to processes side by side."""
    return Together(config, log)


def cookiecutter(into: Path, template: Path = REPOSITORY, **answers: str) -> Path:
    """Bake a project of these answers (the others are the defaults) into `into`/out and return its folder.

    Raises FailedHookException when an answer is refused.
    """
    into.mkdir(parents=True, exist_ok=True)
    config = into / "config.yaml"
    config.write_text(f"replay_dir: {into / 'replay'}\ncookiecutters_dir: {into / 'cookiecutters'}\n")
    out = into / "out"
    return Path(main.cookiecutter(str(template), None, True, answers, config_file=config, output_dir=out))


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that bakes a project of the given answers and returns its folder; once for the same answers."""

    @cache
    def baked(**answers: str) -> Path:
        return cookiecutter(tmp_path_factory.mktemp("bake"), **answers)

    return baked


@pytest.fixture(scope="session")
def project(bake: Callable[..., Path]) -> Path:
    """The folder of a project of the default answers, with its own environment."""
    folder = bake()
    make(folder, "setup")
    return folder


@pytest.fixture(scope="session")
def record(project: Path) -> dict[str, Any]:
    """What `make rehearse` wrote in the project's folder."""
    make(project, "rehearse")
    return json.loads((project / "build" / "rehearsal" / "rehearsal.json").read_text())


def make(folder: Path, *targets: str) -> subprocess.CompletedProcess[str]:
    """Run `make` in `folder`; a failure shows what it printed."""
    done = subprocess.run(["make", "-C", folder, *targets], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done
