"""A tree is a commit of main, or it is an experiment."""

from pathlib import Path

import pytest

from pipeline import tree

from .conftest import git

COMMIT = "c" * 40
IN_CI = {"GITHUB_SHA": COMMIT, "GITHUB_REF": "refs/heads/main"}


def status(head: str, *changes: str) -> str:
    """What `git status --porcelain=v2 --branch` prints."""
    return "\n".join([f"# branch.oid {COMMIT}", f"# branch.head {head}", *changes])


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """A repository with one commit of main."""
    (tmp_path / "a").write_text("1")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"]):
        git(tmp_path, *words)
    return tmp_path


def test_a_clean_commit_of_main_can_be_registered(committed: Path) -> None:
    """Everything that was made of it can be made again."""
    found = tree.read(committed)
    assert (found.why_experiment, found.branch, len(found.commit or "")) == (None, "main", 40)


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_changed_or_new_file_makes_an_experiment(committed: Path, name: str) -> None:
    """An untracked file counts as well: it may be imported."""
    (committed / name).write_text("2")
    assert "commit or stash" in str(tree.read(committed).why_experiment)


def test_a_branch_is_an_experiment(committed: Path) -> None:
    """Until it is merged; the sentence names it."""
    git(committed, "switch", "-q", "-c", "wider-trees")
    why = str(tree.read(committed).why_experiment)
    assert why.startswith("this is the branch wider-trees, and models are registered from main")


def test_no_git_is_an_experiment(tmp_path: Path) -> None:
    """The sentence says how to begin."""
    assert "git init" in str(tree.read(tmp_path).why_experiment)


def test_a_repository_without_a_commit_is_an_experiment(tmp_path: Path) -> None:
    """There is nothing to name."""
    git(tmp_path, "init", "-q", "-b", "main")
    assert tree.read(tmp_path) == tree.Tree(None, dirty=True)


def test_a_repository_around_it_does_not_count(committed: Path) -> None:
    """Its commit says nothing of a folder that it may ignore."""
    (committed / "inside").mkdir()
    assert "git init" in str(tree.read(committed / "inside").why_experiment)


@pytest.mark.parametrize(
    ("environment", "branch"),
    [
        (IN_CI, "main"),
        ({**IN_CI, "GITHUB_REF": "refs/heads/wider-trees"}, "wider-trees"),
        ({**IN_CI, "GITHUB_REF": "refs/pull/7/merge"}, "refs/pull/7/merge"),
        ({**IN_CI, "GITHUB_REF": "refs/tags/main"}, "refs/tags/main"),
        ({**IN_CI, "GITHUB_SHA": "d" * 40}, None),
        ({}, None),
    ],
)
def test_a_workflow_says_which_branch_a_commit_is_of(environment: dict[str, str], branch: str | None) -> None:
    """If the commit is the one that it runs for; else nobody knows."""
    found = tree.parse(status("(detached)"), environment)
    assert found.branch == branch
    assert (found.why_experiment is None) == (branch == "main")


def test_a_branch_that_is_checked_out_is_what_counts() -> None:
    """Whatever the workflow runs for."""
    assert tree.parse(status("wider-trees"), IN_CI).branch == "wider-trees"


def test_a_line_that_is_no_header_is_a_change() -> None:
    """Ordinary, renamed, unmerged or untracked."""
    assert [tree.parse(status("main", *lines), {}).dirty for lines in ((), ("? b",))] == [False, True]


def test_a_file_is_read_as_it_was(committed: Path) -> None:
    """Whatever the working tree says now."""
    (committed / "a").write_text("2")
    assert (tree.file(committed, "HEAD", "a"), tree.file(committed, "HEAD", "b")) == (b"1", None)


def test_a_branch_knows_where_it_left_main(committed: Path) -> None:
    """On main it is the present commit."""
    left = tree.read(committed).commit
    assert tree.fork(committed) == left
    git(committed, "checkout", "-q", "-b", "more")
    git(committed, "commit", "-q", "--allow-empty", "-m", "two")
    assert tree.fork(committed) == left != tree.read(committed).commit


def test_a_folder_without_git_was_never_another(tmp_path: Path) -> None:
    """Nothing to compare with."""
    assert (tree.fork(tmp_path), tree.file(tmp_path, "HEAD", "a")) == (None, None)
