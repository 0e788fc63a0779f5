"""Metrics that are embedded in log events, which CloudWatch Logs takes out of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html; a
PutLogEvents request needs no header for it (CloudWatch_Embedded_Metric_Format_Generation_PutLogEvents). Not in the
specification, but written by AWS's own OpenTelemetry exporter: a value that is an object of Values and Counts. What
breaks the specification is counted in `EMFValidationErrors` of the log group (AmazonCloudWatch/latest/logs/
CloudWatch-Logs-Monitoring-CloudWatch-Metrics) and yields no metric; that it yields none at all is a guess.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox import metrics
from sandbox.world import ApiError, World

MOST_VALUES = 100  # of one metric
MOST_DIMENSIONS = 30  # of one set


def extract(world: World, request: dict[str, Any]) -> None:
    """Put the metrics of the events of a PutLogEvents request."""
    for event in request["logEvents"]:
        document = _document(event["message"])
        if document is None:
            continue
        try:
            for data in list(requests(document)):
                metrics.put_metric_data(world, data)
        except (ApiError, KeyError, TypeError, ValueError, AttributeError):
            group = [{"Name": "LogGroupName", "Value": request["logGroupName"]}]
            errors = world.metrics.series(metrics.key("AWS/Logs", "EMFValidationErrors", group), "Count")
            world.metrics.record(errors, 1.0, 60)


def _document(message: str) -> dict[str, Any] | None:
    if '"_aws"' not in message:
        return None
    try:
        document = json.loads(message)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "_aws" in document else None


def requests(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The PutMetricData requests that a document stands for.

    Raises KeyError, TypeError, ValueError or AttributeError where it breaks the specification.
    """
    at = datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        data = [
            {
                "MetricName": metric["Name"],
                "Dimensions": [{"Name": name, "Value": _text(document[name])} for name in _set(names)],
                "Timestamp": at,
                "Unit": metric.get("Unit", "None"),
                "StorageResolution": metric.get("StorageResolution", 60),
                **_values(document[metric["Name"]]),
            }
            for names in directive["Dimensions"]
            for metric in directive["Metrics"]
        ]
        yield {"Namespace": _text(directive["Namespace"]), "MetricData": data}


def _values(target: Any) -> dict[str, list[float]]:
    if isinstance(target, dict):
        values, counts = target["Values"], [_number(each) for each in target["Counts"]]
    else:
        values = target if isinstance(target, list) else [target]
        counts = [1.0] * len(values)
    if not 0 < len(values) <= MOST_VALUES:
        raise ValueError(f"{len(values)} values")
    return {"Values": [_number(each) for each in values], "Counts": counts}


def _set(names: Any) -> list[str]:
    if not isinstance(names, list) or len(names) > MOST_DIMENSIONS:
        raise ValueError("no set of dimensions")
    return names


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 1024:
        raise ValueError("no text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    return float(value)


AFTER: dict[str, Callable[[World, dict[str, Any]], None]] = {"logs.PutLogEvents": extract}
