"""sandbox.rehearsal.steps: what the reviewers of a change are told before its merge."""

from pathlib import Path
from typing import Any

import pytest
from rehearsal_steps import CANARY, fails, going_well, releasing

from sandbox.rehearsal import steps


@pytest.fixture
def life(tmp_path: Path) -> Any:
    """A rehearsal where every verb does well and production serves `old`, under traffic."""
    return going_well(tmp_path)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"passed": False}, "the gate would refuse it"),
        ({"passed": None}, "the gate would refuse it"),
        ({"champion": "nobody may look"}, "knows no live model: nobody may look"),
        ({"merge": {"job": "another"}}, "announced another, and c was trained"),
    ],
)
def test_a_report_that_reviewers_would_be_misled_by_fails(life: Any, said: dict[str, Any], sentence: str) -> None:
    """It is read before the merge, and must fit what then happens."""
    _, report = life.verbs.answers["pipeline report"]
    life.verbs.answers["pipeline report"] = (0, report | said)
    fails(steps.refresh, life, sentence)


def test_a_report_is_read_before_the_merge_by_a_role_of_its_own(life: Any) -> None:
    """Which reads metrics and no data."""
    releasing(life, "production", *CANARY)
    steps.refresh(life)
    said = life.verbs.said
    assert said.index("pipeline report") < said.index("pipeline train")
    assert life.verbs.by["pipeline report"] == "ci-report of 123456789012"
