"""The application, made in the worker process, and the counts that it shares with its parent."""

import json
from pathlib import Path
from typing import Any

STATUSES = (200, 400, 413, 415, 500)  # every status that an invocation can be answered with


def load(counts: Any, model_id: str, folder: Path) -> Any:
    """The WSGI application that serves the model in `folder`; `counts` is a shared array, one per status."""
    from model.scoring import Model  # here, so that only the worker holds ONNX Runtime in memory
    from serving.service import Service

    def count(status: int) -> None:
        with counts.get_lock():
            counts[STATUSES.index(status)] += 1

    return Service(Model(folder), model_id, count)


def report(counts: Any, model_id: str) -> None:
    """The last line of the log: how many invocations were answered with which status."""
    answered = {str(status): count for status, count in zip(STATUSES, counts, strict=True)}
    print(json.dumps({"event": "served", "model": model_id, "counts": answered}), flush=True)
