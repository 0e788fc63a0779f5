"""The dashboard: is the promise kept, how much traffic, how busy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from pipeline import names, policy


@dataclass(frozen=True, kw_only=True)
class OverviewArgs:
    """Arguments of Overview."""

    project: names.Project
    environment: str
    slo: policy.Slo
    alarm_arns: Sequence[pulumi.Input[str]]
    tags: Mapping[str, str]


class Overview(pulumi.ComponentResource):
    """The environment's dashboard."""

    def __init__(self, name: str, args: OverviewArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Overview", name, None, opts)
        named = names.endpoint(args.project, args.environment)
        dashboard = aws.cloudwatch.Dashboard(
            "dashboard",
            dashboard_name=names.dashboard(args.project, args.environment),
            dashboard_body=pulumi.Output.all(*args.alarm_arns).apply(
                lambda arns: json.dumps(body(named, args.project.region, args.slo, arns))
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"dashboard": dashboard.dashboard_name})


def body(endpoint: str, region: str, slo: policy.Slo, alarm_arns: Sequence[str]) -> dict[str, Any]:
    """The dashboard's widgets: the alarms on top, what they are made of below."""
    model = ["EndpointName", endpoint, "VariantName", names.VARIANT]
    served, machine = ("AWS/SageMaker", model), ("/aws/sagemaker/Endpoints", model)
    graphs = [
        ("Requests per minute", served, [("Invocations", "Sum")], None),
        ("Share answered 5xx", served, [("Invocation5XXErrors", "Average")], round(1 - slo.availability, 6)),
        (
            "Latency of the model (µs)",
            served,
            [("ModelLatency", "p50"), ("ModelLatency", "p95")],
            slo.latency_p95_ms * 1000,
        ),
        (
            "CPU and memory (%)",
            machine,
            [("CPUUtilization", "Average"), ("MemoryUtilization", "Average")],
            None,
        ),
    ]
    status = {
        "type": "alarm",
        "x": 0,
        "y": 0,
        "width": 24,
        "height": 2,
        "properties": {"title": "Promises", "alarms": list(alarm_arns)},
    }
    return {
        "widgets": [status]
        + [
            graph(index, region, title, namespace, dimensions, metrics, limit)
            for index, (title, (namespace, dimensions), metrics, limit) in enumerate(graphs)
        ]
    }


def graph(
    index: int,
    region: str,
    title: str,
    namespace: str,
    dimensions: list[str],
    metrics: list[tuple[str, str]],
    limit: float | None,
) -> dict[str, Any]:
    """One graph, two in a row; with its promise as a line."""
    properties: dict[str, Any] = {
        "title": title,
        "region": region,
        "period": 60,
        "metrics": [[namespace, metric, *dimensions, {"stat": statistic}] for metric, statistic in metrics],
    }
    if limit is not None:
        properties["annotations"] = {"horizontal": [{"label": "promise", "value": limit}]}
    column, row = index % 2, index // 2
    return {
        "type": "metric",
        "x": 12 * column,
        "y": 2 + 6 * row,
        "width": 12,
        "height": 6,
        "properties": properties,
    }
