"""What everything on AWS is tagged with."""

import re
from pathlib import Path

import pytest

from pipeline import names, tags, tree

PROJECT = names.Project(
    name="flights",
    description="",
    github_owner="o",
    region="eu-west-1",
    owner_email="first.last+ml@a-b.example",
)


def test_the_registry_is_the_platforms_environment() -> None:
    """The other parts are called as they are."""
    found = [tags.of(PROJECT, part, None)["environment"] for part in (names.REGISTRY, *names.ENVIRONMENTS)]
    assert found == ["platform", "staging", "production"]


def test_without_a_commit_the_tag_says_so() -> None:
    """A budget's filter and a policy's condition see the same keys everywhere."""
    found = tags.of(PROJECT, "staging", None)
    assert (tuple(found), found["commit"]) == (tags.KEYS, "none")


def test_aws_takes_every_key_and_value() -> None:
    """API shape Tag, which is the same in SageMaker and Systems Manager."""
    for key, value in tags.of(PROJECT, names.REGISTRY, "f" * 40).items():
        assert re.fullmatch(r"[\w .:/=+\-@]{1,128}", key)
        assert re.fullmatch(r"[\w .:/=+\-@]{1,256}", value)


def test_a_verb_tags_with_the_present_commit(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And with what it has to add."""
    monkeypatch.setattr(tree, "read", lambda: tree.Tree("f" * 40, dirty=False))
    assert tags.present("staging", experiment="false") == [
        {"Key": "project", "Value": "flights"},
        {"Key": "environment", "Value": "staging"},
        {"Key": "owner", "Value": "somebody@example.com"},
        {"Key": "commit", "Value": "f" * 40},
        {"Key": "experiment", "Value": "false"},
    ]
