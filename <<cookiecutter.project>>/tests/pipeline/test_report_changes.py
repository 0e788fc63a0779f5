"""What a change touches, and whether it makes another model."""

import json
from pathlib import Path

import pytest

from pipeline import manifest
from pipeline.errors import UserError
from pipeline.report import changes

from .conftest import git

DOCKERFILE = """
FROM python AS base
COPY pyproject.toml uv.lock ./
FROM base AS train
COPY model/ model/
FROM base AS serve
COPY model/features.py model/
COPY serving/ serving/
"""
ENTRY = {
    "sha256": "0" * 64,
    "bytes": 1,
    "rows": 1,
    "from": "2013-01-01T00:00+00:00",
    "to": "2013-01-02T00:00+00:00",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project on the branch `change`, which left main one commit ago."""
    for name in ("model/train.py", "serving/service.py", "data/a.parquet", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    document = {
        "time_column": "t",
        "schema": {"t": "Datetime"},
        "files": [{**ENTRY, "path": "data/a.parquet"}],
        "split": {"evaluate_from": "2013-01-01T12:00:00+00:00"},
    }
    (tmp_path / "data/manifest.json").write_text(json.dumps(document))
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "switch", "-q", "-c", "change")
    (tmp_path / "README.md").write_text("2")
    git(tmp_path, "commit", "-q", "-a", "-m", "two")
    return tmp_path


def files(root: Path, rev: str | None = None) -> list[str]:
    """What has changed."""
    found = changes.read(root, rev)
    assert found is not None
    return found.files


def test_a_change_begins_where_its_branch_left_main(root: Path) -> None:
    """What main did since is not the change's."""
    git(root, "switch", "-q", "main")
    (root / "model/train.py").write_text("main's")
    git(root, "commit", "-q", "-a", "-m", "three")
    git(root, "switch", "-q", "change")
    assert files(root) == ["README.md"]


def test_what_is_not_committed_belongs_to_the_change(root: Path) -> None:
    """Changed, removed and new files."""
    (root / "model/train.py").write_text("2")
    (root / "serving/service.py").unlink()
    (root / "model/näu.py").write_text("1")
    assert files(root) == ["README.md", "model/näu.py", "model/train.py", "serving/service.py"]


def test_a_moved_file_is_gone_and_new(root: Path) -> None:
    """Out of the training image is a change of the image."""
    git(root, "mv", "model/train.py", "train.py")
    assert {"model/train.py", "train.py"} <= set(files(root))


def test_the_base_can_be_named(root: Path) -> None:
    """As a workflow does that has checked out little."""
    assert files(root, "HEAD") == []
    assert files(root, "HEAD~1") == ["README.md"]


@pytest.mark.parametrize("rev", ["nowhere", "--output=/tmp/x", "HEAD~9"])
def test_a_base_that_is_no_commit_is_the_persons_mistake(root: Path, rev: str) -> None:
    """It is named, and no option of git's."""
    with pytest.raises(UserError, match=f"--base {rev} is no commit here"):
        changes.read(root, rev)


def test_without_a_main_nobody_knows_what_changed(root: Path) -> None:
    """A workflow's checkout has one commit and no branch."""
    git(root, "branch", "-q", "-D", "main")
    assert changes.read(root, None) is None


def test_without_git_nobody_knows_what_changed(tmp_path: Path) -> None:
    """A folder that was unpacked."""
    assert changes.read(tmp_path, None) is None


@pytest.mark.parametrize(
    "path",
    [
        "model/train.py",
        "uv.lock",
        "pyproject.toml",
        "Dockerfile",
        "data/manifest.json",
        "data/a.parquet",
        "policy.toml",
    ],
)
def test_what_a_model_is_made_of_is_trainable(root: Path, path: str) -> None:
    """The training image, the pinned data, the policy."""
    assert changes.trainable([path], changes.made_of(root, manifest.read(root))) == [path]


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "serving/service.py",
        "pipeline/gate.py",
        "data/README.md",
        "models/x",
        "model.py",
        "infra/x",
    ],
)
def test_everything_else_is_not(root: Path, path: str) -> None:
    """Also what only begins alike."""
    assert changes.trainable([path], changes.made_of(root, manifest.read(root))) == []


def test_a_missing_dockerfile_is_named(root: Path) -> None:
    """It says what the training image is made of."""
    (root / "Dockerfile").unlink()
    with pytest.raises(UserError, match="Dockerfile is missing"):
        changes.made_of(root, manifest.read(root))
