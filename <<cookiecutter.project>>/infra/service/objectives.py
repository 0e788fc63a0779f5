"""Alarms on the promises in policy.toml: availability and latency, whatever is deployed."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from pipeline import names, policy

PERIOD_SECONDS = 300
PERIODS = 3


@dataclass(frozen=True, kw_only=True)
class ObjectivesArgs:
    """Arguments of Objectives."""

    project: names.Project
    environment: str
    slo: policy.Slo
    topic_arn: pulumi.Input[str]
    tags: Mapping[str, str]


class Objectives(pulumi.ComponentResource):
    """One alarm per promise. No traffic breaks no promise."""

    alarm_arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ObjectivesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Objectives", name, None, opts)
        minutes = PERIOD_SECONDS * PERIODS // 60
        errors = 1 - args.slo.availability
        self.alarm_arns = [
            self._alarm(
                "availability",
                args,
                description=f"More than {errors:.2%} of requests answered 5xx for {minutes} minutes",
                metric_name="Invocation5XXErrors",  # 1 for a failed request, else 0: the average is the rate
                statistic="Average",
                threshold=round(errors, 6),
            ),
            self._alarm(
                "latency",
                args,
                description=f"p95 of ModelLatency above {args.slo.latency_p95_ms:g} ms for {minutes} minutes",
                metric_name="ModelLatency",
                extended_statistic="p95",
                threshold=args.slo.latency_p95_ms * 1000,  # microseconds
            ),
        ]
        self.register_outputs({"alarm_arns": self.alarm_arns})

    def _alarm(
        self,
        signal: str,
        args: ObjectivesArgs,
        *,
        description: str,
        metric_name: str,
        threshold: float,
        statistic: str | None = None,
        extended_statistic: str | None = None,
    ) -> pulumi.Output[str]:
        return aws.cloudwatch.MetricAlarm(
            signal,
            name=names.alarm(args.project, args.environment, "slo", signal),
            alarm_description=description,
            namespace="AWS/SageMaker",
            metric_name=metric_name,
            dimensions={
                "EndpointName": names.endpoint(args.project, args.environment),
                "VariantName": names.VARIANT,
            },
            statistic=statistic,
            extended_statistic=extended_statistic,
            period=PERIOD_SECONDS,
            evaluation_periods=PERIODS,
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            treat_missing_data="notBreaching",
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        ).arn
