"""The application, made in the worker process, and the counts that it shares with its parent."""

import json
from pathlib import Path
from typing import Any

from serving.scores import Scores

STATUSES = (200, 400, 413, 415, 500)  # every status that an invocation can be answered with


def load(counts: Any, scores: Scores | None, model_id: str, folder: Path) -> Any:
    """The WSGI application that serves the model in `folder`; `counts` is a shared array, one per status."""
    from model.scoring import Model  # here, so that only the worker holds ONNX Runtime in memory
    from serving.service import Service

    def count(status: int) -> None:
        with counts.get_lock():
            counts[STATUSES.index(status)] += 1

    model = Model(folder)
    if scores:
        scores.begin(model.low, model.high)
    return Service(model, model_id, count, scores.add if scores else None)


def report(counts: Any, scores: Scores | None, model_id: str) -> None:
    """What is left of the scores, and the last line of the log: how many invocations had which status."""
    if scores:
        scores.end()
    answered = {str(status): count for status, count in zip(STATUSES, counts, strict=True)}
    print(json.dumps({"event": "served", "model": model_id, "counts": answered}), flush=True)
