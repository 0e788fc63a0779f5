"""Some of the evaluation rows as requests, for a model that no traffic has reached yet."""

import json
from typing import Any

import polars as pl
from numpy.typing import NDArray

MOST = 2000


def requests(inputs: pl.DataFrame, scores: NDArray[Any], name: str, most: int = MOST) -> list[str]:
    """At most so many rows, spread over all of `inputs`, each as SageMaker would capture it: one JSON line.

    `scores` [n] are what the model answers; `name` is the data's, for the requests' ids. Without labels.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """
    step = -(-inputs.height // most)
    rows, answers = inputs.fill_nan(None).gather_every(step).to_dicts(), scores[::step].tolist()
    return [
        _line(row, answer, f"{name[:12]}-{number * step}")
        for number, (row, answer) in enumerate(zip(rows, answers, strict=True))
    ]


def _line(row: dict[str, Any], answer: float, event: str) -> str:
    data = {
        "endpointInput": _part("INPUT", {"instances": [row]}),
        "endpointOutput": _part("OUTPUT", {"predictions": [answer]}),
    }
    return json.dumps({"captureData": data, "eventMetadata": {"eventId": event}, "eventVersion": "0"})


def _part(mode: str, body: dict[str, Any]) -> dict[str, str]:
    return {
        "observedContentType": "application/json",
        "mode": mode,
        "data": json.dumps(body, allow_nan=False),
        "encoding": "JSON",
    }
