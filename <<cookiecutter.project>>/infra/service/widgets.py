"""A dashboard's widgets as CloudWatch writes them: alarms, text, graphs of this environment's metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Widget = dict[str, Any]
MINUTE = 60  # seconds


@dataclass(frozen=True)
class Series:
    """A line: a metric as (namespace, name, statistic), or an expression over others by their ids.

    Without `seconds` its period is the graph's.
    """

    id: str
    label: str = ""
    metric: tuple[str, str, str] | None = None
    expression: str = ""
    seconds: int | None = None
    hidden: bool = False


def alarms(title: str, arns: Sequence[str]) -> Widget:
    """The state of alarms."""
    return {"type": "alarm", "properties": {"title": title, "alarms": list(arns)}}


def text(markdown: str) -> Widget:
    """Words."""
    return {"type": "text", "properties": {"markdown": markdown, "background": "transparent"}}


def graph(
    title: str, series: Sequence[Series], limits: Mapping[str, float] | None = None, full: float | None = None
) -> Widget:
    """A graph from zero up, with its limits as lines."""
    properties: dict[str, Any] = {
        "title": title,
        "period": MINUTE,
        "series": list(series),
        "yAxis": {"left": {"min": 0, **({"max": full} if full else {}), "showUnits": False}},
    }
    if limits:
        lines = [{"label": label, "value": value} for label, value in limits.items()]
        properties["annotations"] = {"horizontal": lines}
    return {"type": "metric", "properties": properties}


def number(widget: Widget) -> Widget:
    """`widget` as the newest number."""
    properties = {key: value for key, value in widget["properties"].items() if key != "yAxis"}
    return {**widget, "properties": {**properties, "view": "singleValue"}}


def single(widget: Widget, days: int) -> Widget:
    """`widget` as one number over the last `days`, whatever time the dashboard shows."""
    shown = {"view": "singleValue", "start": f"-P{days}D", "end": "P0D", "setPeriodToTimeRange": True}
    properties = {key: value for key, value in widget["properties"].items() if key not in ("period", "yAxis")}
    return {**widget, "properties": properties | shown}


def placed(
    rows: Sequence[tuple[int, Sequence[tuple[int, Widget]]]], region: str, dimensions: Mapping[str, str]
) -> list[Widget]:
    """The widgets of `rows`, each (height, [(width, widget)]) on 24 columns; metrics get `dimensions`."""
    made, y = [], 0
    for height, row in rows:
        x = 0
        for width, widget in row:
            place = {"x": x, "y": y, "width": width, "height": height}
            made.append({**widget, **place, "properties": _lines(widget["properties"], region, dimensions)})
            x += width
        y += height
    return made


def _lines(properties: dict[str, Any], region: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    """A metric widget's series in CloudWatch's form; other widgets stay as they are."""
    if "series" not in properties:
        return properties
    own = [part for pair in dimensions.items() for part in pair]
    rest = {key: value for key, value in properties.items() if key != "series"}
    return {**rest, "region": region, "metrics": [_line(series, own) for series in properties["series"]]}


def _line(series: Series, dimensions: list[str]) -> list[Any]:
    """One entry of `metrics`."""
    shown: dict[str, Any] = {"id": series.id}
    if series.label:
        shown["label"] = series.label
    if series.hidden:
        shown["visible"] = False
    if series.metric is None:
        return [{**shown, "expression": series.expression}]
    namespace, name, statistic = series.metric
    if series.seconds:
        shown["period"] = series.seconds
    return [namespace, name, *dimensions, {**shown, "stat": statistic}]
