"""The dashboard, for somebody who was woken: what is broken, how much is left, and then why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import widgets
from widgets import Series, Widget

from infra import claim
from infra.ground import Ground
from infra.policies.documents import guarded
from pipeline import names, sections

HOUR = 3600  # seconds: the monitor looks once
SERVED, MACHINE = "AWS/SageMaker", "/aws/sagemaker/Endpoints"  # namespaces


@dataclass(frozen=True, kw_only=True)
class OverviewArgs:
    """Arguments of Overview. `cores` are those of one instance."""

    ground: Ground
    slo: sections.Slo
    monitor: sections.Monitor
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
                lambda arns: json.dumps(body(args, arns))
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = dashboard.dashboard_name
        self.register_outputs({"name": self.name})


def body(args: OverviewArgs, alarm_arns: Sequence[str]) -> dict[str, Any]:
    """The dashboard's widgets, row by row; those on the model only where it is looked after.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    ground, slo = args.ground, args.slo
    endpoint = names.endpoint(ground.project, ground.part)
    rows = [
        (3 + guarded(ground.part), [(24, widgets.alarms("Promises: a red one is broken", alarm_arns))]),
        (5, [(5, left(slo)), (12, burning(slo)), (7, widgets.text(advice(ground.project, ground.part)))]),
        (6, [(12, traffic(endpoint)), (12, failures())]),
        *[(6, model(ground.project, ground.part, args.monitor))] * guarded(ground.part),
        (6, releasing(ground.project, ground.part)),
        (6, [(12, latency(slo)), (12, saturation(slo, args.cores))]),
    ]
    dimensions = {"EndpointName": endpoint, "VariantName": names.VARIANT}
    return {"widgets": widgets.placed(rows, ground.project.region, dimensions)}


def left(slo: sections.Slo) -> Widget:
    """How much of the error budget of the whole window is left."""
    title = f"Budget left, {slo.window_days} days (%)"
    expression = f"100 * (1 - failed / (requests * {1 - slo.availability:.6g}))"
    number = widgets.graph(title, [*_requests(), Series("left", expression=expression)])
    return widgets.single(number, slo.window_days)


def burning(slo: sections.Slo) -> Widget:
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


def releasing(project: names.Project, environment: str) -> list[tuple[int, Widget]]:
    """What the judge says of each release, where there is one, and what each model answers."""
    space, endpoint = names.metrics(project, environment), names.endpoint(project, environment)
    means = _search(space, "Model", 'MetricName="Score"', "Average")
    scores = widgets.graph("Answers: the mean of each model", [Series("scores", expression=means)])
    if not guarded(environment):
        return [(24, scores)]
    judge = [
        Series(
            metric.lower(),
            label,
            expression=_search(
                space,
                "EndpointName,Release",
                f'EndpointName="{endpoint}" MetricName="{metric}"',
                statistic,
            ),
        )
        for metric, label, statistic in (
            ("Verdict", "verdict", "Maximum"),
            ("Heartbeat", "heartbeats", "SampleCount"),
        )
    ]
    return [
        (12, widgets.graph("Judge of each release: verdict 1 and silence send it back", judge)),
        (12, scores),
    ]


def model(project: names.Project, environment: str, monitor: sections.Monitor) -> list[tuple[int, Widget]]:
    """What the monitor says of the live model, an hour at a time: promises, worth, labels, drift.

    What it expects without labels is an estimate, and said to be one by its name.
    """
    space, own = names.metrics(project, environment), f'EndpointName="{names.endpoint(project, environment)}"'
    worth = [f"{kind}{names.measure(one)}" for one in monitor.worsening for kind in ("", names.EXPECTED)]

    def shown(
        title: str, metrics: Sequence[str], by: str = "", limits: Mapping[str, float] | None = None
    ) -> Widget:
        wanted = " OR ".join(f'"{one}"' for one in metrics)
        found = _search(space, f"EndpointName{by}", f"{own} MetricName=({wanted})", "Maximum", HOUR)
        return widgets.graph(title, [Series(metrics[0].lower(), expression=found)], limits)

    came = {"promised": monitor.label_share}
    return [
        (8, shown("Promises of the model: 1 is broken", [names.BROKEN], by=",Promise")),
        (8, shown("What it is worth; Expected: an estimate without labels", worth)),
        (5, shown("Rows whose labels came (share)", [names.LABEL_SHARE], limits=came)),
        (3, widgets.number(shown("Columns that drift", [names.DRIFTED]))),
    ]


def latency(slo: sections.Slo) -> Widget:
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


def saturation(slo: sections.Slo, cores: int) -> Widget:
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
    docs = f"https://github.com/{claim.repository(project)}/blob/main/docs"
    return "\n".join(
        (
            f"### {project.name} in {environment}",
            f"[What each alarm means]({docs}/runbook/README.md) · [Runbook]({docs}/runbook.md)",
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


def _search(space: str, dimensions: str, terms: str, statistic: str, seconds: int = 60) -> str:
    """An expression that finds metrics by so many seconds; a namespace of more than letters is quoted.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    return f"""SEARCH('{{"{space}",{dimensions}}} {terms}', '{statistic}', {seconds})"""
