"""What becomes of the endpoint's updates reaches the alarm topic, whoever is or is not watching."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from pipeline import names

DETAIL = "SageMaker Endpoint Deployment State Change"


@dataclass(frozen=True, kw_only=True)
class EventsArgs:
    """Arguments of Events."""

    ground: Ground
    topic_arn: pulumi.Input[str]


class Events(pulumi.ComponentResource):
    """A rule of EventBridge on the endpoint's updates, and the topic as its target."""

    def __init__(self, name: str, args: EventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Events", name, None, opts)
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        rule = aws.cloudwatch.EventRule(
            "deployments",
            name=names.deployments(on.project, on.part),
            description=f"Updates of the endpoint of {on.project.name} in {on.part}",
            event_pattern=json.dumps(pattern(on)),
            tags=on.tags,
            opts=inside,
        )
        aws.cloudwatch.EventTarget(
            "topic",
            rule=rule.name,
            target_id="topic",
            arn=args.topic_arn,
            input_transformer=words(on),
            opts=inside,
        )
        self.register_outputs({})


def pattern(ground: Ground) -> dict[str, Any]:
    """Every change of this endpoint's deployments; a rollback is one.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    return {
        "source": ["aws.sagemaker"],
        "detail-type": [DETAIL],
        "detail": {"EndpointName": [names.endpoint(ground.project, ground.part)]},
    }


def words(ground: Ground) -> dict[str, Any]:
    """What the mail says: the event's own document is for machines.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html: a text is quoted.
    """
    paths = {"endpoint": "EndpointName", "status": "EndpointStatus", "live": "EndpointConfigName"}
    ask = f"`pipeline status {ground.part}` says what became of the release."
    return {
        "input_paths": {name: f"$.detail.{path}" for name, path in paths.items()},
        "input_template": f'"<endpoint> is <status> and serves <live>. {ask}"',
    }
