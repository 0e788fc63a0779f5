"""What baking does to the template's files."""

import shutil
from collections.abc import Callable
from pathlib import Path

from conftest import REPOSITORY, TEMPLATE, cookiecutter

TOKEN = b"\n# << cookiecutter.project >> << EOF\n"
RENDERED = {
    ".template.json",
    "CODEOWNERS",
    "README.md",
    "infra/platform/Pulumi.platform.yaml",
    "infra/platform/Pulumi.yaml",
    "infra/service/Pulumi.production.yaml",
    "infra/service/Pulumi.staging.yaml",
    "infra/service/Pulumi.yaml",
    "project.toml",
}


def files(folder: Path) -> dict[str, Path]:
    """The files below `folder` by their path in it, without what tools leave behind."""
    left_by_tools = {".venv", ".tools", "build", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
    return {
        str(path.relative_to(folder)): path
        for path in folder.rglob("*")
        if path.is_file() and not left_by_tools & set(path.relative_to(folder).parts)
    }


def test_only_these_files_are_rendered(bake: Callable[..., Path]) -> None:
    """Every other file of a project is the template's, byte for byte."""
    template, baked = files(TEMPLATE), files(bake())

    changed = {name for name, path in baked.items() if path.read_bytes() != template[name].read_bytes()}
    assert set(template) == set(baked)
    assert changed == RENDERED


def test_copied_files_may_hold_anything(tmp_path: Path) -> None:
    """What looks like the template's variable is copied as it stands, unless the file is one of those rendered."""
    template = tmp_path / "template"
    for name in ("cookiecutter.json", "hooks"):
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        template.mkdir(exist_ok=True)
        copy(REPOSITORY / name, template / name)
    for name, path in files(TEMPLATE).items():
        planted = template / TEMPLATE.name / name
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.write_bytes(path.read_bytes() + (b"" if name in RENDERED else TOKEN))

    baked = files(cookiecutter(tmp_path, template))

    assert set() == {name for name, path in baked.items() if (name in RENDERED) is path.read_bytes().endswith(TOKEN)}


def test_no_token_of_the_template_survives(bake: Callable[..., Path]) -> None:
    """No rendered file holds a delimiter, and no file the template's variable."""
    baked = files(bake())

    delimiters = [n for n in RENDERED for token in ("<<", ">>", "<%", "%>") if token in baked[n].read_text()]
    variables = [name for name, path in baked.items() if b"cookiecutter." in path.read_bytes()]
    assert delimiters == []
    assert variables == []


def test_modes_are_kept(bake: Callable[..., Path]) -> None:
    """A file that can be run in the template can be run in the project."""
    template, baked = files(TEMPLATE), files(bake())

    executable = {name for name, path in template.items() if path.stat().st_mode & 0o100}
    assert executable == {name for name, path in baked.items() if path.stat().st_mode & 0o100}
