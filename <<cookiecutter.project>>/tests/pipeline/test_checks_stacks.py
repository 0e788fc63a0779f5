"""What the stacks' files say, and what the stacks have published."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import names
from pipeline.checks import stacks
from pipeline.errors import UserError

from .conftest import REPOSITORY


def test_the_files_that_are_shipped_are_read() -> None:
    """Those of an environment and of the platform."""
    assert stacks.configured(REPOSITORY, "production")["service:instance_count"] == 2
    assert stacks.configured(REPOSITORY, names.REGISTRY)["platform:train"]["instance_count"] == 1


def test_a_missing_file_has_no_settings(tmp_path: Path) -> None:
    """The doctor runs before anything is written."""
    assert stacks.configured(tmp_path, "staging") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("config: {", r"infra/service/Pulumi\.staging\.yaml is not YAML: "),
        ("config: 3", r"infra/service/Pulumi\.staging\.yaml has no table of settings: write config:"),
        ("3", "has no table of settings"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    """In one sentence: it is the user's to mend."""
    file = tmp_path / "infra/service/Pulumi.staging.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    with pytest.raises(UserError, match=sentence):
        stacks.configured(tmp_path, "staging")


def test_a_stack_that_was_applied_is_well(cloud: Callable[[str], Any]) -> None:
    """All its parameters are there."""
    assert [one.level for one in stacks.look(names.project(), names.REGISTRY)] == ["ok"]


def test_a_missing_parameter_is_named_with_the_command(cloud: Callable[[str], Any]) -> None:
    """The command applies the stack that publishes it."""
    cloud("ssm").delete_parameter(Name="/flights/staging/service")
    (found,) = stacks.look(names.project(), "staging")
    assert (found.level, found.todo) == ("fail", "make up STACK=staging")
    assert "/flights/staging/service" in found.found
