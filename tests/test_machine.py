"""The machine knows neither the example nor the kind of task: these are in data/, model/ and policy.toml."""

import re
from pathlib import Path

import pytest
from conftest import TEMPLATE

WORDS = re.compile(
    r"flight|carrier|log[_ ]loss|brier|\bauc\b|accuracy|probabilit|log.odds|classifi|regression", re.IGNORECASE
)
# the default answers, a request's way, and what is looked at before a release
OTHERWISE = ("flight-delays", "Will this flight leave late?", "in flight", "preflight")
SOURCES = [path for room in ("pipeline", "serving", "infra") for path in sorted(TEMPLATE.joinpath(room).rglob("*.py"))]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(TEMPLATE).as_posix())
def test_no_word_of_the_example_is_said(source: Path) -> None:
    """Neither in the code nor in what it tells people."""
    text = source.read_text()
    for phrase in OTHERWISE:
        text = text.replace(phrase, "")
    assert [line.strip() for line in text.splitlines() if WORDS.search(line)] == []
