"""`model/card.md`: what only the owner of a model knows about it. Pure, but for reading the file."""

import re
from pathlib import Path

from pipeline.errors import UserError

PATH = "model/card.md"
SECTIONS = (
    *("Purpose", "Intended use", "Not intended for", "Factors", "Risk"),
    *("Ethical considerations", "Limits"),
)
RATINGS = ("High", "Medium", "Low", "Unknown")  # model package model card schema, risk_rating
LONGEST = 2048  # the same, of each section


def read(root: Path) -> dict[str, str]:
    """The file's sections by their heading. Raises UserError when one is missing or does not fit."""
    try:
        return parse((root / PATH).read_text())
    except FileNotFoundError as error:
        raise UserError(f"{PATH} is missing: restore it from git, or write its sections anew") from error


def parse(text: str) -> dict[str, str]:
    """The sections in `text`. Raises UserError that names the first fault, and what to write instead."""
    parts = re.split(r"^## +(.+?) *$", text, flags=re.MULTILINE)
    sections = {head: body.strip() for head, body in zip(parts[1::2], parts[2::2], strict=True)}
    if wrong := fault(sections):
        raise UserError(f"{PATH}: {wrong}")
    return sections


def fault(sections: dict[str, str]) -> str | None:
    """What is wrong with the sections; None when nothing is."""
    for name in SECTIONS:
        if not sections.get(name):
            return f"the section {name} is missing or empty: write `## {name}` and a paragraph below it"
    for name, text in sections.items():
        if len(text) > LONGEST:
            return f"the section {name} has {len(text):,} characters, SageMaker takes {LONGEST:,}: shorten it"
    if rating(sections["Risk"]) not in RATINGS:
        return (
            f"the section Risk begins with no rating: begin it with one of {', '.join(RATINGS)}, and a colon"
        )
    return None


def rating(risk: str) -> str:
    """The rating that the section Risk begins with."""
    return risk.partition(":")[0].strip()
