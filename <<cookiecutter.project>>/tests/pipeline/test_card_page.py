"""A card is one page of Markdown with pictures beside it."""

import re
from xml.etree import ElementTree

from pipeline.card import page

from .card_sample import SECTIONS, evaluation, facts, verdict


def test_every_section_is_there_in_order() -> None:
    """The owner's between the overview and the numbers, the limits after them."""
    heads = re.findall(r"^## (.+)$", page.page(facts()), re.MULTILINE)
    assert heads == [
        *("Purpose", "Intended use", "Not intended for", "Factors", "Risk", "Ethical considerations"),
        *("Data", "What it achieves", "By segment", "Calibration", "What moves the answer"),
        *("Fairness", "Limits", "Gate", "Made of"),
    ]


def test_every_picture_that_is_shown_is_written() -> None:
    """And is an SVG of its own."""
    made = page.files(facts())
    shown = set(re.findall(r"!\[.*?\]\((.+?)\)", made["card.md"]))
    assert shown == set(made) - {"card.md"} != set()
    assert {ElementTree.fromstring(made[name]).tag.rpartition("}")[2] for name in shown} == {"svg"}  # noqa: S314


def test_a_number_stands_beside_its_interval() -> None:
    """And beside the base rate's."""
    [line] = [one for one in page.page(facts()).splitlines() if one.startswith("| log loss | 0.")]
    assert re.fullmatch(r"\| log loss \| 0\.\d+ \[0\.\d+, 0\.\d+\] \| - \| 0\.5500 \|", line)


def test_fairness_compares_the_protected_segments() -> None:
    """Rates and error rates, and the largest gap beside what is allowed."""
    text = page.page(facts()).partition("## Fairness")[2].partition("## Limits")[0]
    assert "| `origin=EWR` |" in text and "| `origin=JFK` |" in text and "carrier" not in text
    assert "false negative rate" in text and "allowed 0.1500" in text


def test_nothing_is_claimed_about_small_segments() -> None:
    """They are named among the limits."""
    text = page.page(facts())
    assert "nothing is claimed about: `carrier=ZZ`" in text
    assert "| `carrier=ZZ` |" not in text


def test_a_model_that_tells_no_contributions_says_so() -> None:
    """Without a picture."""
    none = {"candidate": evaluation(contributions=None), "champion": None}
    made = page.files(facts(verdict=verdict(evaluations=none)))
    assert "The model does not say." in made["card.md"]
    assert page.FEATURES_SVG not in made


def test_an_override_is_on_the_card() -> None:
    """With who and why."""
    override = {"by": "octocat", "reason": "a holiday", "at": "2013-07-01"}
    rules = [{"rule": "champion", "passed": False, "override": override}]
    assert "`champion` was overridden by octocat: a holiday" in page.page(facts(verdict=verdict(rules=rules)))


def test_a_name_becomes_no_markup() -> None:
    """It comes from data."""
    odd = {"candidate": evaluation({"origin=a|b`<i>": 600}), "champion": None}
    text = page.page(facts(verdict=verdict(evaluations=odd)))
    assert all(line.count(" | ") in (5, 6, 4) for line in text.splitlines() if "a\\|b" in line)


def test_the_owners_words_stand_as_they_are() -> None:
    """They are Markdown already."""
    assert "See *this*." in page.page(facts(owner=SECTIONS | {"Purpose": "See *this*."}))
