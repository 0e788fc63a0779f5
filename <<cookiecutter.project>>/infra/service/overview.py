"""The dashboard, for somebody who was woken: what is broken, how much is left, and then why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import widgets
from widgets import Series, Widget

from infra import claim
from infra.ground import Ground
from pipeline import names, policy

SERVED, MACHINE = "AWS/SageMaker", "/aws/sagemaker/Endpoints"  # namespaces


@dataclass(frozen=True, kw_only=True)
class OverviewArgs:
    """Arguments of Overview. `cores` are those of one instance."""

    ground: Ground
    slo: policy.Slo
    cores: int
    alarm_arns: Sequence[pulumi.Input[str]]


class Overview(pulumi.ComponentResource):
    """The environment's dashboard."""

    name: pulumi.Output[str]

    def __init__(self, name: str, args: OverviewArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Overview", name, None, opts)
        dashboard = aws.cloudwatch.Dashboard(
            "dashboard",
            dashboard_name=names.dashboard(args.ground.project, args.ground.part),
            dashboard_body=pulumi.Output.all(*args.alarm_arns).apply(
                lambda arns: json.dumps(body(args.ground, args.slo, args.cores, arns))
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = dashboard.dashboard_name
        self.register_outputs({"name": self.name})


def body(ground: Ground, slo: policy.Slo, cores: int, alarm_arns: Sequence[str]) -> dict[str, Any]:
    """The dashboard's widgets, row by row.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    endpoint = names.endpoint(ground.project, ground.part)
    rows = (
        (3, [(24, widgets.alarms("Promises: a red one is broken", alarm_arns))]),
        (5, [(5, left(slo)), (12, burning(slo)), (7, widgets.text(advice(ground.project, ground.part)))]),
        (6, [(12, traffic(endpoint)), (12, failures())]),
        (6, [(12, latency(slo)), (12, saturation(slo, cores))]),
    )
    dimensions = {"EndpointName": endpoint, "VariantName": names.VARIANT}
    return {"widgets": widgets.placed(rows, ground.project.region, dimensions)}


def left(slo: policy.Slo) -> Widget:
    """How much of the error budget of the whole window is left."""
    title = f"Budget left, {slo.window_days} days (%)"
    expression = f"100 * (1 - failed / (requests * {1 - slo.availability:.6g}))"
    number = widgets.graph(title, [*_requests(), Series("left", expression=expression)])
    return widgets.single(number, slo.window_days)


def burning(slo: policy.Slo) -> Widget:
    """How many times too fast the error budget burns, in the short windows of both alarms."""
    series: list[Series] = []
    for burn in slo.burns():
        minutes = burn.short_seconds // 60
        budget = f"{1 - slo.availability:.6g}"
        series += _requests(burn.short_seconds, f"_{burn.name}")
        label = f"{minutes} minutes"
        expression = f"failed_{burn.name} / requests_{burn.name} / {budget}"
        series.append(Series(burn.name, label=label, expression=expression))
    limits = {f"{burn.name} alarm, over {burn.long_seconds // 3600} h": burn.rate for burn in slo.burns()}
    return widgets.graph("Burn rate of the error budget (times)", series, limits)


def traffic(endpoint: str) -> Widget:
    """Requests by endpoint configuration: each release has one of its own, so its beginning marks it."""
    dimensions = "{AWS/SageMaker,EndpointConfigName,EndpointName,VariantName}"
    search = f"""SEARCH('{dimensions} MetricName="Invocations" EndpointName="{endpoint}"', 'Sum', 60)"""
    return widgets.graph("Requests a minute: a release is a new line", [Series("all", expression=search)])


def failures() -> Widget:
    """Failed requests: the model's fault and the callers'."""
    return widgets.graph(
        "Failed requests a minute",
        [
            Series("ours", "5xx: ours", (SERVED, "Invocation5XXErrors", "Sum")),
            Series("theirs", "4xx: the callers'", (SERVED, "Invocation4XXErrors", "Sum")),
        ],
    )


def latency(slo: policy.Slo) -> Widget:
    """The model's own time, which is promised, and what SageMaker adds to it."""
    measured = (
        ("p50", "model p50", "ModelLatency", "p50"),
        ("p95", "model p95", "ModelLatency", "p95"),
        ("added", "added by SageMaker p95", "OverheadLatency", "p95"),
    )
    series: list[Series] = []
    for id_, label, metric, statistic in measured:  # published in microseconds
        series += [
            Series(f"{id_}_us", "", (SERVED, metric, statistic), hidden=True),
            Series(id_, label=label, expression=f"{id_}_us / 1000"),
        ]
    limits = {"p50 promised": slo.latency_p50_ms, "p95 promised": slo.latency_p95_ms}
    return widgets.graph("Latency (ms)", series, limits)


def saturation(slo: policy.Slo, cores: int) -> Widget:
    """How full the instances are, of all their cores and of their memory."""
    series = [
        Series("cores", "", (MACHINE, "CPUUtilization", "Average"), hidden=True),
        Series("cpu", label="CPU", expression=f"cores / {cores}"),
        Series("memory", "memory", (MACHINE, "MemoryUtilization", "Average")),
    ]
    limits = {"CPU alarm": slo.cpu_percent, "memory alarm": slo.memory_percent}
    if slo.cpu_percent == slo.memory_percent:  # one line, as its labels would cover each other
        limits = {"alarm": slo.cpu_percent}
    return widgets.graph("Instances in use (%)", series, limits, full=100)


def advice(project: names.Project, environment: str) -> str:
    """What to do, in Markdown."""
    runbook = f"https://github.com/{claim.repository(project)}/blob/main/docs/runbook.md"
    return "\n".join(
        (
            f"### {project.name} in {environment}",
            f"[What each alarm means]({runbook}#an-alarm-fired) · [Runbook]({runbook})",
            "",
            f"**Bad since a release?** `pipeline rollback {environment}`",
            "",
            f"**What was released when?** `pipeline status {environment}`",
        )
    )


def _requests(seconds: int | None = None, suffix: str = "") -> list[Series]:
    """The requests and the failed ones of `seconds`, or of the graph's period, to calculate with."""
    metrics = {"requests": "Invocations", "failed": "Invocation5XXErrors"}
    return [
        Series(f"{id_}{suffix}", "", (SERVED, metric, "Sum"), seconds=seconds, hidden=True)
        for id_, metric in metrics.items()
    ]
