"""What the trained model promises: its inputs, its output, and rows to try it with."""

from typing import Any

import polars as pl

from model import features
from model.contract import LABEL, Flight, in_time, known
from model.dataset import window

MEANING = "probability of leaving 15 minutes late or more, or of being cancelled"


def vocabulary(training: pl.DataFrame) -> dict[str, list[str]]:
    """The values of each category in the training rows, sorted."""
    return {name: sorted(training[name].unique().to_list()) for name in features.CATEGORIES}


def describe(training: pl.DataFrame, **summary: Any) -> dict[str, Any]:
    """The document beside model.onnx, signature.json; `summary` goes into its training summary."""
    return {
        "columns": columns(training),
        "output": {"name": LABEL, "meaning": MEANING, "min": 0, "max": 1},
        "training": {
            "rows": training.height,
            "window": window(training),
            "label_rate": float(training[LABEL].to_numpy().mean()),
            **summary,
        },
        "examples": examples(training),
    }


def columns(training: pl.DataFrame) -> list[dict[str, Any]]:
    """Each input in the order of the matrix, with the moment at which its value is known."""
    categories = vocabulary(training)
    rules = Flight.columns()
    entries = []
    for name in features.COLUMNS:
        kind = {"type": "category", "values": categories[name]} if name in categories else {"type": "number"}
        timely = {"known": known(name), "in_time": in_time(name)}
        entries.append({"name": name, **kind, "nullable": rules[name].nullable, **timely})
    return entries


def examples(training: pl.DataFrame) -> dict[str, Any]:
    """Rows that must be answered with a number, and rows that must be refused with the column's name."""
    inputs = training.select(features.COLUMNS)
    complete = inputs.drop_nulls().row(0, named=True)
    sparse = inputs.filter(pl.any_horizontal(pl.all().is_null())).row(0, named=True)
    number, category = features.NUMBERS[0], features.CATEGORIES[0]
    return {
        "good": [complete, sparse],
        "bad": [
            {"row": {name: value for name, value in complete.items() if name != category}, "names": category},
            {"row": complete | {number: "far"}, "names": number},
            {"row": complete | {category: 7}, "names": category},
        ],
    }
