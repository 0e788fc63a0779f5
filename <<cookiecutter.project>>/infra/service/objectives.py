"""Alarms on the promises in policy.toml, whatever is deployed: availability, latency, room to spare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from pipeline import names, runbook, sections
from pipeline.burn import Burn

SERVED, MACHINE = "AWS/SageMaker", "/aws/sagemaker/Endpoints"  # namespaces
PERIOD_SECONDS, PERIODS = 300, 3  # of latency and saturation
MINUTES = PERIOD_SECONDS * PERIODS // 60


@dataclass(frozen=True, kw_only=True)
class ObjectivesArgs:
    """Arguments of Objectives. `cores` are those of one instance."""

    ground: Ground
    slo: sections.Slo
    owners: Mapping[str, str]
    cores: int
    topic_arn: pulumi.Input[str]


class Objectives(pulumi.ComponentResource):
    """Two alarms on how fast the error budget burns, two on latency, two on saturation.

    No traffic breaks no promise. A burn rate is measured over two windows, each an alarm of one period that
    tells nobody; the composite of both tells. CloudWatch moves a window on with each evaluation, so that an
    hour is the last hour and not the last full one
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html), and lets it
    be a day long, seven days where the period is an hour or more
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period).
    """

    alarm_arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ObjectivesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Objectives", name, None, opts)
        slo = args.slo
        self.alarm_arns = [
            *(self._burning(burn, args) for burn in slo.burns()),
            self._latency("p50", slo.latency_p50_ms, args),
            self._latency("p95", slo.latency_p95_ms, args),
            # a container's percentages are added up over its cores:
            # https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html, CPUUtilization
            self._saturation("cpu", "CPUUtilization", slo.cpu_percent, slo.cpu_percent * args.cores, args),
            self._saturation("memory", "MemoryUtilization", slo.memory_percent, slo.memory_percent, args),
        ]
        self.register_outputs({"alarm_arns": self.alarm_arns})

    def _burning(self, burn: Burn, args: ObjectivesArgs) -> pulumi.Output[str]:
        """The composite of a burn rate's two windows."""
        windows = {
            "long": (burn.long_seconds, args.slo.minimum_requests),
            "short": (burn.short_seconds, 1),
        }
        parts = {
            window: self._alarm(
                f"burn-{burn.name}-{window}",
                args,
                part_of=f"burn-{burn.name}",
                description=f"{burn.errors:.2%} or more of {seconds // 60} minutes' requests answered 5xx",
                comparison_operator="GreaterThanOrEqualToThreshold",
                threshold=burn.errors,
                evaluation_periods=1,
                metric_queries=failing(dimensions(args), seconds, minimum),
            )
            for window, (seconds, minimum) in windows.items()
        }
        composite = aws.cloudwatch.CompositeAlarm(
            f"burn-{burn.name}",
            alarm_name=signal(args, f"burn-{burn.name}"),
            alarm_description=described(
                args,
                f"burn-{burn.name}",
                f"The error budget burns {burn.rate:g} times too fast: {args.slo.availability:.3%} over "
                f"{args.slo.window_days} days is at stake",
            ),
            alarm_rule=" AND ".join(
                f'ALARM("{signal(args, f"burn-{burn.name}-{window}")}")' for window in parts
            ),
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(parts.values())),
        )
        return composite.arn

    def _latency(self, percentile: str, limit_ms: float, args: ObjectivesArgs) -> pulumi.Output[str]:
        """An alarm on the model's own time: percentiles of its parts do not add up to that of the whole."""
        return self._alarm(
            f"latency-{percentile}",
            args,
            description=f"{percentile} of ModelLatency above {limit_ms:g} ms for {MINUTES} minutes",
            namespace=SERVED,
            metric_name="ModelLatency",
            extended_statistic=percentile,
            threshold=limit_ms * 1000,  # microseconds
            **repeated(args),
        ).arn

    def _saturation(
        self, name: str, metric: str, percent: float, threshold: float, args: ObjectivesArgs
    ) -> pulumi.Output[str]:
        """An alarm on how full the instances are, on average."""
        return self._alarm(
            name,
            args,
            description=f"{metric} above {percent:g} % of an instance for {MINUTES} minutes",
            namespace=MACHINE,
            metric_name=metric,
            statistic="Average",
            threshold=threshold,
            **repeated(args),
        ).arn

    def _alarm(
        self, name: str, args: ObjectivesArgs, *, description: str, part_of: str = "", **settings: Any
    ) -> aws.cloudwatch.MetricAlarm:
        """An alarm that tells the topic of both directions, unless it is part of a composite, which does."""
        told = None if part_of else [args.topic_arn]
        return aws.cloudwatch.MetricAlarm(
            name,
            name=signal(args, name),
            alarm_description=described(args, part_of or name, description),
            treat_missing_data="notBreaching",
            alarm_actions=told,
            ok_actions=told,
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self),
            **settings,
        )


def signal(args: ObjectivesArgs, name: str) -> str:
    """The alarm's name in CloudWatch."""
    return names.alarm(args.ground.project, args.ground.part, "slo", name)


def described(args: ObjectivesArgs, name: str, said: str) -> str:
    """What the mail says."""
    return runbook.described(args.ground.project, args.owners, f"slo-{name}", said)


def dimensions(args: ObjectivesArgs) -> dict[str, str]:
    """Those that SageMaker publishes an endpoint's metrics by."""
    named = names.endpoint(args.ground.project, args.ground.part)
    return {"EndpointName": named, "VariantName": names.VARIANT}


def repeated(args: ObjectivesArgs) -> dict[str, Any]:
    """The settings of an alarm that has to be bad for MINUTES."""
    return {
        "dimensions": dimensions(args),
        "comparison_operator": "GreaterThanThreshold",
        "period": PERIOD_SECONDS,
        "evaluation_periods": PERIODS,
    }


def failing(dimensions: Mapping[str, str], seconds: int, minimum: int) -> list[dict[str, Any]]:
    """Queries for the share of failed requests in `seconds`; 0 when there were fewer than `minimum`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html, IF.
    """
    metrics = {"requests": "Invocations", "failed": "Invocation5XXErrors"}
    share = {
        "id": "share",
        "expression": f"IF(requests >= {minimum}, failed / requests, 0)",
        "label": "failed",
    }
    return [{**share, "return_data": True}] + [
        {
            "id": id_,
            "return_data": False,
            "metric": {
                "namespace": SERVED,
                "metric_name": metric,
                "dimensions": dict(dimensions),
                "period": seconds,
                "stat": "Sum",
            },
        }
        for id_, metric in metrics.items()
    ]
