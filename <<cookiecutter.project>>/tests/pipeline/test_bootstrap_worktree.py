"""The commit that is pushed, what the steps wrote into it, and what begins with it."""

from pathlib import Path

import pytest

from pipeline import github
from pipeline.bootstrap import first, worktree
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import made
from pipeline.errors import UserError
from tests.pipeline.known_bootstrap import Empty, git


@pytest.fixture
def committed(empty: Empty) -> Empty:
    """The project is a commit, and its repository is there, empty."""
    github.api("POST", "user/repos", {"name": "flights", "private": True})
    worktree.start(empty.project)
    return empty


def change(folder: Path, name: str) -> None:
    """Commit a new file of that name."""
    (folder / name).write_text("new")
    git(folder, "add", "--", name)
    git(folder, "commit", "--quiet", "--message", "More")


def test_everything_is_committed_to_main(committed: Empty) -> None:
    """Where it was no repository."""
    assert git(committed.project, "status", "--porcelain", "--branch") == "## main"


def test_another_branch_is_a_persons(committed: Empty) -> None:
    """Main alone is released from."""
    git(committed.project, "switch", "--quiet", "--create", "topic;$(id)")
    state = worktree.look(committed.project)
    assert (state.kind, state.advice) == ("a person", "git switch main")


def test_only_what_the_steps_wrote_is_recorded(committed: Empty) -> None:
    """Another's change stays out of the commit."""
    (committed.project / "policy.toml").write_text("changed")
    (committed.project / "project.toml").write_text("changed")
    worktree.record(committed.project)
    assert git(committed.project, "status", "--porcelain").split() == ["M", "policy.toml"]
    assert worktree.look_written(committed.project).kind == "done"


def test_git_says_who_it_does_not_know(empty: Empty, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one sentence."""
    config = empty.project / "none"
    config.write_text("[user]\nuseConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with pytest.raises(UserError, match=r"^git Start: .*user\.email"):
        worktree.start(empty.project)


def test_main_is_pushed_and_shown_first(committed: Empty) -> None:
    """GitHub took another branch for the default one of an empty repository."""
    step = worktree.pushing(Asked())
    assert made(step).kind == "done"
    assert github.api("GET", Asked().api())["default_branch"] == "main"
    assert git(committed.project, "remote", "get-url", "origin")


def test_a_later_commit_is_pushed_as_long_as_nothing_rules(committed: Empty) -> None:
    """As when a run was interrupted before the rules."""
    made(worktree.pushing(Asked()))
    change(committed.project, "later")
    assert made(worktree.pushing(Asked())).kind == "done"


def test_behind_the_rules_it_takes_a_pull_request(committed: Empty) -> None:
    """The push would be refused."""
    made(worktree.pushing(Asked()))
    change(committed.project, "later")
    committed.github.set(organisations_rules=[{"type": "pull_request"}])
    state = worktree.look_pushed(Asked())
    assert (state.kind, "pull request" in state.advice) == ("a person", True)


def test_what_is_not_here_is_pulled_first(committed: Empty, tmp_path: Path) -> None:
    """Nothing of GitHub's is overwritten."""
    made(worktree.pushing(Asked()))
    git(tmp_path, "clone", "--quiet", str(committed.bare), "other")
    change(tmp_path / "other", "theirs")
    git(tmp_path / "other", "push", "--quiet")
    state = worktree.look_pushed(Asked())
    assert (state.kind, state.advice.partition(" https")[0]) == ("a person", "git pull --rebase")


def test_the_push_starts_the_first_model(committed: Empty) -> None:
    """Then nothing else has to."""
    made(worktree.pushing(Asked()))
    committed.github.set(pushes=1)
    assert made(first.training(Asked())).kind == "done"
    assert committed.github.state["dispatches"] == []


def test_where_it_did_not_a_run_is_started(committed: Empty) -> None:
    """Once."""
    made(worktree.pushing(Asked()))
    made(first.training(Asked()))
    assert first.training(Asked()).look().kind == "done"
    assert committed.github.state["dispatches"] == [{"workflow": "retrain.yml", "ref": "main"}]
