"""A verdict in the summary of a job: a yes is short, a no says everything."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline import gate, rules
from pipeline.command import Document
from pipeline.report import decided

from .conftest import evaluation
from .test_rules import BOUNDS

pytestmark = pytest.mark.usefixtures("few_resamples")
CHAMPION = {"version": 3, "name": "model-3"}


def verdict(skill: float, champion: Document | None = CHAMPION, **bounds: Any) -> Document:
    """What the gate says of a candidate with that skill against one with skill 1."""
    rival = evaluation() if champion else None
    found = gate.verdict(replace(BOUNDS, **bounds), evaluation(skill=skill), rival)
    return {"candidate": "flights-train-1", "champion": champion, **found}


def refused(found: Document) -> str:
    """The summary of a no."""
    return decided.refused(found, gate.refusing(found), rules.STRUCTURAL)


def test_a_yes_is_one_line() -> None:
    """How many rules, against whom, and what it is called."""
    said = decided.passed(verdict(1.1))
    assert said.startswith("**gate**: passed by ")
    assert "against version 3, which production serves, called " in said
    assert "\n" not in said


def test_a_yes_against_nobody_says_so() -> None:
    """The base rate is all there is before the first release."""
    assert "against the base rate alone, called first" in decided.passed(verdict(1, None))


def test_an_override_is_told() -> None:
    """In the line, and beside its rule."""
    found = verdict(0.5)
    gate.override(found, [one["rule"] for one in gate.refusing(found)], "why", "somebody", "now")
    assert "; overridden: champion" in decided.passed(found)


def test_a_no_says_who_and_why() -> None:
    """The candidate in the title, the rules below it."""
    said = refused(verdict(0.5))
    assert said.startswith("## The gate refuses `flights-train-1`\n")
    assert "stop it (champion" in said
    assert "against version 3, which production serves, called worse" in said


def test_a_no_has_every_number() -> None:
    """Metrics of both and of the base rate, and each rule with its interval."""
    found = verdict(0.5)
    said = refused(found)
    log_loss = found["comparison"]["log_loss"]
    assert f"| log loss | {log_loss['candidate']:.4f} | {log_loss['champion']:.4f} |" in said
    assert said.count("| **STOP** |") == len(gate.refusing(found))


def test_a_no_says_what_to_do() -> None:
    """Of each rule, in words that are no markup."""
    found = verdict(0.5)
    (champion,) = [one for one in gate.refusing(found) if one["rule"] == "champion"]
    assert f"- champion: {champion['next']}" in refused({**found, "rules": [{**champion}]}).replace("\\", "")


def test_a_no_that_a_person_can_weigh_says_how() -> None:
    """On the record."""
    assert "`pipeline gate --override champion" in refused(verdict(0.5))


def test_a_no_that_nobody_can_weigh_offers_nothing() -> None:
    """Without these rules the numbers mean nothing."""
    other = evaluation() | {"rows": 3000}
    found = {**verdict(1), **gate.verdict(BOUNDS, other, evaluation())}
    assert {one["rule"] for one in gate.refusing(found)} & set(rules.STRUCTURAL)
    assert "--override" not in refused(found)
