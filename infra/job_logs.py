"""The log groups of all jobs of the account. SageMaker would make them itself, and keep the logs for ever."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from tags import PROJECT

GROUPS = {"training": "/aws/sagemaker/TrainingJobs", "processing": "/aws/sagemaker/ProcessingJobs"}


def others() -> list[str]:
    """Those of the groups that are there and that this stack has not made: the account has run jobs before."""
    there = aws.cloudwatch.get_log_groups(log_group_name_prefix="/aws/sagemaker/").log_group_names
    return [
        group
        for group in GROUPS.values()
        if group in there and (aws.cloudwatch.get_log_group(name=group).tags or {}).get("project") != PROJECT
    ]


@dataclass(frozen=True, kw_only=True)
class JobLogsArgs:
    """Arguments of JobLogs."""

    retention_days: int
    tags: Mapping[str, str]


class JobLogs(pulumi.ComponentResource):
    """One group per kind of job."""

    def __init__(self, name: str, args: JobLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:JobLogs", name, None, opts)
        for kind, group in GROUPS.items():
            aws.cloudwatch.LogGroup(
                kind,
                name=group,
                retention_in_days=args.retention_days,
                tags=args.tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"groups": list(GROUPS.values())})
