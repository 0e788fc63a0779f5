"""Who is told when something is wrong."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from infra.policies import resources
from pipeline import names


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Arguments of Notifications."""

    ground: Ground
    key_arn: pulumi.Input[str]


class Notifications(pulumi.ComponentResource):
    """A topic that alarms and EventBridge publish to; the owner's subscription is confirmed by mail."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:Notifications", name, None, opts)
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        topic = aws.sns.Topic(
            "topic",
            name=names.alarm_topic(on.project, on.part),
            kms_master_key_id=args.key_arn,
            policy=json.dumps(resources.topic(on.place, on.part)),
            tags=on.tags,
            opts=inside,
        )
        aws.sns.TopicSubscription(
            "owner", topic=topic.arn, protocol="email", endpoint=on.project.owner_email, opts=inside
        )
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})
