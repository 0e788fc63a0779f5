"""The log groups of all jobs of the account. SageMaker would make them itself, and keep the logs for ever."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

GROUPS = {"training": "/aws/sagemaker/TrainingJobs", "processing": "/aws/sagemaker/ProcessingJobs"}


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
