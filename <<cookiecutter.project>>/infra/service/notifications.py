"""Who is told when something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from pipeline import names


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Arguments of Notifications."""

    project: names.Project
    environment: str
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]


class Notifications(pulumi.ComponentResource):
    """A topic that the alarms publish to, and the owner's subscription, which the owner confirms by mail."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:Notifications", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            "topic",
            name=names.alarm_topic(args.project, args.environment),
            kms_master_key_id=args.key_arn,
            tags=args.tags,
            opts=inside,
        )
        aws.sns.TopicSubscription(
            "owner", topic=topic.arn, protocol="email", endpoint=args.project.owner_email, opts=inside
        )
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})
