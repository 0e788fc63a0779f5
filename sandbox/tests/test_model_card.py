"""sandbox.model_card."""

import json
from typing import Any

import pytest

from sandbox.model_card import fault

CARD: dict[str, Any] = {
    "model_overview": {"model_creator": "ann", "model_artifact": ["s3://b/m"]},
    "intended_uses": {"purpose_of_model": "a toy", "risk_rating": "Low"},
    "training_details": {"training_job_details": {"hyper_parameters": [{"name": "depth", "value": "6"}]}},
    "evaluation_details": [
        {
            "name": "rows",
            "metric_groups": [{"name": "all", "metric_data": [{"name": "loss", "type": "number", "value": 0.5}]}],
        }
    ],
    "additional_information": {"custom_details": {"commit": "abc"}},
}


def test_a_card_of_the_schemas_members_is_taken() -> None:
    """Every section may be missing."""
    assert fault(json.dumps(CARD)) is None
    assert fault("{}") is None


@pytest.mark.parametrize(
    ("section", "value", "sentence"),
    [
        ("model_overview", {"model_name": "x"}, "$.model_overview.model_name: is not defined in the schema"),
        ("model_package_details", {}, "$.model_package_details: is not defined in the schema"),
        ("intended_uses", {"risk_rating": "Tiny"}, "$.intended_uses.risk_rating: does not have a value in"),
        ("intended_uses", {"purpose_of_model": "x" * 2049}, "must be at most 2048 characters long"),
        ("intended_uses", {"purpose_of_model": 5}, "$.intended_uses.purpose_of_model: string expected"),
        ("intended_uses", [], "$.intended_uses: object expected"),
        ("evaluation_details", {}, "$.evaluation_details: array expected"),
        ("evaluation_details", [{"name": "x" * 64}], "$.evaluation_details[0].name: must be at most 63"),
        ("additional_information", {"custom_details": {"a": "x" * 1025}}, "custom_details.a: must be at most 1024"),
        (
            "training_details",
            {"training_job_details": {"training_metrics": [{"name": "a", "value": "low"}]}},
            "training_metrics[0].value: number expected",
        ),
    ],
)
def test_what_aws_would_refuse_is_named(section: str, value: Any, sentence: str) -> None:
    """Where it is, and what is wrong with it."""
    assert sentence in str(fault(json.dumps(CARD | {section: value})))


def test_what_is_no_json_is_refused() -> None:
    """AWS takes the content as a string."""
    assert fault("# A card") == "$: it is no JSON"
