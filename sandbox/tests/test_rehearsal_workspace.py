"""sandbox.rehearsal.workspace: a copy that can be damaged without harm to the original."""

import subprocess
from pathlib import Path

import pytest

from sandbox.rehearsal.identity import read
from sandbox.rehearsal.workspace import Workspace

PROJECT = 'name = "toy"\nregion = "eu-west-1"\ngithub_owner = "somebody"\n'
PATCH = "--- a/code.py\n+++ b/code.py\n@@ -1 +1 @@\n-print(1)\n+print(2)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with code, a patch, and what tools leave behind."""
    folder = tmp_path / "project"
    for name in ("code.py", ".venv/bin/python", "build/wheel", ".ruff_cache/x", "data/quarantine/bad.parquet"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("print(1)\n")
    (folder / "strict.patch").write_text(PATCH)
    (folder / "project.toml").write_text(PROJECT)
    return folder


@pytest.fixture
def workspace(project: Path, tmp_path: Path) -> Workspace:
    """A copy of it."""
    return Workspace(project, tmp_path / "copy")


def content(folder: Path) -> dict[str, str]:
    """The text of every file."""
    files = [file for file in folder.rglob("*") if file.is_file() and ".git" not in file.parts]
    return {str(file.relative_to(folder)): file.read_text() for file in files}


def git(folder: Path, *words: str) -> str:
    """What git says in `folder`."""
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_the_copy_holds_the_project_and_not_what_tools_made(workspace: Workspace) -> None:
    """Neither an environment nor an earlier rehearsal is copied."""
    assert sorted(content(workspace.folder)) == ["code.py", "project.toml", "strict.patch"]


def test_the_original_stays_as_it_is(project: Path, tmp_path: Path) -> None:
    """Whatever is done to the copy."""
    before = content(project)
    workspace = Workspace(project, tmp_path / "copy")
    workspace.apply("strict.patch")
    workspace.commit("Change it")
    assert content(project) == before
    assert not (project / ".git").exists()


def test_a_copy_inside_the_project_has_an_end(project: Path) -> None:
    """It does not hold itself."""
    copy = project / "out" / "copy"
    Workspace(project, copy)
    assert sorted(content(copy)) == ["code.py", "project.toml", "strict.patch"]


def test_the_copy_says_who_and_where_it_is(project: Path, tmp_path: Path) -> None:
    """As a new user writes it into project.toml."""
    workspace = Workspace(project, tmp_path / "copy", {"staging": "222222222222"})
    assert workspace.identity == read(workspace.folder / "project.toml")
    assert (workspace.identity.account("staging"), workspace.identity.github_owner_id > 0) == ("222222222222", True)


def test_a_fresh_copy_is_committed(workspace: Workspace) -> None:
    """So that there is something to go back to."""
    assert git(workspace.folder, "status", "--porcelain") == ""


def test_restore_forgets_what_is_not_committed(workspace: Workspace) -> None:
    """Changed and new files alike."""
    before = content(workspace.folder)
    (workspace.folder / "code.py").write_text("broken")
    (workspace.folder / "new.py").write_text("new")
    workspace.restore()
    assert content(workspace.folder) == before


def test_revert_undoes_the_newest_commit_by_another(workspace: Workspace) -> None:
    """The history keeps all three."""
    before = content(workspace.folder)
    workspace.apply("strict.patch")
    workspace.commit("Make it strict")
    workspace.revert()
    assert content(workspace.folder) == before
    assert git(workspace.folder, "log", "--format=%s").splitlines() == [
        'Revert "Make it strict"',
        "Make it strict",
        "Begin",
    ]


def test_a_patch_is_applied(workspace: Workspace) -> None:
    """To the files, not to the history."""
    workspace.apply("strict.patch")
    assert (workspace.folder / "code.py").read_text() == "print(2)\n"


def test_a_patch_that_does_not_fit_is_named(workspace: Workspace) -> None:
    """With what git says of it."""
    (workspace.folder / "code.py").write_text("something else\n")
    with pytest.raises(RuntimeError, match=r"git apply strict.patch: error: patch failed: code.py:1"):
        workspace.apply("strict.patch")


def test_a_commit_of_nothing_is_named(workspace: Workspace) -> None:
    """Git says that on stdout."""
    with pytest.raises(RuntimeError, match="nothing to commit"):
        workspace.commit("Nothing")


def test_no_identity_is_needed(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none is taken from who runs it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    workspace = Workspace(project, tmp_path / "copy")
    assert git(workspace.folder, "log", "--format=%an <%ae>") == "rehearsal <rehearsal@localhost>"


def test_somebodys_hooks_do_not_run(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that refuses every commit refuses none of ours."""
    hook = tmp_path / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (tmp_path / ".gitconfig").write_text(f"[core]\n\thooksPath = {hook.parent}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Workspace(project, tmp_path / "copy").folder.is_dir()


def test_the_repository_of_a_hook_is_not_touched(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git sets GIT_DIR in a hook; the rehearsal commits to its own repository all the same."""
    git(project, "init", "--quiet")
    before = sorted((project / ".git").iterdir())
    monkeypatch.setenv("GIT_DIR", str(project / ".git"))
    Workspace(project, tmp_path / "copy")
    assert sorted((project / ".git").iterdir()) == before
    assert (tmp_path / "copy" / ".git").is_dir()


def test_a_number_of_a_toml_file_is_set(workspace: Workspace) -> None:
    """And nothing else of it."""
    file = workspace.folder / "policy.toml"
    file.write_text("[staging]\nhours = 4 # after\nother_hours = 4\n")
    workspace.set("policy.toml", "hours", 0.5)
    assert file.read_text() == "[staging]\nhours = 0.5\nother_hours = 4\n"


def test_a_number_of_one_table_is_set(workspace: Workspace) -> None:
    """A key of the same name in another table stays; what it was is told without its comment."""
    file = workspace.folder / "policy.toml"
    file.write_text("[one]\nleast = 4\n[two] # or so\nleast = 5 # of them\n[three]\nleast = 6\n")
    assert workspace.set("policy.toml", "least", 7, "two") == "5"
    assert file.read_text() == "[one]\nleast = 4\n[two] # or so\nleast = 7\n[three]\nleast = 6\n"
    with pytest.raises(RuntimeError, match=r"\[four\] of policy.toml has least 0 times"):
        workspace.set("policy.toml", "least", 7, "four")


@pytest.mark.parametrize("text", ["", "hours = 1\nhours = 2\n"])
def test_a_key_that_does_not_stand_there_once_is_told(workspace: Workspace, text: str) -> None:
    """Nothing is guessed."""
    (workspace.folder / "policy.toml").write_text(text)
    with pytest.raises(RuntimeError, match=r"policy.toml has hours \d times: write it once"):
        workspace.set("policy.toml", "hours", 0.5)
