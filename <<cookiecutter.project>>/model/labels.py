"""Labels that came after the answer, each by the id of its request, in AWS's form of ground truth.

A line is {"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "<id>"},
"eventVersion": "0"}: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html.
A request of n rows has n values, divided by commas, in the order of its rows.
"""

import json
import math
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

MALFORMED, CONFLICTING, UNMATCHED = "malformed_labels", "conflicting", "unmatched"


@dataclass
class Labels:
    """One number for each row of a request, by its id; of `conflicting` requests nobody can tell which.

    `skipped` counts lines that are no label, requests with conflicting ones, and requests nobody asked for.
    """

    of: dict[str, tuple[float, ...]] = field(default_factory=dict)
    conflicting: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)


def read(folder: Path, wanted: Container[str] | None = None) -> Labels:
    """The labels in the files below `folder`, of the `wanted` requests alone where these are named.

    A label that came twice counts once. The order of files and lines makes no difference.
    """
    found, others = Labels(), set[str]()
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                if line.strip():
                    _take(found, others, line, wanted)
    for request in found.conflicting:
        del found.of[request]
    found.skipped.update({CONFLICTING: len(found.conflicting), UNMATCHED: len(others)})
    return found


def _take(found: Labels, others: set[str], line: bytes, wanted: Container[str] | None) -> None:
    try:
        request, values = parse(line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.skipped[MALFORMED] += 1
        return
    if wanted is not None and request not in wanted:
        others.add(request)
    elif found.of.setdefault(request, values) != values:
        found.conflicting.add(request)


def parse(line: bytes) -> tuple[str, tuple[float, ...]]:
    """The request's id and its labels in a line. Raises ValueError and others on what is no such line."""
    record = json.loads(line)
    truth, request = record["groundTruthData"], record["eventMetadata"]["eventId"]
    values = tuple(float(one) for one in truth["data"].split(","))
    if truth["encoding"] != "CSV" or not isinstance(request, str) or not request:
        raise ValueError("no label")
    if not all(math.isfinite(one) for one in values):
        raise ValueError("no number")
    return request, values
