"""A card as the JSON that SageMaker takes for a model package. Pure.

Members and bounds are those of "Model package model card schema",
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html; the content as a whole has at
most LONGEST characters (API shape ModelCardContent).
"""

import json
import math
from typing import Any

from model.metrics import METRICS
from pipeline.card import owner
from pipeline.card.facts import Facts, Part
from pipeline.command import Document
from pipeline.intervals import Interval

LONGEST = 100_000
NAME, WORD, TEXT, DETAIL = 255, 63, 1024, 1024
SEGMENTS = 40  # the largest, so that the whole stays within its bound
FEATURES = 30
PARAMETERS = 100


def text(facts: Facts, places: Document) -> str:
    """The content; `places` has the URIs card, record, data and evaluation, the ARN of the job, and by."""
    return json.dumps(content(facts, places), separators=(",", ":"), allow_nan=False)


def content(facts: Facts, places: Document) -> Document:
    """The members; what the schema has no word for goes into custom_details."""
    written = facts.owner
    return {
        "model_overview": {
            "model_creator": _cut(places["by"], TEXT),
            "model_artifact": [facts.run["model_data"]],
        },
        "intended_uses": {
            "purpose_of_model": written["Purpose"],
            "intended_uses": _cut(
                f"{written['Intended use']} Not: {written['Not intended for']}", owner.LONGEST
            ),
            "factors_affecting_model_efficiency": written["Factors"],
            "risk_rating": owner.rating(written["Risk"]),
            "explanations_for_risk_rating": written["Risk"],
        },
        "business_details": {"business_problem": _cut(facts.description, owner.LONGEST)},
        "training_details": _training(facts, places),
        "evaluation_details": [_evaluation(facts, places)],
        "additional_information": {
            "ethical_considerations": written["Ethical considerations"],
            "caveats_and_recommendations": written["Limits"],
            "custom_details": _details(facts, places),
        },
    }


def _training(facts: Facts, places: Document) -> Document:
    run, summary = facts.run, facts.training
    window = f"{summary['window']['from']} to {summary['window']['to']}"
    parameters = list((run["hyperparameters"] or {}).items())[:PARAMETERS]
    return {
        "training_observations": f"{summary['rows']} rows, {window}; mean label {summary['label_rate']:.6g}",
        "training_job_details": {
            "training_arn": places["job"],
            "training_datasets": [places["data"]],
            "training_environment": {"container_image": [run["image"]]},
            "hyper_parameters": [
                {"name": _cut(name, NAME), "value": _cut(str(held), NAME) or "-"} for name, held in parameters
            ],
        },
    }


def _evaluation(facts: Facts, places: Document) -> Document:
    window = facts.evaluation["window"]
    largest = sorted(facts.judged, key=lambda part: -part.rows)[:SEGMENTS]
    groups = [
        {"name": "all rows", "metric_data": _metrics(facts.numbers, list(facts.numbers))},
        *(_segment(part, facts.watched) for part in largest),
        *_graphs(facts),
    ]
    return {
        "name": "frozen rows",
        "evaluation_observation": f"{facts.evaluation['rows']} rows, {window['from']} to {window['to']}",
        "datasets": [places["data"]],
        "metadata": {"evaluation": places["evaluation"]},
        "metric_groups": [group for group in groups if group["metric_data"]],
    }


def _segment(part: Part, names: list[str]) -> Document:
    return {"name": _cut(part.name, WORD), "metric_data": _metrics(part.numbers, names)}


def _metrics(numbers: dict[str, Interval], names: list[str]) -> list[Document]:
    """A metric each; one without a value is left out, as JSON has no NaN."""
    return [
        {
            "name": METRICS[name].title,
            "type": "number",
            "value": numbers[name].value,
            "notes": _interval(numbers[name]),
        }
        for name in names
        if math.isfinite(numbers[name].value)
    ]


def _interval(number: Interval) -> str:
    if number.pair is None:
        return "interval unknown"
    return f"95 % interval {number.low:.6g} to {number.high:.6g}"


def _graphs(facts: Facts) -> list[Document]:
    [name, *_] = facts.curves
    points = [[one["predicted"], one["observed"]] for one in facts.curves[name]]
    axes = {"x_axis_name": "predicted", "y_axis_name": "observed"}
    curve: dict[str, Any] = {"name": "calibration", "type": "linear_graph", "value": points, **axes}
    top = facts.contributions[:FEATURES]
    bars: dict[str, Any] = {
        "name": "features",
        "type": "bar_chart",
        "value": [number for _, number in top],
        "x_axis_name": [_cut(feature, WORD) for feature, _ in top],
        "y_axis_name": "mean absolute contribution",
    }
    return [
        {"name": "calibration", "metric_data": [curve] if points else []},
        {"name": "features", "metric_data": [bars] if top else []},
    ]


def _details(facts: Facts, places: Document) -> Document:
    verdict, run = facts.verdict, facts.run
    details = {
        "card": places["card"],
        "record": places["record"],
        "commit": run["commit"],
        "manifest": run["manifest"],
        "model_sha256": run["model_sha256"],
        "gate": f"{'passed' if verdict['passed'] else 'refused'}, called {verdict.get('called')}",
        **{f"override of {one['rule']}": f"by {one['by']}: {one['reason']}" for one in facts.overrides},
        **{head: body for head, body in facts.owner.items() if head not in owner.SECTIONS},
    }
    return {name: _cut(str(held), DETAIL) for name, held in details.items()}


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
