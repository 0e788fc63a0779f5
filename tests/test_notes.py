"""A tag becomes a release only where tag, template and changelog agree, and main has the commit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

CHANGELOG = """# Changelog

## Unreleased

- Not yet.

## 0.2.0 - 2026-12-01

### Added

- Two.

## [0.1.0]

- One.
"""
GH = """#!/bin/sh
# stands in for gh: a release is a file
case "$2" in
  view) test -e "$RELEASES/$3" ;;
  create) test ! -e "$RELEASES/$3" && cp "$8" "$RELEASES/$3" ;;
  edit) test -e "$RELEASES/$3" && cp "$5" "$RELEASES/$3" ;;
esac
"""


def git(folder: Path, *words: str) -> None:
    """Run git in a folder; nothing of this machine's configuration counts."""
    named = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *named, *words], check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A template at 0.2.0, whose commit is main's, with the program in it."""
    folder = tmp_path / "template"
    (folder / "publish").mkdir(parents=True)
    (folder / "publish/notes.py").write_text((REPOSITORY / "publish/notes.py").read_text())
    (folder / "cookiecutter.json").write_text(json.dumps({"__template_version": "0.2.0"}))
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "-q", "-b", "main", "template")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Begin")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    return folder


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in for gh, first on the PATH, keeps releases."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "releases").mkdir()
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("RELEASES", str(tmp_path / "releases"))
    return tmp_path / "releases"


def release(root: Path, *tag: str) -> str:
    """Release a tag; what it says against it, empty when it was done."""
    done = subprocess.run([sys.executable, root / "publish/notes.py", *tag], capture_output=True, text=True)
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr


def test_the_notes_are_the_versions_section(root: Path, releases: Path) -> None:
    """Nothing of what is not released yet, nor of the version before."""
    assert release(root, "v0.2.0") == ""
    assert (releases / "v0.2.0").read_text() == "### Added\n\n- Two."


def test_a_second_run_writes_the_notes_anew(root: Path, releases: Path) -> None:
    """A job that is run again finds its own release."""
    assert release(root, "v0.2.0") == ""
    (root / "CHANGELOG.md").write_text(CHANGELOG.replace("Two.", "Three."))
    assert release(root, "v0.2.0") == ""
    assert (releases / "v0.2.0").read_text() == "### Added\n\n- Three."


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("0.2.0", "'0.2.0' is no version: write vX.Y.Z"),
        ("v0.2", "'v0.2' is no version: write vX.Y.Z"),
        ("v0.2.0-rc1", "'v0.2.0-rc1' is no version: write vX.Y.Z"),
        ("v0.1.0", "the tag says 0.1.0 and cookiecutter.json 0.2.0"),
    ],
)
def test_a_tag_that_does_not_agree_is_refused(tag: str, said: str, root: Path, releases: Path) -> None:
    """In one sentence, before anything is made."""
    refusal = release(root, tag)
    assert said in refusal
    assert refusal.count("\n") == 1
    assert list(releases.iterdir()) == []


def test_a_version_without_notes_is_refused(root: Path, releases: Path) -> None:
    """Its changes would be under another name, or nowhere."""
    (root / "CHANGELOG.md").write_text(CHANGELOG.replace("## 0.2.0", "## 0.3.0"))
    assert 'CHANGELOG.md has nothing below "## 0.2.0"' in release(root, "v0.2.0")
    assert list(releases.iterdir()) == []


def test_a_commit_beside_main_is_refused(root: Path, releases: Path) -> None:
    """A tag may be pushed to any commit, checked or not."""
    git(root, "commit", "-qm", "Beside", "--allow-empty")
    assert "a commit that main does not have" in release(root, "v0.2.0")
    assert list(releases.iterdir()) == []


def test_a_tag_is_asked_for(root: Path) -> None:
    """With an example."""
    assert release(root) == "notes: name the tag: python publish/notes.py v0.1.0\n"


def test_this_repositorys_own_files_are_understood() -> None:
    """Its version is one, and what it will release next has a heading that can take its name."""
    assert json.loads((REPOSITORY / "cookiecutter.json").read_text())["__template_version"].count(".") == 2
    assert "\n## Unreleased\n" in (REPOSITORY / "CHANGELOG.md").read_text()
