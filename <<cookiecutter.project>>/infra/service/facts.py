"""What the verbs need to know about the environment, published as one parameter."""

from collections.abc import Mapping
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws
from settings import Machine

from pipeline import names


@dataclass(frozen=True, kw_only=True)
class FactsArgs:
    """Arguments of Facts."""

    project: names.Project
    environment: str
    machine: Machine
    role_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    registry_account: str
    bucket: pulumi.Input[str]
    ledger: pulumi.Input[str]
    topic_arn: pulumi.Input[str]
    tags: Mapping[str, str]


class Facts(pulumi.ComponentResource):
    """The environment's parameter."""

    parameter: pulumi.Output[str]

    def __init__(self, name: str, args: FactsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Facts", name, None, opts)
        place = f"arn:aws:sagemaker:{args.project.region}:{args.registry_account}"
        group = f"{place}:model-package-group/{names.model_package_group(args.project)}"
        parameter = aws.ssm.Parameter(
            "parameter",
            name=names.parameter(args.project, args.environment, "service"),
            type="String",
            value=pulumi.Output.json_dumps(
                {
                    "endpoint": names.endpoint(args.project, args.environment),
                    "execution_role_arn": args.role_arn,
                    "instance_type": args.machine.instance_type,
                    "instance_count": args.machine.count,
                    "capture_key_arn": args.key_arn,
                    "volume_key_arn": args.key_arn,
                    "model_package_group": group,
                    "capture_s3_uri": pulumi.Output.format(
                        "s3://{0}/{1}", args.bucket, policies.capture_prefix(args.environment)
                    ),
                    "ledger_table": args.ledger,
                    "alarm_topic_arn": args.topic_arn,
                }
            ),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.parameter = parameter.name
        self.register_outputs({"parameter": self.parameter})
