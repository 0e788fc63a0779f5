"""What the trained model promises: its inputs, its output, and rows to try it with."""

from typing import Any

import polars as pl

from model import features, target
from model.columns import in_time, known
from model.contract import LABEL, Row
from model.dataset import window


def vocabulary(training: pl.DataFrame) -> dict[str, list[str]]:
    """The values of each category in the training rows, sorted."""
    return {name: sorted(training[name].unique().to_list()) for name in features.CATEGORIES}


def describe(training: pl.DataFrame, **summary: Any) -> dict[str, Any]:
    """The document beside model.onnx, signature.json; `summary` goes into its training summary."""
    return {
        "columns": columns(training),
        "output": {"name": LABEL, "meaning": target.MEANING, "min": target.LOW, "max": target.HIGH},
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
    rules = Row.columns()
    entries = []
    for name in features.COLUMNS:
        kind = {"type": "category", "values": categories[name]} if name in categories else {"type": "number"}
        timely = {"known": known(name), "in_time": in_time(name)}
        entries.append({"name": name, **kind, "nullable": rules[name].nullable, **timely})
    return entries


def examples(training: pl.DataFrame) -> dict[str, Any]:
    """Rows that must be answered with a number, and rows that must be refused with the column's name.

    Where a column may be null, one of the good rows has a null if training saw one.
    """
    inputs = training.select(features.COLUMNS)
    complete = inputs.drop_nulls().row(0, named=True)
    sparse = inputs.filter(pl.any_horizontal(pl.all().is_null())).head(1).to_dicts()
    last = features.COLUMNS[-1]
    bad = [({name: value for name, value in complete.items() if name != last}, last)]
    bad += [(complete | {name: "far"}, name) for name in features.NUMBERS[:1]]
    bad += [(complete | {name: 7}, name) for name in features.CATEGORIES[:1]]
    return {
        "good": [complete, *sparse],
        "bad": [{"row": row, "names": name} for row, name in bad],
    }
