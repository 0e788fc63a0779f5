"""What the READMEs count, counted."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, TEMPLATE
from pipeline.bootstrap import plan
from pipeline.bootstrap.asked import Asked

COUNTED = re.compile(r"\*\*(\d+) things\*\* are left to people")


@pytest.mark.parametrize("page", [REPOSITORY / "README.md", TEMPLATE / "README.md", TEMPLATE / "docs" / "github.md"])
def test_the_pages_count_what_people_do(page: Path, bake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as `pipeline bootstrap --plan` lists from an empty repository to the first release."""
    monkeypatch.chdir(bake())
    people = plan.peoples(plan.steps(Asked()))
    assert [int(number) for number in COUNTED.findall(page.read_text())] == [len(people)]


def test_the_page_lists_them_in_their_order(bake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """One row each, by the name that the plan gives it."""
    monkeypatch.chdir(bake())
    rows = re.findall(r"^\| \d+ \| `([^`]+)` \|", (TEMPLATE / "docs" / "github.md").read_text(), re.MULTILINE)
    assert rows == plan.peoples(plan.steps(Asked()))
