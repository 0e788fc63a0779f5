"""Dependabot looks at every folder in which something is pinned, of this repository and of a project."""

import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY, TEMPLATE

# What each ecosystem reads: the file's name, and whether "/" stands for the folder of workflows.
# https://docs.github.com/en/code-security/reference/supply-chain-security/dependabot-options-reference#package-ecosystem-
PINNED = {"uv.lock": "uv", "Dockerfile": "docker", "go.mod": "gomod", "action.yml": "github-actions"}
WORKFLOWS = "/.github/workflows"
SPECIAL = set("*?[]{}!")  # of a pattern: https://github.com/dependabot/dependabot-core/issues/10525


def updates(root: Path) -> list[dict[str, Any]]:
    """What a repository's dependabot.yml asks for."""
    return yaml.safe_load((root / ".github" / "dependabot.yml").read_text())["updates"]


def named(root: Path) -> list[tuple[str, str]]:
    """The (ecosystem, folder) pairs that are looked at; "/" of the actions is the folder of the workflows."""
    return [
        (
            one["package-ecosystem"],
            WORKFLOWS if (one["package-ecosystem"], folder) == ("github-actions", "/") else folder,
        )
        for one in updates(root)
        for folder in one["directories"]
    ]


def held(root: Path, files: list[str]) -> set[tuple[str, str]]:
    """The (ecosystem, folder) pairs in which something is pinned."""
    found = set()
    for path in map(PurePosixPath, files):
        folder = "/" + ("" if path.parent == PurePosixPath(".") else path.parent.as_posix())
        if path.name in PINNED:
            found.add((PINNED[path.name], folder))
        if folder.endswith(WORKFLOWS):
            found.add(("github-actions", folder))
    return found


def tracked(root: Path) -> list[str]:
    """The files below `root` that git keeps, or will keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]


@pytest.mark.parametrize("root", [REPOSITORY, TEMPLATE], ids=["repository", "project"])
def test_every_folder_with_something_pinned_is_looked_at(root: Path) -> None:
    """Once, and no folder that has nothing: it would end each of Dependabot's runs with an error."""
    assert sorted(named(root)) == sorted(held(root, tracked(root)))


@pytest.mark.parametrize("file", ["new/uv.lock", "new/Dockerfile", "new/go.mod", ".github/actions/new/action.yml"])
def test_a_new_folder_would_be_missed(file: str) -> None:
    """The check above is able to fail."""
    assert set(named(TEMPLATE)) < held(TEMPLATE, [*tracked(TEMPLATE), file])


@pytest.mark.parametrize("root", [REPOSITORY, TEMPLATE], ids=["repository", "project"])
def test_a_folder_is_named_and_no_pattern(root: Path) -> None:
    """Dependabot takes a brace in a folder's name for a pattern; `<` and `>` are none."""
    assert [folder for _ecosystem, folder in named(root) if SPECIAL & set(folder)] == []


@pytest.mark.parametrize("root", [REPOSITORY, TEMPLATE], ids=["repository", "project"])
def test_updates_come_together_and_not_at_once(root: Path) -> None:
    """One pull request of a kind, of versions that have been out for a week."""
    for one in updates(root):
        assert one["groups"]
        assert one["cooldown"]["default-days"] >= 7
