"""Whether a model package's card is one that AWS takes: which members it may have, and how long each may be.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html, "Model package model card schema". A
number is a text of at most so many characters, a set one of its words, a list any number of what it holds, a
dictionary an object of at most these members, and `ANY` as a member one of any name.
"""

import json
from typing import Any

ANY = "*"
NUMBER = float
_LINE, _WORD, _TEXT, _NAME = 1024, 63, 2048, 255
_NUMBERS = [{"name": _NAME, "notes": _LINE, "value": NUMBER}]
_PAIRS = [{"name": _NAME, "value": _NAME}]
_METRIC = {
    "name": _NAME,
    "notes": _LINE,
    "type": {"number", "string", "boolean", "linear_graph", "bar_chart", "matrix"},
    "value": None,  # whatever fits its type
    "x_axis_name": None,
    "y_axis_name": None,
}
SCHEMA: dict[str, Any] = {
    "model_overview": {"model_creator": _LINE, "model_artifact": [_LINE]},
    "intended_uses": {
        "purpose_of_model": _TEXT,
        "intended_uses": _TEXT,
        "factors_affecting_model_efficiency": _TEXT,
        "risk_rating": {"High", "Medium", "Low", "Unknown"},
        "explanations_for_risk_rating": _TEXT,
    },
    "business_details": {"business_problem": _TEXT, "business_stakeholders": _TEXT, "line_of_business": _TEXT},
    "training_details": {
        "objective_function": None,
        "training_observations": _LINE,
        "training_job_details": {
            "training_arn": _LINE,
            "training_datasets": [_LINE],
            "training_environment": {"container_image": [_LINE]},
            "training_metrics": _NUMBERS,
            "user_provided_training_metrics": _NUMBERS,
            "hyper_parameters": _PAIRS,
            "user_provided_hyper_parameters": _PAIRS,
        },
    },
    "evaluation_details": [
        {
            "name": _WORD,
            "evaluation_observation": 2096,
            "evaluation_job_arn": 256,
            "datasets": [_LINE],
            "metadata": {ANY: _LINE},
            "metric_groups": [{"name": _WORD, "metric_data": [_METRIC]}],
        }
    ],
    "additional_information": {
        "ethical_considerations": _TEXT,
        "caveats_and_recommendations": _TEXT,
        "custom_details": {ANY: _LINE},
    },
}


def fault(content: str) -> str | None:
    """What AWS would find wrong with the content of a card; None when nothing is."""
    try:
        return _fault(json.loads(content), SCHEMA, "$")
    except ValueError:
        return "$: it is no JSON"


def _fault(given: Any, rule: Any, at: str) -> str | None:
    """The first fault below `at`."""
    if rule is None:
        return None
    if isinstance(rule, dict):
        return _object(given, rule, at)
    if isinstance(rule, list):
        faults = (_fault(one, rule[0], f"{at}[{index}]") for index, one in enumerate(given))
        return next(filter(None, faults), None) if isinstance(given, list) else f"{at}: array expected"
    if isinstance(rule, set):
        return None if given in rule else f"{at}: does not have a value in the enumeration {sorted(rule)}"
    if rule is NUMBER:
        number = isinstance(given, int | float) and not isinstance(given, bool)
        return None if number else f"{at}: number expected"
    if not isinstance(given, str):
        return f"{at}: string expected"
    return None if len(given) <= rule else f"{at}: must be at most {rule} characters long"


def _object(given: Any, rule: dict[str, Any], at: str) -> str | None:
    if not isinstance(given, dict):
        return f"{at}: object expected"
    for name, value in given.items():
        if name not in rule and ANY not in rule:
            return f"{at}.{name}: is not defined in the schema"
        if wrong := _fault(value, rule.get(name, rule.get(ANY)), f"{at}.{name}"):
            return wrong
    return None
