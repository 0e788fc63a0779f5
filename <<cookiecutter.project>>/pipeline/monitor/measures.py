"""A verdict as CloudWatch's metrics: what alarms sound on, and what graphs show.

What nobody can tell is not published: an alarm that sounded goes on until somebody can tell. Only the sight
is told each time, because its alarm also sounds when no verdict comes.
"""

from typing import Any

from model.metrics import METRICS
from pipeline import aws, names
from pipeline.monitor import verdict, worth
from pipeline.monitor.document import Document
from pipeline.monitor.finding import BROKEN, SIGHT, UNKNOWN
from pipeline.monitor.moment import Moment
from pipeline.monitor.view import View
from pipeline.sections import Monitor


def values(found: Document, rules: Monitor, moment: Moment) -> dict[str, float]:
    """What graphs show, by the metric's name. Pure."""
    told: dict[str, float | None] = {
        names.measure(name): value
        for name, value in worth.numbers(found, rules, moment).items()
        if METRICS[name].better
    }
    told |= {
        f"{names.EXPECTED}{names.measure(name)}": (found["expected"] or {}).get(name)
        for name in rules.worsening
    }
    told[names.LABEL_SHARE] = worth.share(found, rules, moment)
    told[names.ASKED] = found["requests"]
    told[names.DRIFTED] = verdict.drifts(found, rules)
    return {name: float(value) for name, value in told.items() if value is not None}


def request(view: View) -> dict[str, Any]:
    """The PutMetricData request. Pure."""
    own = {"Name": "EndpointName", "Value": view.endpoint}
    broken = [
        {
            "MetricName": names.BROKEN,
            "Dimensions": [own, {"Name": "Promise", "Value": promise}],
            "Value": float(state == BROKEN),
        }
        for promise, state in view.states.items()
        if state != UNKNOWN or promise == SIGHT
    ]
    shown = [{"MetricName": name, "Dimensions": [own], "Value": value} for name, value in view.values.items()]
    namespace = names.metrics(names.project(), view.environment)
    return {"Namespace": namespace, "MetricData": [*broken, *shown]}


def publish(view: View) -> None:
    """Tell CloudWatch. Raises ClientError."""
    aws.client("cloudwatch").put_metric_data(**request(view))
