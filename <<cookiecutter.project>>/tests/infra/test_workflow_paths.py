"""Which merges start the workflow `infra`: those that change what the Pulumi programs read."""

import fnmatch
from pathlib import Path

import pytest
import yaml

from pipeline import names
from tests.test_imports import file_of, modules

ROOT = names.root()
PROGRAMS = sorted((ROOT / "infra").rglob("*.py"))
READ = ("policy.toml", "project.toml", "uv.lock", "infra/service/Pulumi.production.yaml")


def paths() -> list[str]:
    """The workflow's filter."""
    started = yaml.safe_load((ROOT / ".github/workflows/infra.yml").read_text())[True]
    return list(started["push"]["paths"])


def read_by(programs: list[Path]) -> set[str]:
    """The files of the project that programs import, themselves or through others."""
    waiting, found = [*programs], set[Path]()
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        waiting += [one for module in modules(file.read_text()) if (one := file_of(module))]
    return {str(file.relative_to(ROOT)) for file in found}


def test_everything_that_the_programs_import_starts_it() -> None:
    """And nothing besides: each merge that starts it asks AWS about every resource."""
    imported = {file for file in read_by(PROGRAMS) if not file.startswith("infra/")}
    assert {path for path in paths() if path.endswith(".py")} == imported


@pytest.mark.parametrize("file", READ)
def test_what_the_programs_read_starts_it(file: str) -> None:
    """Settings, promises, and the versions of what they are written with."""
    assert (ROOT / file).is_file()
    assert any(fnmatch.fnmatch(file, path) for path in paths())
