"""The log of the endpoint's containers. SageMaker would make the group itself, and keep it for ever."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from pipeline import names

RETENTION_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """Arguments of Logs."""

    project: names.Project
    environment: str
    tags: Mapping[str, str]


class Logs(pulumi.ComponentResource):
    """The endpoint's log group."""

    def __init__(self, name: str, args: LogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Logs", name, None, opts)
        group = aws.cloudwatch.LogGroup(
            "group",
            name=names.endpoint_log_group(args.project, args.environment),
            retention_in_days=RETENTION_DAYS,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"group": group.name})
