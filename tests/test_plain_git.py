"""A project that was pushed to a plain git server has everything that its workflows name.

What git ignores is not there, nor is anything of this repository.
"""

import ast
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import workflow_rules as rules
from conftest import UV, make

MADE = ("build/",)  # what a job makes itself
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?|[\w.-]+\.(?:json|lock|md|mod|py|toml|ya?ml)|Dockerfile|Makefile")


def git(folder: Path, *words: object) -> None:
    """Run git without anybody's configuration."""
    home = folder / ".no-home"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    named = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *named, *map(str, words)], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def clone(bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of a bare repository to which a baked project was pushed."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copytree(bake(), folder / "project", ignore=shutil.ignore_patterns(".venv", "build"))
    git(folder, "init", "--bare", "server.git")
    for words in (("init",), ("add", "-A"), ("commit", "-m", "Begin"), ("push", folder / "server.git", "main")):
        git(folder / "project", *words)
    git(folder, "clone", folder / "server.git", "clone")
    return folder / "clone"


def files(root: Path) -> list[Path]:
    """The workflows and actions of a project."""
    return sorted(path for path in (root / ".github").rglob("*.yml") if path.name != "dependabot.yml")


def words(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Each command of a run block, as words, with the name of its file."""
    for path in files(root):
        for block in rules.runs(path):
            for command in re.split(r"\n|&&|\|\||;", block):
                yield path.name, shlex.split(command, comments=True)


def verbs(root: Path) -> set[str]:
    """The verbs of `pipeline`, read from its table."""
    tree = ast.parse((root / "pipeline" / "__main__.py").read_text())
    tables = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    return {
        key.value
        for node in tables
        if isinstance(node.value, ast.Dict) and "VERBS" in ast.unparse(node)
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    }


def missing(root: Path) -> list[str]:
    """What the workflows of a project name and the project does not have."""
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    found = []
    for name, command in words(root):
        if command[:1] == ["make"] and command[1] not in targets:
            found.append(f"{name}: make {command[1]}")
        if command[:1] == ["pipeline"] and command[1] not in verbs(root):
            found.append(f"{name}: pipeline {command[1]}")
    return found + [f"{name}: {path}" for name, path in named(root) if not (root / path).exists()]


def named(root: Path) -> Iterator[tuple[str, str]]:
    """The files and folders that workflows name: called, set up from, read, or watched for a change."""
    for path in files(root):
        every = [*rules.jobs(path).values(), *rules.steps(path)]
        yield from ((path.name, one["uses"]) for one in every if one.get("uses", "").startswith("./"))
        given = [str(value) for one in every for value in (one.get("with") or {}).values()]
        started = rules.document(path).get(True)
        pushed = started.get("push") if isinstance(started, dict) else None
        watched = [one.removesuffix("/**") for one in (pushed or {}).get("paths", [])]
        yield from ((path.name, one) for one in watched)
        said = [word for value in given for word in value.split()]
        said += [word for name, command in words(root) if name == path.name for word in command]
        yield from ((path.name, one) for one in said if PATH.fullmatch(one) and not one.startswith(MADE))


def test_all_that_the_workflows_name_is_in_a_clone(clone: Path) -> None:
    """Local actions and workflows, make targets, verbs, files."""
    assert missing(clone) == []


def test_something_of_each_kind_is_named(clone: Path) -> None:
    """Else the test above would hold of nothing."""
    kinds = {command[0] for _name, command in words(clone) if command}
    assert kinds >= {"make", "pipeline"}
    assert {path for _name, path in named(clone)} >= {"./.github/actions/setup", "data", "uv.lock"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- run: make check", "- run: make tset"),
        ("run: pipeline gate", "run: pipeline gates"),
        ("- run: make check", "- run: python tests/workflows/act.py"),
        ("- uses: ./.github/actions/setup", "- uses: ./.github/actions/prepare"),
        ("policy.toml]", "policy.toml, bench/**]"),
        ("- run: make check", "- uses: some/action@main\n        with:\n          file: cookiecutter.json"),
    ],
    ids=["target", "verb", "script", "action", "watched", "file"],
)
def test_what_is_not_there_is_found(old: str, new: str, clone: Path, tmp_path: Path) -> None:
    """A misspelt name, and what only this repository has."""
    broken = shutil.copytree(clone, tmp_path / "broken")
    changed = 0
    for path in (broken / ".github" / "workflows").glob("*.yml"):
        text = path.read_text()
        path.write_text(text.replace(old, new))
        changed += text != path.read_text()
    assert changed
    assert len(missing(broken)) >= changed


def test_an_ignored_file_is_missed(bake: Callable[..., Path], clone: Path, tmp_path: Path) -> None:
    """A clone has what git keeps, and no more: the wheel that the project installs is among it."""
    shutil.copytree(bake(), tmp_path / "project", ignore=shutil.ignore_patterns(".venv", "build"))
    assert [path.name for path in (clone / "vendor").iterdir()] == [
        path.name for path in (tmp_path / "project" / "vendor").iterdir()
    ]
    (tmp_path / "project" / ".gitignore").write_text(".github/actions/\n")
    for words in (("init",), ("add", "-A"), ("commit", "-m", "Begin"), ("clone", ".", tmp_path / "clone")):
        git(tmp_path / "project", *words)
    assert any("./.github/actions/setup" in one for one in missing(tmp_path / "clone"))


@pytest.mark.slow
def test_a_clone_sets_itself_up(clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With an empty home, as on a runner; packages come from where this machine keeps them."""
    cache = subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    monkeypatch.setenv("UV_CACHE_DIR", cache)
    monkeypatch.setenv("HOME", str(tmp_path))
    make(clone, "setup")
    done = subprocess.run([clone / ".venv/bin/pipeline", "--help"], capture_output=True, text=True, check=True)
    assert "release" in done.stdout
