"""The log of the endpoint's containers. SageMaker would make the group itself, and keep it for ever."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from pipeline import names


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """Arguments of Logs."""

    ground: Ground
    retention_days: int


class Logs(pulumi.ComponentResource):
    """The endpoint's log group, which CloudWatch encrypts with a key of its own."""

    def __init__(self, name: str, args: LogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Logs", name, None, opts)
        group = aws.cloudwatch.LogGroup(
            "group",
            name=names.endpoint_log_group(args.ground.project, args.ground.part),
            retention_in_days=args.retention_days,
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"group": group.name})
