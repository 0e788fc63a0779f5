"""Alarms on what the monitor says of the live model, and on a monitor that says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from dispatch import Dispatch, DispatchArgs

from infra.ground import Ground
from pipeline import names, runbook, sections

PERIOD_SECONDS = 60
PERIODS_AN_HOUR = 60
SIGHT = "sight"


@dataclass(frozen=True, kw_only=True)
class HealthArgs:
    """Arguments of Health. `connection` is the ARN of one to GitHub, where there is one."""

    ground: Ground
    monitor: sections.Monitor
    retrain: sections.Retrain
    connection: str | None
    owners: Mapping[str, str]
    topic_arn: pulumi.Input[str]


class Health(pulumi.ComponentResource):
    """An alarm for each promise of the model's, and what lets some of them start a retrain.

    Between two verdicts nothing is published, and the alarm keeps its state: missing data is `ignore`
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).

    Sight is a dead man's switch besides, a composite of two parts that tell nobody: what the monitor says,
    and its silence, where missing data is `breaching`. Silence is counted by minutes: CloudWatch looks some
    periods further back than the evaluation periods, and one verdict in there ends the silence. Together they
    last at most a day, seven where a period is an hour or more
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period), which
    bounds monitor.blind_hours. Nobody has looked yet at an endpoint that was made a minute ago, so its sight
    is broken until the first verdict.
    """

    def __init__(self, name: str, args: HealthArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Health", name, None, opts)
        promises = runbook.promises(args.monitor.worsening)
        for promise in (one for one in promises if one != SIGHT):
            self._said(promise, args, said(promise))
        self._sight(args)
        starts = [alarm(args, one) for one in promises if one in args.retrain.on]
        if args.connection and starts:
            reached = DispatchArgs(ground=args.ground, connection=args.connection, alarms=starts)
            Dispatch("dispatch", reached, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})

    def _said(self, promise: str, args: HealthArgs, words: str, part: str = "") -> aws.cloudwatch.MetricAlarm:
        """An alarm on the monitor's verdicts: of two within a minute the worse one counts."""
        return self._alarm(
            promise,
            args,
            words,
            part,
            statistic="Maximum",
            comparison_operator="GreaterThanOrEqualToThreshold",
            evaluation_periods=1,
            treat_missing_data="ignore",
        )

    def _sight(self, args: HealthArgs) -> aws.cloudwatch.CompositeAlarm:
        """The composite of what the monitor says of its sight, and of its silence."""
        hours = args.monitor.blind_hours
        silence = f"The monitor has said nothing for {hours} hours"
        parts = {
            "said": self._said(SIGHT, args, said(SIGHT), "-said"),
            "silent": self._alarm(
                SIGHT,
                args,
                silence,
                "-silent",
                statistic="SampleCount",
                comparison_operator="LessThanThreshold",
                evaluation_periods=hours * PERIODS_AN_HOUR,
                treat_missing_data="breaching",
            ),
        }
        return aws.cloudwatch.CompositeAlarm(
            f"model-{SIGHT}",
            alarm_name=alarm(args, SIGHT),
            alarm_description=described(args, SIGHT, f"{said(SIGHT)}. Or: {silence}"),
            alarm_rule=" OR ".join(f'ALARM("{alarm(args, SIGHT)}-{part}")' for part in parts),
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(parts.values())),
        )

    def _alarm(
        self, promise: str, args: HealthArgs, words: str, part: str, **settings: Any
    ) -> aws.cloudwatch.MetricAlarm:
        """An alarm on a promise's metric; unless it is a part, it tells the topic of both directions."""
        told = None if part else [args.topic_arn]
        return aws.cloudwatch.MetricAlarm(
            f"model-{runbook.signal(promise)}{part}",
            name=f"{alarm(args, promise)}{part}",
            alarm_description=described(args, promise, words),
            namespace=names.metrics(args.ground.project, args.ground.part),
            metric_name=names.BROKEN,
            dimensions=dimensions(args, promise),
            period=PERIOD_SECONDS,
            threshold=1,
            alarm_actions=told,
            ok_actions=told,
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self),
            **settings,
        )


def alarm(args: HealthArgs, promise: str) -> str:
    """The name in CloudWatch of a promise's alarm."""
    return names.alarm(args.ground.project, args.ground.part, "model", runbook.signal(promise))


def arns(args: HealthArgs) -> list[str]:
    """What the alarms' ARNs are or will be: the dashboard shows them before there is a model."""
    place, part = args.ground.place, args.ground.part
    promises = runbook.promises(args.monitor.worsening)
    return [place.arn("cloudwatch", f"alarm:{alarm(args, promise)}", part) for promise in promises]


def dimensions(args: HealthArgs, promise: str) -> dict[str, str]:
    """Those that the monitor publishes its verdict on a promise by."""
    return {"EndpointName": names.endpoint(args.ground.project, args.ground.part), "Promise": promise}


def described(args: HealthArgs, promise: str, words: str) -> str:
    """What the mail says."""
    return runbook.described(args.ground.project, args.owners, f"model-{runbook.signal(promise)}", words)


def said(promise: str) -> str:
    """What it means that a promise is broken."""
    return {
        "inputs": "What the model is asked has moved away from what it was trained on",
        "callers": "What callers send breaks the model's contract",
        SIGHT: "The monitor cannot tell how good the model is",
    }.get(
        promise, f"{promise} is surely worse than at the model's evaluation, by more than the policy allows"
    )
