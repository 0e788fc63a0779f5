"""The probe's questions, its page, and what it says of a deployment and its cost."""

from typing import Any

import pytest

from pipeline import guardrails
from pipeline.guardrails.experiments import stage_of
from pipeline.guardrails.questions import QUESTIONS

from .conftest import REPOSITORY


def test_the_page_is_the_list() -> None:
    """A reader of docs/guardrails.md sees every question with its assumption, and no other."""
    page = (REPOSITORY / "docs/guardrails.md").read_text().partition("## Not documented")[2]
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    assert rows == [f"| {one.asks} | {one.assumed} |" for one in QUESTIONS]


def test_a_question_has_a_key_of_its_own() -> None:
    """Its answer is found by it."""
    assert len({one.key for one in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize(
    ("kind", "expected"), [("ml.m5.large", "US$ 0.23"), ("ml.unknown.large", "an unknown sum")]
)
def test_the_cost(kind: str, expected: str) -> None:
    """By the policy's prices; a type without one is not made up."""
    assert guardrails.cost(kind, 2, {"ml.m5.large": 0.115}) == expected


def test_a_stage_is_what_the_new_fleet_shows() -> None:
    """Of its variant; nothing when no update is under way."""
    variant: dict[str, Any] = {
        "VariantStatus": [{"Status": "Baking", "StatusMessage": "Baking for 600 seconds"}],
        "CurrentInstanceCount": 1,
        "DesiredInstanceCount": 2,
        "CurrentWeight": 1.0,
    }
    found = stage_of({"PendingDeploymentSummary": {"ProductionVariants": [variant]}})
    assert found is not None
    assert (found["status"], found["current"], found["desired"], found["weight"]) == ("Baking", 1, 2, 1.0)
    assert stage_of({"EndpointStatus": "InService"}) is None


def test_the_last_line_says_what_is_open_and_what_it_cost() -> None:
    """A probe that was interrupted has answered something, too."""
    document = {
        "answers": {"share": {"answer": "0.5", "value": 0.5}},
        "instance_hours": 1.5,
        "instance_type": "ml.m5.large",
        "cost": "US$ 0.17",
        "error": "interrupted; everything is removed",
    }
    settled = f"1 of {len(QUESTIONS)} settled; 1.5 instance hours of ml.m5.large: US$ 0.17"
    assert guardrails.summary(document) == f"{settled}; interrupted; everything is removed"
    assert guardrails.table(document).row_count == len(QUESTIONS)
