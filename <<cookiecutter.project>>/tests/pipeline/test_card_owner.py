"""What the owner writes is checked before anything is made of it."""

from pathlib import Path

import pytest

from pipeline.card import owner
from pipeline.errors import UserError

from .card_sample import REPOSITORY, SECTIONS

TEXT = "# Card\n\nFor the owner.\n\n" + "\n\n".join(f"## {head}\n\n{body}" for head, body in SECTIONS.items())


def test_the_projects_own_file_is_taken() -> None:
    """Whoever edits it learns here, and not when a model is to be registered."""
    assert set(owner.read(REPOSITORY)) == set(owner.SECTIONS)


def test_sections_are_what_is_below_their_heading() -> None:
    """What stands above the first is for the owner alone."""
    assert owner.parse(TEXT) == SECTIONS


def test_a_section_of_ones_own_is_kept() -> None:
    """The card has it, too."""
    assert owner.parse(f"{TEXT}\n\n## Contact\n\nRoom 5")["Contact"] == "Room 5"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            TEXT.replace("## Limits", "### Limits"),
            "the section Limits is missing or empty: write `## Limits`",
        ),
        (TEXT.replace(SECTIONS["Limits"], ""), "the section Limits is missing or empty"),
        (f"{TEXT} {'x' * 2048}", "SageMaker takes 2,048: shorten it"),
        (TEXT.replace("Low:", "Tiny:"), "begin it with one of High, Medium, Low, Unknown"),
    ],
)
def test_what_does_not_fit_is_named(text: str, sentence: str) -> None:
    """With what to write instead."""
    with pytest.raises(UserError, match=f"^model/card.md: .*{sentence}"):
        owner.parse(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """In one sentence."""
    with pytest.raises(UserError, match=r"model/card\.md is missing: restore it from git"):
        owner.read(tmp_path)
