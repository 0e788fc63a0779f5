"""Which workflow starts: GitHub's filters, as its cheat sheet has them, and the project's own files."""

from pathlib import Path

import pytest
from conftest import TEMPLATE

from workflows import events
from workflows.starts import chosen, starts
from workflows.workflow import Workflow

RETRAIN = Workflow(TEMPLATE / ".github" / "workflows" / "retrain.yml")


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("feature/*", "feature/my-branch", "feature/beta-a/my-branch"),
        ("feature/**", "feature/beta-a/my-branch", "main"),
        ("v2*", "v2.9", "v1.0"),
        ("v[12].[0-9]+.[0-9]+", "v1.10.1", "v3.1.1"),
        ("*.jsx?", "page.js", "js/page.js"),
        ("**.js", "src/js/app.js", "app.ts"),
        ("docs/**/*.md", "docs/README.md", "docs/README.txt"),
        ("**/docs/**", "dir/docs/my-file.txt", "dir/file.txt"),
        ("*", "README.md", "docs/hello.txt"),
    ],
)
def test_patterns_of_the_cheat_sheet(pattern: str, fits: str, fits_not: str) -> None:
    """Examples of GitHub's own page."""
    assert chosen([pattern], fits)
    assert not chosen([pattern], fits_not)


def test_an_exclamation_mark_takes_back() -> None:
    """The last pattern that fits decides."""
    patterns = ["*.md", "!README.md", "README*"]
    assert chosen(patterns, "hello.md") and chosen(patterns, "README.md")
    assert not chosen(patterns[:2], "README.md")


@pytest.mark.parametrize("changed", ["data/flights/2014-01.parquet", "model/features.py", "serving/worker.py"])
def test_a_merge_that_changes_something_trainable_starts_retrain(changed: str) -> None:
    """Among other things."""
    assert starts(RETRAIN, events.push(), ["README.md", changed])


@pytest.mark.parametrize("changed", ["README.md", "infra/roles.py", "tests/model/test_features.py"])
def test_a_merge_that_changes_nothing_trainable_does_not(changed: str) -> None:
    """It costs nothing."""
    assert not starts(RETRAIN, events.push(), [changed])


def test_a_push_to_another_branch_does_not() -> None:
    """Whatever it changes."""
    pushed = events.Event("push", "refs/heads/change")
    assert not starts(RETRAIN, pushed, ["model/features.py"])


def test_an_unknown_filter_is_said(tmp_path: Path) -> None:
    """Not passed over."""
    path = tmp_path / ".github" / "workflows" / "x.yml"
    path.parent.mkdir(parents=True)
    path.write_text("on: {push: {tags: [v1]}}\njobs: {}\n")
    with pytest.raises(ValueError, match="tags"):
        starts(Workflow(path), events.push())
